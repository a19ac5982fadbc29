# frozen_string_literal: true

require "json"
require "rbconfig"
require "socket"
require_relative "answer"
require_relative "errors"
require_relative "privileges"
require_relative "sys"

module TrainProcroot
  # Runs commands in the target: by its own shell where it has one, else by the supplied one; as its main process's
  # user, never with more rights, and by default unable to change anything. The work is done by a process of its own
  # (runner_main.rb), which is started with the first command and ends with this object or this process.
  class Runner
    MODES = %i[read-only any none].freeze
    MAIN = ::File.expand_path("runner_main.rb", __dir__)
    # Bytes of each of stdout and stderr; more is no answer.
    OUTPUT_LIMIT = 16 * 1024 * 1024
    # A command with more processes than this at once is killed.
    PROCESS_LIMIT = 1000
    # Seconds after a command's own time limit at which a runner that says nothing is given up.
    SILENCE_S = 20
    # NET_ADMIN and AUDIT_CONTROL: with them a netlink message changes addresses, packet filters and audit rules, and
    # no filter of system calls can tell it from one that asks. Asking needs neither but for these programs.
    WITHHELD = (1 << 12) | (1 << 30)
    ASKS_WITH_WITHHELD = /(?<![\w.-])(?:(?:ip6?|eb|arp)tables(?:-save)?|nft|ipset|conntrack|auditctl)(?![\w-])/
    # Options that no find on Linux knows; profiles that pass them throw the error away.
    UNKNOWN_TO_FIND = /\bfind\b[^|;&\n]*\s(-xautofs)\b/

    # tools: directory made by scanner/tools/build.rb, or nil; tools_holder: [pid, start] of a process in whose root it
    # is. mode: one of MODES. timeout: seconds per command.
    def initialize(target:, root:, tools: nil, tools_holder: nil, mode: :"read-only", timeout: 60,
                   output_limit: OUTPUT_LIMIT)
      raise ArgumentError, "no such mode for commands: #{mode}" unless MODES.include?(mode.to_sym)

      @target = target
      @root = root
      @tools = tools
      @tools_holder = tools_holder
      @mode = mode.to_sym
      @timeout = timeout
      @output_limit = output_limit
    end

    # Answer with how (:target or :supplied) and denied: nil, or why the answer is no evidence although it is what the
    # shell gave. Raises CouldNotLook when there is no answer, Train::CommandTimeoutReached when the command took
    # longer than `timeout` seconds.
    def run(text, timeout: nil)
      text = text.b
      refuse(text)
      timeout = Float(timeout || @timeout)
      start unless @socket
      ask(text, timeout)
      header, stdout, stderr = receive(timeout + SILENCE_S)
      raise CouldNotLook, header["error"] if header["error"]
      raise timed_out(text, timeout) if header["timeout"]

      Answer.new(@target.hide(stdout), @target.hide(stderr), header["exit_status"], header["how"].to_sym,
                 header["denied"] || unknown_option(text), header["absent"])
    end

    # Whether the target has a shell of its own.
    def own_shell?
      stat = @root.stat("/bin/sh")
      !stat.nil? && stat.file? && stat.mode.anybits?(0o111)
    end

    # The target's own path to a program, looked for in its main process's PATH; nil when it has none.
    def which(name)
      return (name if program?(name)) if name.include?("/")

      path = @target.environ["PATH"] || "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
      path.split(":").map { |directory| "#{directory}/#{name}" }.find { |file| program?(file) }
    end

    # Ends the runner and all that it started. The next command would start another.
    def close
      return unless @socket

      # Shut down, not only closed: a child that was forked meanwhile holds copies.
      [@socket, @lifeline].each do |io|
        io.shutdown
      rescue SystemCallError
        nil
      ensure
        io.close
      end
      @socket = @lifeline = nil
      reap
    end

    private

    def program?(file)
      stat = @root.stat(file)
      !stat.nil? && stat.file? && stat.mode.anybits?(0o111)
    end

    def refuse(text)
      raise CouldNotLook, "commands are turned off (--commands none)" if @mode == :none
      raise CouldNotLook, "the command holds a NUL byte" if text.include?("\0")
      return unless (program = text[ASKS_WITH_WITHHELD]) && withheld.positive?

      raise CouldNotLook, "#{program} asks with NET_ADMIN or AUDIT_CONTROL, which could also change the target: " \
                          "read-only commands do without them (--commands any runs it)"
    end

    # What the target may do and a read-only command may not.
    def withheld = @mode == :"read-only" ? @target.caps(:permitted) & WITHHELD : 0

    def unknown_option(text)
      option = text[UNKNOWN_TO_FIND, 1]
      option && "find does not know #{option}, so it looked at nothing"
    end

    def start
      ours, theirs = UNIXSocket.pair
      lifeline, @lifeline = UNIXSocket.pair
      root = IO.for_fd(@target.root_fd, autoclose: false)
      @pid = Privileges.unreadable(RbConfig.ruby) do
        Process.spawn({ "RUBYOPT" => nil, "RUBYLIB" => nil }, RbConfig.ruby, "-W0", "--disable-gems", MAIN, "3", "4",
                      in: lifeline, out: ::File::NULL, 3 => theirs, 4 => root, pgroup: true, close_others: true)
      end
      @socket = ours
      [theirs, lifeline].each(&:close)
      @socket.puts(JSON.generate(spec))
      header, = receive(SILENCE_S)
      return unless header["error"]

      close
      raise CouldNotLook, header["error"]
    end

    def spec
      { pid: @target.pid, uid: inside(@target.uid, @target.uid_map), gid: inside(@target.gid, @target.gid_map),
        groups: @target.groups.map { |id| inside(id, @target.gid_map) },
        capabilities: @target.caps(:permitted) & ~withheld, cwd: [@target.cwd].pack("m0"),
        environ: @target.environ.map { |name, value| ["#{name}=#{value}"].pack("m0") },
        tools: @tools, tools_holder: @tools_holder, mode: @mode, output_limit: @output_limit,
        process_limit: PROCESS_LIMIT }
    end

    # An id as the target's own user namespace counts it; map: lines of [inside, outside, length], nil for ours.
    def inside(id, map)
      return id unless map

      line = map.find { |_, outside, length| id >= outside && id < outside + length }
      raise CouldNotLook, "the target's id #{id} is not mapped in its user namespace" unless line

      line[0] + id - line[1]
    end

    def ask(text, timeout)
      @socket.puts(JSON.generate(text: [text].pack("m0"), timeout: timeout))
    rescue Errno::EPIPE
      gone("ended before the command")
    end

    # The header and the bytes that it announces; the other side runs as the target's user and is not believed blindly.
    def receive(within_s)
      deadline = now + within_s
      buffer = "".b
      fill(buffer, deadline) until (ended = buffer.index("\n"))
      header = JSON.parse(buffer.slice!(0..ended))
      lengths = header.values_at("stdout", "stderr").map { |length| Integer(length || 0).clamp(0, @output_limit * 2) }
      fill(buffer, deadline) while buffer.bytesize < lengths.sum
      [header, buffer.byteslice(0, lengths[0]), buffer.byteslice(lengths[0], lengths[1])]
    rescue JSON::ParserError, TypeError
      gone("answered nonsense")
    end

    def fill(buffer, deadline)
      gone("does not answer") unless @socket.wait_readable([deadline - now, 0].max)
      buffer << @socket.readpartial(65_536)
    rescue EOFError, Errno::ECONNRESET
      gone("ended in the middle of a command")
    end

    def gone(what)
      close
      @target.alive!
      raise CouldNotLook, "the process that runs commands in the target #{what}"
    end

    # It ends by itself at the end of its lifeline, after it has killed what it started.
    def reap
      deadline = now + 12
      until Process.wait(@pid, Process::WNOHANG)
        Process.kill(:KILL, @pid) if now > deadline
        sleep 0.001
      end
    rescue Errno::ECHILD
      nil
    end

    def timed_out(text, timeout)
      message = "the command took longer than #{timeout.to_s.delete_suffix('.0')} s: #{text.byteslice(0, 200).inspect}"
      defined?(Train::CommandTimeoutReached) ? Train::CommandTimeoutReached.new(message) : CouldNotLook.new(message)
    end

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
