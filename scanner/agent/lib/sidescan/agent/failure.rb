# frozen_string_literal: true

module Sidescan
  module Agent
    # Why the agent could not do its work; becomes its last line, an `error` event.
    class Failure < StandardError
      attr_reader :code, :hint, :details

      # code: one of agentErrorCodes in src/protocol/events.ts; hint: what to do next; details: lines of text.
      def initialize(code, message, hint: nil, details: [])
        super(message)
        @code = code
        @hint = hint
        @details = details
      end
    end

    # Somebody wants the agent to end: a signal, or the caller is gone.
    class Stopped < StandardError
      attr_reader :status

      def initialize(reason, status)
        super(reason)
        @status = status
      end

      def self.caller_gone = new("the caller is gone", 129)
    end
  end
end
