# frozen_string_literal: true

require_relative "pieces"
require_relative "sqlite_log"

module TrainProcroot
  module Natives
    # The rows of one table of an SQLite database, read only, as they are after the last finished transaction: the file
    # itself and its write-ahead log. A transaction that has to be rolled back first is more than looking, and refused.
    class SqliteTable
      MAGIC = "SQLite format 3\0".b
      # First bytes of a rollback journal that is in use.
      JOURNAL = "\xD9\xD5\x05\xF9\x20\xA1\x63\xD7".b
      LEAF = 13
      INTERIOR = 5
      # No b-tree is deeper; a row larger than this is none of rpm's.
      DEPTH = 20
      LARGEST_ROW = 64 * 1024 * 1024

      # What rows there are of `table`: yields [number of the row, Array of column values (bytes, Integer or nil)]. Nil
      # where there is no such file.
      def self.each_row(root, path, table, &)
        journal = Pieces.open(root, "#{path}-journal") { |file| file.at(0, [8, file.size].min) }
        raise CouldNotLook, "#{path} was left in the middle of a change (#{path}-journal)" if journal == JOURNAL

        Pieces.open(root, path) do |file|
          new(file, SqliteLog.pages(root, "#{path}-wal")).each_row(table, &)
          true
        end
      end

      def initialize(file, log)
        @file = file
        @log = log
        @seen = {}
        header = @log ? @log.page(1) || file.at(0, 100) : file.at(0, 100)
        damaged("it is no SQLite database") unless header.start_with?(MAGIC)
        read_header(header)
      end

      def each_row(table, &)
        root_page = nil
        walk(1) do |_number, row|
          type, name, _of, page = row
          root_page = page if type == "table" && name == table
        end
        damaged("it has no table #{table}") unless root_page.is_a?(Integer)

        @seen.clear
        walk(root_page, &)
      end

      private

      def damaged(how) = @file.damaged(how)

      def read_header(header)
        size = header.unpack1("@16n")
        @page_size = size == 1 ? 65_536 : size
        power_of_two = @page_size.nobits?(@page_size - 1)
        damaged("its page size is #{@page_size}") unless power_of_two && @page_size.between?(512, 65_536)
        damaged("its log has pages of another size") if @log && @log.page_size != @page_size

        @usable = @page_size - header.getbyte(20)
        damaged("its pages hold nothing") if @usable < 480
        damaged("its texts are not UTF-8") unless [0, 1].include?(header.unpack1("@56N"))
      end

      # Every page belongs to one place only: what comes a second time is a ring.
      def page(number)
        damaged("page #{number} is used twice") if @seen[number]

        @seen[number] = true
        @log&.page(number) || @file.at((number - 1) * @page_size, @page_size)
      end

      def walk(number, depth = 0, &)
        damaged("its tree is too deep") if depth > DEPTH

        bytes = page(number)
        start = number == 1 ? 100 : 0
        kind, _, cells = bytes.unpack("@#{start}Cnn")
        case kind
        when LEAF then pointers(bytes, start + 8, cells).each { |at| yield row(bytes, at) }
        when INTERIOR
          children = pointers(bytes, start + 12, cells).map { |at| bytes.unpack1("@#{at}N") }
          [*children, bytes.unpack1("@#{start + 8}N")].each { |child| walk(child, depth + 1, &) }
        else damaged("page #{number} is no part of a table")
        end
      end

      def pointers(bytes, at, count)
        damaged("a page has #{count} cells") if at + (count * 2) > @usable

        bytes.unpack("@#{at}n#{count}").each { |place| damaged("a cell lies outside") if place > @usable - 4 }
      end

      def row(bytes, at)
        length, at = varint(bytes, at)
        number, at = varint(bytes, at)
        damaged("a row of #{length} bytes") if length > LARGEST_ROW

        [number, columns(payload(bytes, at, length))]
      end

      # How much of a row is in its own page is the format's arithmetic.
      def payload(bytes, at, length)
        most = @usable - 35
        return piece(bytes, at, length) if length <= most

        least = ((@usable - 12) * 32 / 255) - 23
        here = least + ((length - least) % (@usable - 4))
        here = least if here > most
        whole = piece(bytes, at, here)
        follow(whole, piece(bytes, at + here, 4).unpack1("N"), length)
      end

      def follow(whole, next_page, length)
        while whole.bytesize < length
          damaged("a row ends early") if next_page.zero?

          bytes = page(next_page)
          next_page = bytes.unpack1("N")
          whole << bytes.byteslice(4, [@usable - 4, length - whole.bytesize].min)
        end
        whole
      end

      def piece(bytes, at, length)
        damaged("a row lies outside of its page") if at + length > @usable

        bytes.byteslice(at, length)
      end

      # Integer of up to nine bytes, seven bits in each but the last; and what comes after it.
      def varint(bytes, at)
        value = 0
        9.times do |index|
          byte = bytes.getbyte(at + index) or damaged("a number ends early")
          return [(value << 8) | byte, at + 9] if index == 8

          value = (value << 7) | (byte & 0x7f)
          return [value, at + index + 1] if byte < 0x80
        end
      end

      def columns(record)
        length, at = varint(record, 0)
        damaged("a row's head is too long") if length > record.bytesize

        place = length
        values = []
        while at < length
          kind, at = varint(record, at)
          value, width = column(record, place, kind)
          values << value
          place += width
        end
        values
      end

      def column(record, place, kind)
        width = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][kind] || ((kind - 12) / 2)
        damaged("a column lies outside of its row") if width.negative? || place + width > record.bytesize

        bytes = record.byteslice(place, width)
        value = case kind
                when 0, 7, 10, 11 then nil # no value that anyone here asks for
                when 1..6 then bytes.unpack1("B*").to_i(2)
                when 8, 9 then kind - 8
                else bytes
                end
        [value, width]
      end
    end
  end
end
