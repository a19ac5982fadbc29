# frozen_string_literal: true

module Sidescan
  module Agent
    # The container beside that holds the supplied tools and nothing else: what a command inherits may be followed by
    # its user, and where that is root only a container of its own keeps the way from leading to the scanner. Its one
    # process is known by its words; it starts before the target does.
    class ToolsContainer
      WORDS = "sidescan-tools"

      # run: the run's id, the last of those words.
      def initialize(run)
        @run = run
      end

      def claims?(entry)
        program, *words = entry.command
        words == [WORDS, @run] && File.basename(program) == "hold"
      end

      # Processes::Entry, or nil when it is not there (yet). Raises a Failure when it is not the only one, or is of the
      # target: anyone may take those words.
      def find(target)
        found = Processes.all.select { |entry| claims?(entry) }
        strangers = found.select { |entry| group(entry) == group(target) }
        return found.first if found.length < 2 && strangers.empty?

        raise Failure.new("target-ambiguous", "a process of the target says that it holds the supplied tools",
                          hint: "the target may be hostile: `--commands none` needs no tools",
                          details: found.map(&:to_s))
      end

      private

      def group(entry) = entry.container_id || entry.root_mount
    end
  end
end
