# frozen_string_literal: true

module Sidescan
  module Agent
    # Splits the list of loaded profiles so that each part fits one line: no control id may be lost to a cut.
    module LoadedLines
      ROOM = Emitter::LIMIT / 2

      module_function

      # profiles: as in the `loaded` event; lists of such, at least one.
      def split(profiles)
        parts = profiles.flat_map do |profile|
          fill(profile[:controls]).map { |controls| { **profile, controls: controls } }
        end
        fill(parts)
      end

      # Lists of as many items as there is room for in each.
      def fill(items)
        items.each_with_object([[]]) do |item, lists|
          lists << [] if lists.last.any? && size(lists.last) + size(item) > ROOM
          lists.last << item
        end
      end

      # As long as its bytes can become in JSON.
      def size(value) = JSON.generate(value).bytesize
    end
  end
end
