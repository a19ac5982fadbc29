# frozen_string_literal: true

module TrainProcroot
  # The runner's outer process, as the inner one talks to it: a line there, a line back. It may be killed at any
  # moment; the inner process must then still clear away what its command started, so nothing here raises for that.
  class Overseer
    def initialize(socket)
      @socket = socket
    end

    # For IO.select.
    def to_io = @socket

    # False when it is gone.
    def tell(order)
      @socket.puts(order)
      true
    rescue Errno::EPIPE, Errno::ECONNRESET
      false
    end

    # Its next line; nil when it is gone. (ECONNRESET: it went before it had read all that it was told.)
    def hear
      @socket.gets&.chomp
    rescue Errno::ECONNRESET
      nil
    end
  end
end
