# frozen_string_literal: true

require "monitor"
require "train-procroot/errors"

module Sidescan
  module Agent
    # InSpec's ssl resource connects by itself, from where the auditor runs. Here it does so from the target's network,
    # to whom the name belongs there; and a server that was not reached is no server that refuses a protocol.
    module Handshake
      UNREACHED = /\AConnection (?:error|timeout|refused)/
      # The resource asks from several threads at once.
      LOCK = Monitor.new

      class << self
        # TrainProcroot::Native::Context of the target whose network is meant.
        attr_accessor :context

        # What the block gives for the first address that answers it.
        def from_target(host, &)
          raise TrainProcroot::CouldNotLook, "it is not known whose network the ssl resource means" unless context

          names = LOCK.synchronize { TrainProcroot::Natives::HostNames.new(context.root) }
          TrainProcroot::Natives::SeenFromTarget.look(context.target, %i[net uts]) do
            reached(host, names.addresses(host.to_s), &)
          end
        end

        private

        def reached(host, addresses)
          raise TrainProcroot::CouldNotLook, "no TLS server was reached: #{host} has no address" if addresses.empty?

          why = nil
          addresses.each do |address|
            found = yield address
            why = found["error"].to_s
            return found unless UNREACHED.match?(why)
          end
          raise TrainProcroot::CouldNotLook, "no TLS server was reached: #{why}"
        end
      end

      def hello(host, options = {})
        Handshake.from_target(host) { |address| super(address, options) }
      end
    end
  end
end
