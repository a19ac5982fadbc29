# frozen_string_literal: true

require_relative "answer"
require_relative "errors"

module TrainProcroot
  # Answers what InSpec's own resources ask, from the data behind the question instead of a program in the target.
  #
  # A native is a module in natives/NAME.rb (all files there are loaded) with one function:
  #
  #     module TrainProcroot::Natives::Ports
  #       # command: the text; asker: see Asker; an Answer, or nil when this is no question it knows.
  #       def self.answer(command, asker, context)
  #
  # It raises CouldNotLook when it knows the question and may not see the data.
  module Native
    # Whom a native asks about; one per connection. options: the transport's, by Symbol.
    Context = Struct.new(:target, :root, :options)

    class << self
      # The natives' answer to what `asker` wants to know, or nil when none has one.
      def answer(command, asker, context)
        all.each do |native|
          found = native.answer(command, asker, context)
          return found if found
        end
        nil
      end

      private

      def all
        @all ||= Natives.constants.map { |name| Natives.const_get(name) }
                        .select { |native| native.respond_to?(:answer) }
      end
    end
  end
end

Dir[::File.join(__dir__, "natives", "*.rb")].each { |file| require file }
