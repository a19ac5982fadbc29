# frozen_string_literal: true

module Sidescan
  module Agent
    # Writes events: numbered, one JSON object per line, each line in one write and short enough that no log splits it.
    class Emitter
      # Container runtimes split log lines at 16 KiB.
      LIMIT = 16 * 1024

      # What long texts and lists are cut to when a line is too long, tried in this order: [characters, items].
      CUTS = [[2000, 200], [500, 60], [120, 30], [40, 10]].freeze

      # DEL, C1 controls and the two separators that some readers take for line ends; JSON escapes the rest itself.
      UNSAFE = /[\u007f-\u009f\u2028\u2029]/

      def initialize(io)
        @io = io
        @io.sync = true
        @seq = 0
      end

      # Raises Stopped when nobody reads any more.
      def emit(event, **fields)
        @io.write(line(event, fields))
        @seq += 1
      rescue Errno::EPIPE, IOError
        raise Stopped.caller_gone
      end

      # Any bytes as valid UTF-8.
      def self.text(value)
        String.new(value.to_s, encoding: Encoding::UTF_8).scrub("\uFFFD")
      end

      # The same for all texts in lists and hashes.
      def self.clean(value)
        case value
        when String, Symbol then text(value)
        when Array then value.map { |item| clean(item) }
        when Hash then value.to_h { |key, item| [clean(key), clean(item)] }
        else value
        end
      end

      private

      def line(event, fields)
        whole = { v: PROTOCOL, seq: @seq, event: event, **fields }
        full = encode(whole)
        return full if full.bytesize < LIMIT

        CUTS.each do |characters, items|
          short = encode(cut(whole, characters, items))
          return short if short.bytesize < LIMIT
        end
        raise ArgumentError, "event #{event} does not fit a line"
      end

      def encode(value)
        "#{JSON.generate(self.class.clean(value)).gsub(UNSAFE) { |char| format('\\u%04x', char.ord) }}\n"
      end

      def cut(value, characters, items)
        case value
        when String
          text = self.class.text(value)
          text.length > characters ? "#{text[0, characters - 1]}\u2026" : text
        when Array then value.first(items).map { |item| cut(item, characters, items) }
        when Hash then value.transform_values { |item| cut(item, characters, items) }
        else value
        end
      end
    end
  end
end
