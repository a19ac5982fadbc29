# frozen_string_literal: true

module Sidescan
  module Agent
    # Waits for several things at once: descriptors with something to read, signals, and the caller's end.
    class Watch
      STOPPING = { "INT" => 130, "TERM" => 143, "HUP" => 129 }.freeze

      def initialize
        @wake, @waker = IO.pipe
        @handlers = { @wake => -> { @wake.read_nonblock(4096, exception: false) } }
        @stopped = nil
      end

      # Signals that end the agent, and children's ends, wake a turn.
      def trap_signals
        STOPPING.each do |name, status|
          trap(name) do
            @stopped ||= Stopped.new("stopped by SIG#{name}", status)
            wake
          end
        end
        trap("CHLD") { wake }
      end

      # End of file on `io` means that the caller is gone.
      def lifeline(io)
        on(io) { raise Stopped.caller_gone if read(io).nil? }
      end

      def on(io, &handler) = @handlers[io] = handler
      def off(io) = @handlers.delete(io)

      # Bytes, "" when there are none now, nil at the end.
      def read(io)
        case (data = io.read_nonblock(65_536, exception: false))
        when :wait_readable then ""
        else data
        end
      rescue SystemCallError, IOError
        nil
      end

      # Handles what there is, waiting for at most `seconds`.
      def turn(seconds)
        raise @stopped if @stopped

        readable, = IO.select(@handlers.keys, nil, nil, [seconds, 0].max)
        readable&.each { |io| @handlers[io]&.call }
        raise @stopped if @stopped
      end

      private

      def wake
        @waker.write_nonblock("!", exception: false)
      end
    end
  end
end
