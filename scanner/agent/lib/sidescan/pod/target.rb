# frozen_string_literal: true

require "json"
require_relative "calls"
require_relative "failure"
require_relative "main_process"
require_relative "root"

module Sidescan
  class Pod
    # The target: a child process that makes itself a root and becomes the main process in it. What it has to say
    # until then comes through a pipe that its exec closes; what its program prints is kept, the last of it, for the
    # case that it ends early.
    class Target
      KEPT = 8192

      attr_reader :pid

      # `told`: called with (level, message) for what the user should know.
      def initialize(directory, scratch, wanted, mapping, &told)
        @directory = directory
        @scratch = scratch
        @wanted = wanted
        @mapping = mapping
        @told = told
        @printed = +""
      end

      # Returns when the main process runs; raises Failure when it cannot.
      def start
        status, report = IO.pipe
        output, print = IO.pipe
        silence = File.new(File::NULL, "r+")
        @pid = fork do
          status.close
          become(report, silence, print)
        end
        [report, print, silence].each(&:close)
        @listener = Thread.new { listen(output) }
        heed(status)
      end

      # Clock ticks since boot: tells this process from a later one of the same number.
      def start_time
        File.read("/proc/#{pid}/stat").rpartition(")").last.split[19]
      end

      # The last lines that the program printed.
      def last_lines
        @listener.join(0.2)
        @printed.dup.force_encoding("UTF-8").scrub.lines(chomp: true).last(20)
      end

      private

      def become(report, silence, print)
        say = ->(message) { report.puts(JSON.generate(message)) }
        notice = ->(level, message) { say.call("notice" => message, "level" => level) }
        [$stdin, $stdout, $stderr].zip([silence, print, print]) { |standard, file| standard.reopen(file) }
        Root.new(@directory, @scratch, user_namespace: @mapping != "none", &notice).enter
        MainProcess.new(@wanted, mapping: @mapping, &notice).become
      rescue Failure => e
        say.call("failed" => e.message, "hint" => e.hint)
      rescue StandardError => e
        say.call("failed" => "The target could not be started: #{e.message}", "hint" => nil)
      ensure
        report.flush
        exit!(1)
      end

      def heed(status)
        status.each_line do |line|
          message = JSON.parse(line)
          raise Failure.new(message["failed"], hint: message["hint"]) if message["failed"]

          @told.call(message["level"], message["notice"])
        end
      end

      def listen(output)
        loop do
          printed = @printed + output.readpartial(KEPT)
          @printed = printed.byteslice(-KEPT..) || printed
        end
      rescue EOFError
        nil
      end
    end
  end
end
