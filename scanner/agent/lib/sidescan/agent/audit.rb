# frozen_string_literal: true

require "fileutils"

module Sidescan
  module Agent
    # The auditor's own process: loads CINC Auditor or InSpec, waits for the word to go, runs it, writes down the
    # evidence. It is the forked child: what it tells the agent goes through a pipe, its stdout and stderr are the
    # profile's.
    class Audit
      def initialize(orders, events)
        @orders = orders
        @events = events
        @events.sync = true
      end

      def run
        $0 = "sidescan-agent: auditor"
        privacy
        load_auditor
        status = execute(take_orders)
        File.write(File.join(@scratch, "evidence.json"), JSON.generate(@hooks.evidence))
        tell(:finished, exit: status, rendered: @hooks.rendered)
        exit!(status)
      rescue SystemExit => e
        exit!(e.status) # plugins end the process like this when they do not load
      rescue Exception => e # rubocop:disable Lint/RescueException
        fail_with(e)
      end

      private

      def tell(event, **fields)
        @events.write("#{JSON.generate(Emitter.clean({ event: event, **fields }))}\n")
      end

      # It neither phones home nor asks, and reads nobody's configuration.
      def privacy
        live_in("/nonexistent")
        ENV["CHEF_TELEMETRY_OPT_OUT"] = "1"
        ENV["NO_COLOR"] = "1"
        # A profile is UTF-8, whatever locale the scanner was started in.
        Encoding.default_external = Encoding::UTF_8
      end

      # Everything the auditor writes goes there.
      def live_in(directory)
        %w[HOME INSPEC_CONFIG_DIR TMPDIR].each { |name| ENV[name] = directory }
      end

      # The process to audit; waits for it.
      def take_orders
        orders = JSON.parse(@orders.gets || exit!(0))
        @spec = Spec.from(orders["spec"])
        @scratch = orders["scratch"]
        live_in(@scratch)
        orders["target"]
      end

      def load_auditor
        start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
        ARGV.replace(["exec"]) # the auditor looks here for its command, also while it loads
        require "inspec"
        require "inspec/cli"
        require "train-procroot"
        require "sidescan/agent/hooks"
        tell(:auditor, name: product, version: Inspec::VERSION,
                       seconds: (Process.clock_gettime(Process::CLOCK_MONOTONIC) - start).round(3))
      rescue LoadError => e
        raise unless e.path.to_s.start_with?("inspec")

        tell(:failed, code: "auditor-missing", message: "no CINC Auditor or InSpec is installed for #{RbConfig.ruby}",
                      hint: "run `sidescan setup`, or name an installed cinc-auditor")
        exit!(1)
      end

      def product
        defined?(Inspec::Dist::PRODUCT_NAME) ? Inspec::Dist::PRODUCT_NAME : "InSpec"
      end

      # Options go through a configuration file, where no value can be taken for an option. Returns the exit code.
      def execute(target)
        @hooks = Hooks.new { |event, fields| tell(event, **fields) }
        @hooks.install
        config = File.join(@scratch, "config.json")
        File.write(config, JSON.generate("version" => "1.1", "cli_options" => options(target), "reporter" => reporter))
        ARGV.replace(["exec", *@spec.profiles, "--config", config])
        Inspec::InspecCLI.start(ARGV.dup, enforce_license: false)
        0
      rescue SystemExit => e
        e.status
      end

      # The passthrough is copied into the result: it says what a reader must know to judge it.
      def reporter
        { "json" => { "file" => File.join(@scratch, "result.json"), "stdout" => false,
                      "passthrough" => { "sidescan" => { "version" => VERSION, "run" => @spec.run,
                                                         "virtualization" => @spec.virtualization,
                                                         "commands" => @spec.commands,
                                                         "ownership" => @spec.ownership } } } }
      end

      def options(target)
        {
          "target" => uri(target), "create_lockfile" => false, "vendor_cache" => cache, "color" => false,
          "reporter_backtrace_inclusion" => false, "enable_telemetry" => false, "interactive" => false,
          "command_timeout" => @spec.command_timeout.ceil, "input_file" => input_files,
          "waiver_file" => paths("waiverFiles"), "controls" => @spec.auditor["controls"],
          "tags" => @spec.auditor["tags"]
        }.reject { |_, value| value.respond_to?(:empty?) && value.empty? }
      end

      def paths(key) = @spec.auditor[key].map { |path| File.expand_path(path) }

      # Values that are parsed already keep their types in a file (JSON is YAML); the last file wins, as --input would.
      def input_files
        return paths("inputFiles") if @spec.auditor["inputs"].empty?

        file = File.join(@scratch, "inputs.yml")
        File.write(file, JSON.generate(@spec.auditor["inputs"]))
        paths("inputFiles") << file
      end

      def cache = File.join(@scratch, "cache").tap { |path| FileUtils.mkdir_p(path) }

      def uri(target)
        query = { start: target["start"], commands: @spec.commands, virtualization: @spec.virtualization,
                  command_timeout: @spec.command_timeout, ownership: @spec.ownership, tools: @spec.tools,
                  tools_holder: target["toolsHolder"], marker: @spec.hidden_marker }.compact
        require "uri"
        "procroot://#{target['pid']}?#{URI.encode_www_form(query)}"
      end

      def fail_with(error)
        warn "#{error.class}: #{error.message}", *Array(error.backtrace).first(8)
        full = [Errno::ENOSPC, Errno::EROFS, Errno::EDQUOT].any?(error.class)
        tell(full ? :failed : :trouble, code: "storage", message: Emitter.text(error.message), hint: nil)
      rescue SystemCallError
        nil
      ensure
        exit!(1)
      end
    end
  end
end
