# frozen_string_literal: true

# "Could not look" is never "nothing there": a question that cannot be answered raises, with its reason.
module TrainProcroot
  # The message always starts with PREFIX, which is how a control's result is recognised as lacking evidence.
  class CouldNotLook < StandardError
    PREFIX = "could not look: "

    def initialize(reason = "no reason given")
      # A name out of the target may hold any bytes, and a message ends up in JSON.
      text = String.new(reason.to_s, encoding: Encoding::UTF_8).scrub { |bytes| bytes.inspect[1..-2] }
      super(text.start_with?(PREFIX) ? text : PREFIX + text)
    end

    # What a SystemCallError says, without the path and function that Ruby adds.
    def self.cause_of(error) = SystemCallError.new(error.errno).message

    # The message without its prefix.
    def reason = message.delete_prefix(PREFIX)
  end

  # The target's main process ended, or its pid now belongs to another process.
  class TargetGone < CouldNotLook; end

  # Nothing here ever writes to the target.
  class ReadOnly < StandardError; end
end
