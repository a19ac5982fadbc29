# frozen_string_literal: true

require_relative "pieces"

module TrainProcroot
  module Natives
    # The write-ahead log of an SQLite database: the pages of the transactions that were finished.
    class SqliteLog
      MAGIC = { 0x377f0682 => "V*", 0x377f0683 => "N*" }.freeze
      HEAD = 32
      FRAME_HEAD = 24
      LIMIT = 64 * 1024 * 1024

      attr_reader :page_size

      # nil where there is no log, or nothing in it that counts.
      def self.pages(root, path)
        Pieces.open(root, path) do |file|
          raise CouldNotLook, "#{path} is larger than #{LIMIT} bytes" if file.size > LIMIT

          log = new(file)
          log if log.any?
        end
      end

      def initialize(file)
        @pages = {}
        return if file.size < HEAD

        head = file.at(0, HEAD)
        magic, _version, @page_size, _sequence, *@salts, one, two = head.unpack("N8")
        @words = MAGIC[magic]
        return unless @words && @page_size.between?(512, 65_536) && sum(head.byteslice(0, 24), 0, 0) == [one, two]

        read(file, one, two)
      end

      def any? = !@pages.empty?
      def page(number) = @pages[number]

      private

      # Up to the first frame that is none: the rest is left over from before. Frames count once a commit follows.
      def read(file, one, two)
        waiting = {}
        place = HEAD
        while place + FRAME_HEAD + @page_size <= file.size
          frame = file.at(place, FRAME_HEAD + @page_size)
          number, pages_after_commit, *salts, first, second = frame.unpack("N6")
          page = frame.byteslice(FRAME_HEAD, @page_size)
          one, two = sum(page, *sum(frame.byteslice(0, 8), one, two))
          return if salts != @salts || [one, two] != [first, second] || number.zero?

          waiting[number] = page
          place += frame.bytesize
          next if pages_after_commit.zero?

          @pages.merge!(waiting)
          waiting = {}
        end
      end

      def sum(bytes, one, two)
        bytes.unpack(@words).each_slice(2) do |first, second|
          one = (one + first + two) & 0xffffffff
          two = (two + second + one) & 0xffffffff
        end
        [one, two]
      end
    end
  end
end
