# frozen_string_literal: true

require "train-procroot/errors"

module Sidescan
  module Agent
    # InSpec's ssl resource connects by itself, from where the auditor runs. That is the target's network only when the
    # two share it; and a server that was not reached is no server that refuses a protocol.
    module Handshake
      UNREACHED = /\AConnection (?:error|timeout|refused)/

      class << self
        # The main process of the target whose network is meant.
        attr_accessor :target
      end

      def hello(...)
        Handshake.check_network
        super.tap do |found|
          next unless UNREACHED.match?(found["error"].to_s)

          raise TrainProcroot::CouldNotLook, "no TLS server was reached: #{found['error']}"
        end
      end

      def self.check_network
        return if target && ["self", target].map { |pid| File.readlink("/proc/#{pid}/ns/net") }.uniq.one?

        raise TrainProcroot::CouldNotLook, "the ssl resource connects from the scanner's network, which is not the " \
                                           "target's"
      rescue SystemCallError => e
        raise TrainProcroot::CouldNotLook, "the target's network cannot be told from the scanner's (#{e.message})"
      end
    end
  end
end
