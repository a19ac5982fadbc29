# frozen_string_literal: true

require_relative "pieces"

module TrainProcroot
  module Natives
    # rpm's own format ("ndb", SUSE): slots that say where each package is.
    class RpmNdbFile
      MAGIC = "RpmP".b
      SLOT = "Slot".b
      BLOB = "BlbS".b
      PAGE = 4096
      BLOCK = 16
      MOST_SLOT_PAGES = 4096

      def initialize(file)
        @file = file
        magic, version, _generation, @pages = file.at(0, 32).unpack("a4V3")
        file.damaged("it is no package database of rpm") unless magic == MAGIC && version.zero?
        file.damaged("it has #{@pages} pages of slots") unless @pages.between?(1, MOST_SLOT_PAGES)
      end

      def each
        slots = @file.at(32, (@pages * PAGE) - 32)
        (0...slots.bytesize).step(16) do |at|
          magic, number, block, blocks = slots.unpack("@#{at}a4V3")
          @file.damaged("a slot is broken") unless magic == SLOT
          yield number, blob(number, block, blocks) unless number.zero? || block.zero?
        end
      end

      private

      def blob(number, block, blocks)
        magic, own_number, _time, length = @file.at(block * BLOCK, BLOCK).unpack("a4V3")
        unless magic == BLOB && own_number == number && length + BLOCK <= blocks * BLOCK
          @file.damaged("package #{number} is broken")
        end
        @file.at((block + 1) * BLOCK, length)
      end
    end
  end
end
