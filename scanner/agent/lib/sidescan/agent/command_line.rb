# frozen_string_literal: true

require "optparse"

module Sidescan
  module Agent
    # sidescan-agent --spec FILE|- [--lifeline], --spec-env NAME, or --print NAME --results DIR
    class CommandLine
      # More than any specification needs.
      SPEC_LIMIT = 16 * 1024 * 1024

      USAGE = <<~TEXT
        Usage: sidescan-agent --spec FILE|- [--lifeline]
               sidescan-agent --spec-env NAME
               sidescan-agent --print NAME --results DIR

        Audits the container beside it and writes one JSON event per line on stdout.

            --spec FILE   the run's specification (schema/agent-spec.schema.json)
            --spec -      the same, as the first line of stdin; the end of stdin then ends the agent
            --lifeline    with --spec FILE: the end of stdin ends the agent, too
            --spec-env NAME
                          specification and files in the variables NAME_0, NAME_1..., as many as NAME says
            --print NAME  write a stored file (result.json, evidence.json) to stdout, gzipped
            --results DIR the directory where it was stored
            --version     print the version

        Exit code: 0 after `end`, 1 after `error`; 129, 130 or 143 when it was stopped.
      TEXT

      def initialize(arguments)
        @arguments = arguments
      end

      # Exit code. The auditor starts to load before anything else: whoever calls may still be making the target.
      def run
        options = parse or return 0
        return Deliver.print(options[:print], options[:results], $stdout) if options[:print]

        # Nobody but the agent writes to its stdout; what else is printed goes to stderr.
        emitter = Emitter.new($stdout.dup)
        $stdout.reopen($stderr)
        watch = Watch.new
        watch.trap_signals
        job = Run.new(emitter, watch) { read_spec(options, watch) }
        status = job.call ? 0 : 1
        linger(watch, job.linger)
        status
      rescue Stopped => e
        warn "sidescan-agent: #{e.message}"
        e.status
      rescue OptionParser::ParseError => e
        warn "sidescan-agent: #{e.message}", USAGE
        2
      end

      private

      # All is said and done; whoever was to come for the stored files says so, or is late.
      def linger(watch, seconds)
        limit = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
        while (left = limit - Process.clock_gettime(Process::CLOCK_MONOTONIC)).positive?
          watch.turn(left)
        end
      rescue Stopped
        nil
      end

      def parse
        options = { lifeline: false }
        OptionParser.new do |parser|
          parser.on("--spec FILE") { |file| options[:spec] = file }
          parser.on("--print NAME", Store::FILES) { |name| options[:print] = name }
          parser.on("--results DIR") { |directory| options[:results] = directory }
          parser.on("--spec-env NAME") { |name| options[:spec] = Bundle.new(name) }
          parser.on("--lifeline") { options[:lifeline] = true }
          parser.on("--version") { return puts("sidescan-agent #{VERSION}") }
          parser.on("--help") { return puts(USAGE) }
        end.parse!(@arguments.dup)
        needed = options[:print] ? :results : :spec
        raise OptionParser::MissingArgument, "--#{needed}" unless options[needed]

        options[:lifeline] ||= options[:spec] == "-"
        options
      end

      # JSON text. From stdin it is the first line, waited for as everything else is.
      def read_spec(options, watch)
        text = case (spec = options[:spec])
               when "-" then first_line(watch)
               when Bundle then spec.open
               else File.read(spec, SPEC_LIMIT)
               end
        watch.lifeline($stdin) if options[:lifeline]
        text
      rescue SystemCallError => e
        raise Failure.new("usage", "the specification #{options[:spec]} cannot be read: #{e.message}")
      end

      def first_line(watch)
        text = +""
        watch.on($stdin) { text << (watch.read($stdin) || raise(Stopped.caller_gone)) }
        watch.turn(60) until text.include?("\n") || text.bytesize > SPEC_LIMIT
        text
      end
    end
  end
end
