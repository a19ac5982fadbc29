# frozen_string_literal: true

require "optparse"

module Sidescan
  module Agent
    # sidescan-agent --spec FILE|- [--lifeline]
    class CommandLine
      # More than any specification needs.
      SPEC_LIMIT = 16 * 1024 * 1024

      USAGE = <<~TEXT
        Usage: sidescan-agent --spec FILE|- [--lifeline]

        Audits the container beside it and writes one JSON event per line on stdout.

            --spec FILE   the run's specification (schema/agent-spec.schema.json)
            --spec -      the same, as the first line of stdin; the end of stdin then ends the agent
            --lifeline    with --spec FILE: the end of stdin ends the agent, too
            --version     print the version

        Exit code: 0 after `end`, 1 after `error`; 129, 130 or 143 when it was stopped.
      TEXT

      def initialize(arguments)
        @arguments = arguments
      end

      # Exit code.
      def run
        options = parse or return 0
        # Nobody but the agent writes to its stdout; what else is printed goes to stderr.
        emitter = Emitter.new($stdout.dup)
        $stdout.reopen($stderr)
        watch = Watch.new
        watch.trap_signals
        spec = read_spec(options[:spec])
        watch.lifeline($stdin) if options[:lifeline]
        Run.new(spec, emitter, watch).call ? 0 : 1
      rescue Failure => e
        emitter.emit("error", phase: "start", code: e.code, message: e.message, hint: e.hint, details: e.details)
        1
      rescue Stopped => e
        warn "sidescan-agent: #{e.message}"
        e.status
      rescue OptionParser::ParseError => e
        warn "sidescan-agent: #{e.message}", USAGE
        2
      end

      private

      def parse
        options = { lifeline: false }
        OptionParser.new do |parser|
          parser.on("--spec FILE") { |file| options[:spec] = file }
          parser.on("--lifeline") { options[:lifeline] = true }
          parser.on("--version") { return puts("sidescan-agent #{VERSION}") }
          parser.on("--help") { return puts(USAGE) }
        end.parse!(@arguments.dup)
        raise OptionParser::MissingArgument, "--spec" unless options[:spec]

        options[:lifeline] ||= options[:spec] == "-"
        options
      end

      def read_spec(file)
        text = file == "-" ? $stdin.gets("\n", SPEC_LIMIT) : File.read(file, SPEC_LIMIT)
        raise Stopped.caller_gone if text.nil?

        Spec.parse(text.dup.force_encoding(Encoding::UTF_8))
      rescue SystemCallError => e
        raise Failure.new("usage", "the specification #{file} cannot be read: #{e.message}")
      end
    end
  end
end
