# frozen_string_literal: true

module Sidescan
  module Agent
    # The auditor's reporter writes JSON, which must be valid UTF-8; one hostile file name in a message would otherwise
    # cost the whole result.
    module Mend
      module_function

      # Mends all texts in lists and hashes, in place.
      def mend(data)
        case data
        when Array then data.each_index { |index| data[index] = mended(data[index]) }
        when Hash then data.each { |key, value| data[key] = mended(value) }
        end
      rescue FrozenError
        data
      end

      def mended(value) = value.is_a?(String) ? text(value) : value.tap { mend(value) }

      # The text itself, when it is whole.
      def text(value)
        value.encoding == Encoding::UTF_8 && value.valid_encoding? ? value : Emitter.text(value)
      end
    end
  end
end
