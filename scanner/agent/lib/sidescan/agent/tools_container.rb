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

      # Its Processes::Entry, or nil when it is not there (yet). Raises a Failure when it is not alone: anyone may
      # take those words, but only beside the one that came first.
      def among(entries)
        found = entries.select { |entry| claims?(entry) }
        return found.first if found.length < 2

        raise Failure.new("target-ambiguous", "#{found.length} processes say that they hold the supplied tools",
                          hint: "one of them is the target's, which may be hostile", details: found.map(&:to_s))
      end

      # The same, beside a target that was found; what it says itself is not believed.
      def find(target)
        found = among(Processes.all) or return nil
        return found if group(found) != group(target)

        raise Failure.new("target-ambiguous", "a process of the target says that it holds the supplied tools",
                          hint: "the target may be hostile", details: [found.to_s])
      end

      private

      def group(entry) = entry.container_id || entry.root_mount
    end
  end
end
