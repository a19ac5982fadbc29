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

  # Asked, and nobody has answered: that is known, so it is no lack of evidence. For a resource that would take it for
  # an empty answer, where the same resource inside fails.
  class NoAnswer < StandardError
    # What there would be to say to the others: an Answer.
    attr_reader :answer

    def initialize(message, answer)
      super(message)
      @answer = answer
    end
  end

  # Nothing here ever writes to the target.
  class ReadOnly < StandardError; end
end
