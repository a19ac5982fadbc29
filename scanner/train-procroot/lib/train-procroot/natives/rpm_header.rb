# frozen_string_literal: true

require_relative "../errors"

module TrainProcroot
  module Natives
    # One package as rpm's database holds it: an index of numbered values, then their data. Only what is asked for is
    # kept.
    module RpmHeader
      TAGS = { name: 1000, version: 1001, release: 1002, epoch: 1003, summary: 1004, description: 1005,
               build_time: 1006, build_host: 1007, install_time: 1008, size: 1009, vendor: 1011, license: 1014,
               packager: 1015, group: 1016, url: 1020, arch: 1022, source: 1044, prefixes: 1098, dist_tag: 1155,
               long_size: 5009, bug_url: 5012, sig_pgp: 259, sig_gpg: 262, dsa: 267, rsa: 268 }.freeze
      NAMES = TAGS.invert.freeze
      MOST_VALUES = 65_536
      INT32 = 4
      INT64 = 5
      STRING = 6
      BYTES = 7
      STRINGS = [8, 9].freeze

      Package = Struct.new(:number, *TAGS.keys, keyword_init: true) do
        # For `%{ARCH}` and its like.
        def shown(field) = self[field].nil? ? "(none)" : self[field].to_s
      end

      class << self
        # Raises CouldNotLook for what is no header: a damaged package might be the one that is asked for.
        def parse(number, bytes)
          count, length = bytes.unpack("N2")
          start = 8 + (count.to_i * 16)
          damaged(number) unless count&.between?(1, MOST_VALUES) && length && start + length <= bytes.bytesize

          data = bytes.byteslice(start, length)
          values = { number: number }
          # What comes later replaces what was before.
          bytes.byteslice(8, count * 16).unpack("N*").each_slice(4) do |tag, type, offset, many|
            name = NAMES[tag]
            values[name] = value(number, data, type, offset, many) if name
          end
          Package.new(**values).tap { |package| damaged(number) if package.name.to_s.empty? }
        end

        private

        def damaged(number) = raise(CouldNotLook, "package #{number} in the target's rpm database is damaged")

        def value(number, data, type, offset, count)
          damaged(number) if offset > data.bytesize || count > data.bytesize

          case type
          when INT32 then whole(number, data, offset, 4).unpack1("N")
          when INT64 then whole(number, data, offset, 8).unpack1("Q>")
          when STRING then strings(number, data, offset, 1).first
          when BYTES then whole(number, data, offset, count)
          when *STRINGS then strings(number, data, offset, count)
          end
        end

        def whole(number, data, offset, length)
          bytes = data.byteslice(offset, length)
          bytes.bytesize == length ? bytes : damaged(number)
        end

        def strings(number, data, offset, count)
          Array.new(count) do
            ended = data.index("\0".b, offset) or damaged(number)
            data.byteslice(offset, ended - offset).tap { offset = ended + 1 }
          end
        end
      end
    end
  end
end
