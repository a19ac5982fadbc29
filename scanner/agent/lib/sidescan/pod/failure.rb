# frozen_string_literal: true

module Sidescan
  class Pod
    # Why the pod could not be made, in words for the user; `hint` says what to do.
    class Failure < StandardError
      attr_reader :hint

      def initialize(message, hint: nil)
        super(message)
        @hint = hint
      end
    end
  end
end
