# frozen_string_literal: true

module TrainProcroot
  module Natives
    # Turning the target's bytes, which may be anything, into lines that a resource's parser can read.
    module Text
      LIMIT = 16 * 1024 * 1024

      module_function

      # A file of the target as valid UTF-8, nil where there is none.
      def read(root, path, limit: LIMIT)
        bytes = root.read(path, limit)
        bytes && clean(bytes)
      end

      # Valid UTF-8: U+FFFD stands for a byte that is not.
      def clean(bytes)
        bytes.dup.force_encoding(Encoding::UTF_8).scrub("\uFFFD")
      end

      # One line of a listing, as ps and ss print names: what is not printable becomes "?", so that no process
      # writes a line of its own.
      def printable(bytes)
        bytes.dup.force_encoding(Encoding::UTF_8).scrub("?").gsub(/[[:cntrl:]\u2028\u2029]/, "?")
      end
    end
  end
end
