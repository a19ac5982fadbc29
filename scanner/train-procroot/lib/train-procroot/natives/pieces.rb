# frozen_string_literal: true

require_relative "../errors"

module TrainProcroot
  module Natives
    # A file of the target that is read piece by piece, since a database may be larger than anyone wants in memory. It
    # is the target's, so every offset and length in it may be a lie: what lies outside is refused, and so is more than
    # the budget in all.
    class Pieces
      # Bytes that are read of one file in all.
      BUDGET = 768 * 1024 * 1024

      class << self
        # The block's value, nil without calling it where there is no such regular file.
        def open(root, path, &block)
          root.at(path) do |fd, stat|
            next nil unless stat.file?

            flags = ::File::RDONLY | ::File::NONBLOCK
            number = root.target.entering { ::IO.sysopen("/proc/self/fd/#{fd}", flags) }
            ::File.for_fd(number, "rb").then { |io| reading(io, path, stat.size, &block) }
          end
        end

        private

        def reading(io, path, size)
          yield new(io, path, size)
        ensure
          io.close
        end
      end

      attr_reader :path, :size

      def initialize(io, path, size)
        @io = io
        @path = path
        @size = size
        @left = BUDGET
      end

      # Exactly so many bytes.
      def at(offset, length)
        damaged("it points outside of itself") if offset.negative? || length.negative? || offset + length > size
        if (@left -= length).negative?
          raise CouldNotLook,
                "#{path}: more than #{BUDGET >> 20} MiB would have to be read"
        end
        return "".b if length.zero?

        bytes = @io.pread(length, offset)
        bytes.bytesize == length ? bytes : damaged("it ends early")
      rescue EOFError
        damaged("it ends early")
      end

      def damaged(how) = raise(CouldNotLook, "#{path} cannot be read as a database: #{how}")
    end
  end
end
