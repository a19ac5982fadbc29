# frozen_string_literal: true

module TrainProcroot
  module Natives
    # A request that came to no response, as curl says it: its exit status and its words. Such an answer is evidence
    # (nobody listens there, say); what could not be asked for want of our own means is CouldNotLook instead.
    class CurlFailure < StandardError
      attr_reader :exit_status

      def initialize(exit_status, message)
        @exit_status = exit_status
        super(message)
      end
    end
  end
end
