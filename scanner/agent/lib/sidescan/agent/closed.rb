# frozen_string_literal: true

module Sidescan
  module Agent
    # Closes a process to others: none of the same user may read its memory, its descriptors or its root from then on,
    # or trace it, and neither may a root without SYS_PTRACE. Forks stay closed; an exec decides anew. Needs nothing
    # else of the agent, so that it can come before everything.
    module Closed
      PR_SET_DUMPABLE = 4
      PRCTL = RUBY_PLATFORM.match?(/aarch64|arm64/) ? 167 : 157

      def self.close
        Kernel.syscall(PRCTL, PR_SET_DUMPABLE, 0, 0, 0, 0)
      rescue SystemCallError
        nil # a kernel or a filter that knows no prctl: nothing else depends on it
      end
    end
  end
end
