# frozen_string_literal: true

module Sidescan
  module Agent
    # From the specification to a target that is found and entered; waits where waiting can help.
    class Approach
      # Seconds between looks for a target that has not started: short at first, then longer.
      LOOKS = [0.005, 0.1].freeze
      # Seconds that a target which has only just started may be closed (a runtime that has not yet become the program).
      SETTLING = 1.0

      # The block waits for so many seconds, and raises when meanwhile there is nothing more to wait for.
      def initialize(spec, emitter, &turn)
        @spec = spec
        @emitter = emitter
        @turn = turn
        @tools = ToolsContainer.new(spec.run) if spec.tools_container
      end

      # Processes::Entry of the main process; told as `waiting` and `identified`.
      def identify
        found = await_target
        @emitter.emit("identified", how: found.how, pid: found.main.pid, start: found.main.start,
                                    command: found.main.command, containerId: found.main.container_id,
                                    processes: found.processes.length, user: user(found.main))
        found.main
      end

      # Access to it. A runtime may need a moment to become the container's own program.
      def enter(main)
        limit = now + SETTLING
        begin
          Access.new(main, @spec, holder(main))
        rescue Failure => e
          raise if e.code != "access-denied" || now > limit || main.age > 2 * SETTLING

          @turn.call(0.02)
          retry
        end
      end

      private

      # The process in whose root the supplied tools are: nil where they are in the scanner's own, false where it did
      # not come. It starts before the target, so there is no long wait for it.
      def holder(main)
        return unless @tools

        limit = now + SETTLING
        until (found = @tools.find(main))
          return false if now > limit

          @turn.call(0.02)
        end
        found
      end

      def await_target
        identify = Identify.new(@spec.target, tools: @tools)
        limit = now + @spec.wait
        pause, longest = LOOKS
        until (found = identify.look)
          if now > limit
            raise Failure.new("target-not-found", "no target within #{@spec.wait} s: #{identify} did not start",
                              hint: "is it running, does it share the process namespace, did it end at once?",
                              details: identify.seen)
          end
          @waiting ||= @emitter.emit("waiting", reason: identify.to_s, limit: @spec.wait)
          @turn.call([pause, limit - now].min)
          pause = [pause * 1.5, longest].min
        end
        found
      end

      def user(main)
        status = main.status
        { uid: status.fetch("Uid").split[1].to_i, gid: status.fetch("Gid").split[1].to_i,
          groups: status.fetch("Groups", "").split.map(&:to_i), capabilities: status.fetch("CapPrm").rjust(16, "0") }
      rescue KeyError
        raise Failure.new("target-gone", "process #{main.pid} ended while it was looked at")
      end

      def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
