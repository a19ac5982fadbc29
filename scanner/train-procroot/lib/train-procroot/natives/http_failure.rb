# frozen_string_literal: true

module TrainProcroot
  module Natives
    # A request that came to no response: in Net::HTTP's words, which are those of the auditor's own client inside, with
    # curl's exit status and, where a resource looks for them, its words. Such an answer is evidence (nobody listens
    # there, say); what could not be asked for want of our own means is CouldNotLook instead.
    class HttpFailure < StandardError
      attr_reader :exit_status, :curl_says

      def initialize(exit_status, message, curl_says = message)
        super(message)
        @exit_status = exit_status
        @curl_says = curl_says
      end
    end
  end
end
