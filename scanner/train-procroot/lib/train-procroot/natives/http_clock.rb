# frozen_string_literal: true

require "io/wait"
require_relative "curl_failure"

module TrainProcroot
  module Natives
    # The time that a request may take: curl's own limits, and the one of every question, after which there is no
    # answer.
    class HttpClock
      # The limit of every question has passed.
      class Late < StandardError; end

      # Seconds; 0 of curl's own: no limit.
      def initialize(connect_s:, total_s:, limit_s:)
        @connect_s = connect_s
        @total_s = total_s
        @started = now
        @limit = now + limit_s
        connecting
      end

      def connecting = @connecting = now
      def connected = @connecting = nil

      # Waits until the other side lets us read or write; most: no longer than that, then nil.
      def wait(io, want, most: nil, got: 0)
        left = ends.map { |_, at| at }.min - now
        late(got) unless left.positive?
        within = [left, most].compact.min
        ready = want == :wait_readable ? io.to_io.wait_readable(within) : io.to_io.wait_writable(within)
        late(got) unless ready || within == most
        ready
      end

      def left = [ends.map { |_, at| at }.min - now, 0].max

      private

      def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

      def ends
        { limit: @limit, total: @total_s&.positive? && (@started + @total_s),
          connect: @connecting && @connect_s&.positive? && (@connecting + @connect_s) }.select { |_, at| at }
      end

      def late(got)
        case ends.min_by { |_, at| at }.first
        when :limit then raise Late
        when :connect then raise CurlFailure.new(28, "Connection timeout after #{(@connect_s * 1000).round} ms")
        else
          raise CurlFailure.new(28, "Operation timed out after #{(@total_s * 1000).round} milliseconds with #{got} " \
                                    "bytes received")
        end
      end
    end
  end
end
