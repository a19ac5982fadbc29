# frozen_string_literal: true

require_relative "pieces"

module TrainProcroot
  module Natives
    # Berkeley DB's hash format (RHEL before 9, Amazon Linux 2): pages of keys and values, large values in chains of
    # pages of their own.
    class BdbHashFile
      MAGIC = 0x061561
      HASH_META = 8
      HASH_PAGES = [2, 13].freeze
      OVERFLOW = 7
      HEAD = 26
      KEY_DATA = 1
      OFF_PAGE = 3
      LARGEST = 64 * 1024 * 1024

      def initialize(file)
        @file = file
        head = file.at(0, 72)
        magic, _version, @page_size, encrypted, type = head.unpack("@12V3CC")
        @last = head.unpack1("@32V")
        file.damaged("it is no hash of Berkeley DB") unless magic == MAGIC && type == HASH_META
        file.damaged("it is encrypted") unless encrypted.zero?
        unless @page_size.between?(512, 65_536) && @page_size.nobits?(@page_size - 1)
          file.damaged("its page size is #{@page_size}")
        end
        @seen = {}
      end

      def each(&)
        file_pages = @file.size / @page_size
        @file.damaged("it ends early") if @last >= file_pages

        (1..@last).each do |number|
          type = @file.at((number * @page_size) + 25, 1).getbyte(0)
          items(@file.at(number * @page_size, @page_size), &) if HASH_PAGES.include?(type)
        end
      end

      private

      # Keys and values take turns. Key 0 holds the next number, which is no package.
      def items(page)
        count = page.unpack1("@20v")
        @file.damaged("a page has #{count} items") if count.odd? || HEAD + (count * 2) > @page_size

        places = page.unpack("@#{HEAD}v#{count}")
        places.each_slice(2) do |key, value|
          number = key_at(page, key)
          yield number, value_at(page, value, key) unless number.zero?
        end
      end

      def key_at(page, place)
        kind, number = page.unpack("@#{place}CV") if place + 5 <= @page_size
        kind == KEY_DATA && number ? number : @file.damaged("a key is broken")
      end

      # Items lie one below the other: a value ends where its key begins.
      def value_at(page, place, key)
        @file.damaged("an item lies outside of its page") if place + 1 > @page_size || place > key

        case page.getbyte(place)
        when KEY_DATA then page.byteslice(place + 1, key - place - 1)
        when OFF_PAGE
          @file.damaged("an item lies outside of its page") if place + 12 > @page_size
          chain(*page.unpack("@#{place + 4}V2"))
        else @file.damaged("an item is of an unknown kind")
        end
      end

      def chain(number, length)
        @file.damaged("a value of #{length} bytes") if length > LARGEST

        whole = "".b
        while whole.bytesize < length
          @file.damaged("a value ends early") if number.zero? || @seen[number]

          @seen[number] = true
          page = @file.at(number * @page_size, @page_size)
          next_page, filled, type = page.unpack("@16Vx2vxC")
          @file.damaged("a page is no part of a value") unless type == OVERFLOW && filled <= @page_size - HEAD

          whole << page.byteslice(HEAD, filled)
          number = next_page
        end
        whole.byteslice(0, length)
      end
    end
  end
end
