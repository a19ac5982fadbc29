# frozen_string_literal: true

require "train"
require_relative "apk_systems"
require_relative "asker"
require_relative "errors"
require_relative "ledger"
require_relative "native"
require_relative "owners"
require_relative "programs"
require_relative "root"
require_relative "shell_words"
require_relative "target"
require_relative "target_file"
require_relative "virtualization"

module TrainProcroot
  # One audited process: files and resources' questions are answered natively, a control's commands run in the target.
  # What Train and InSpec cache is cached here too; the ledger still records it for every control that uses it.
  class Connection < Train::Plugins::Transport::BaseConnection
    MODES = %w[read-only any none].freeze
    OWNERSHIP = %w[visible hidden].freeze

    # What programs say of a right that they lack.
    REFUSED = /Permission denied|Operation not permitted/n

    # A command's answer or what it raised, as it is cached.
    Outcome = Struct.new(:result, :how, :ms, :error, :absent) do
      def denied
        return if error.nil? || error.is_a?(NoAnswer)

        error.is_a?(CouldNotLook) ? error.reason : error.message
      end
    end

    attr_reader :ledger, :target, :root, :context, :owners

    # options: see Transport. Raises Train::UserError for a wrong one and Train::TransportError when the target cannot
    # be entered.
    def initialize(options)
      super
      check_options
      @ledger = Ledger.new
      @target = Target.new(pid: @options[:host], start: @options[:start], marker: @options[:marker])
      @root = Root.new(@target)
      @owners = Owners.new(@target, @root)
      @context = Native::Context.new(@target, @root, @options)
      ApkSystems.teach
    rescue CouldNotLook => e
      raise Train::TransportError, e.message
    end

    def uri = "procroot://#{target.pid}?start=#{target.start}"

    # Stable as long as the target's main process lives.
    def unique_identifier = "procroot-#{target.pid}-#{target.start}"

    # Whom the ssl resource means where it is told no host: as inside.
    def hostname = "localhost"

    def ownership_hidden? = @options[:ownership] == "hidden"

    # Seconds that one question may take when the caller sets no limit.
    def time_limit = @options[:command_timeout] || 60

    def close
      @runner&.close
      @target.close
    end

    def run_command(cmd, opts = {}, &)
      asker = Asker.name
      @audit_log&.info({ type: "cmd", command: cmd.to_s, hostname: @audit_log_data[:host] })
      outcome = cached(:command, [cmd, asker, opts[:timeout]]) { outcome_of(cmd, asker, opts) }
      return CommandResult.new("", outcome.error.message, 1) if outcome.error && Asker.reporter?

      @ledger.record(ask: "#{asker || 'command'} #{cmd}", how: outcome.how, ms: outcome.ms, denied: outcome.denied)
      @ledger.record(ask: "program #{outcome.absent}: the target has none", how: :native, ms: 0.0) if outcome.absent
      raise outcome.error if outcome.error

      outcome.result
    end

    def file(path, *args)
      shown = shown_file(path)
      return shown if shown

      @audit_log&.info({ type: "file", path: path.to_s, hostname: @audit_log_data[:host] })
      cached(:file, args.empty? ? path : [path, *args]) { file_via_connection(path, *args) }
    end

    def upload(_locals, remote)
      raise ReadOnly, "#{remote} is not written: a target is only looked at"
    end

    # Runs the block for one question and records it; what it raises as CouldNotLook is recorded and raised.
    def looking(ask)
      started = now
      result = yield
      @ledger.record(ask: ask, how: :native, ms: now - started)
      result
    rescue CouldNotLook => e
      return nil if Asker.reporter?

      @ledger.record(ask: ask, how: :none, ms: now - started, denied: e.reason)
      raise
    end

    private

    def check_options
      { commands: MODES, ownership: OWNERSHIP, virtualization: Virtualization::NAMES }.each do |name, known|
        value = (@options[name] ||= known.first)
        next if known.include?(value)

        raise Train::UserError, "procroot: #{name}=#{value} is none of #{known.join(', ')}"
      end
      %i[host start command_timeout].each { |name| @options[name] &&= number(name) }
      raise Train::UserError, "procroot: a process id is needed, as in procroot://1234" unless @options[:host]
    end

    def number(name)
      Integer(@options[name].to_s, 10)
    rescue ArgumentError
      raise Train::UserError, "procroot: #{name}=#{@options[name]} is no number"
    end

    def cached(type, key)
      return yield unless cache_enabled?(type)

      @cache[type].fetch(key) { @cache[type][key] = yield }
    end

    # What a command came to. Failures are kept like answers: asking again would wait and fail again.
    def outcome_of(cmd, asker, opts)
      started = now
      answer = answer(cmd, asker, opts)
      @target.alive!
      raise CouldNotLook, answer.denied if answer.denied

      result = CommandResult.new(text(answer.stdout), text(answer.stderr), answer.exit_status)
      Outcome.new(result, answer.how || :native, now - started, nil, answer.absent)
    rescue CouldNotLook => e
      Outcome.new(nil, :none, now - started, e)
    rescue NoAnswer => e
      Outcome.new(nil, :native, now - started, e)
    rescue Train::CommandTimeoutReached => e
      # Whoever set the limit knows that error; one who set none must not take it for an answer.
      Outcome.new(nil, :none, now - started, opts[:timeout] ? e : CouldNotLook.new(e.message))
    end

    def run_command_via_connection(cmd, opts = {}, &)
      run_command(cmd, opts, &)
    end

    def answer(cmd, asker, opts)
      found = Native.answer(cmd, asker, @context)
      return found if found
      return runner.run(cmd, timeout: opts[:timeout]) if asker.nil? || asker == "command"

      answer_to_resource(cmd, asker, opts)
    end

    # The target's own shell says what it would say to a resource inside. Where there is none, an empty answer out of a
    # missing program must not read as "nothing there".
    def answer_to_resource(cmd, asker, opts)
      missing = Programs.find("/bin/sh", @context) ? [] : Programs.missing(cmd, @context)
      absent = Programs.absent(missing, asker)
      return not_there(absent) if absent

      refuse(missing, cmd, asker) unless missing.all? { |name| Programs.reads_files?(name) }
      answer = runner.run(cmd, timeout: opts[:timeout])
      answer.denied ||= unfound(cmd, answer)
      answer
    end

    def refuse(missing, cmd, asker)
      raise CouldNotLook, "the #{asker} resource asks by `#{cmd}`, which is not natively answered, and the " \
                          "target has no #{missing.join(', ')}"
    end

    # What a shell inside would say of the very program that the resource is about.
    def not_there(name)
      said = ShellWords.not_found(name) { |path| @root.exist?(path) }
      Answer.new("", said, 127, :native, nil, name)
    end

    def unfound(cmd, answer)
      if answer.how != :target && answer.exit_status == 127
        "`#{cmd}` found no program to run"
      elsif @options[:commands] == "read-only" && (line = answer.stderr.b.lines.grep(REFUSED).first)
        "`#{cmd}` was refused something, perhaps because it may not write: #{text(line).scrub.chomp}"
      end
    end

    def runner
      @runner ||= begin
        require_relative "runner"
        Runner.new(target: @target, root: @root, tools: @options[:tools],
                   tools_holder: @options[:tools_holder]&.split(":"), mode: @options[:commands].to_sym,
                   timeout: time_limit)
      end
    end

    def file_via_connection(path, *args)
      TargetFile.new(self, path, *args)
    end

    # What only the virtualization resource gets to see.
    def shown_file(path)
      return unless Virtualization::PATHS.include?(path) && Asker.through?(Virtualization::RESOURCE)

      Virtualization.file(path, @options[:virtualization])
    end

    # As Train's other transports give it: unfrozen, and called UTF-8 whatever it is.
    def text(bytes) = String.new(bytes, encoding: Encoding::UTF_8)

    # Milliseconds.
    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond)
  end
end
