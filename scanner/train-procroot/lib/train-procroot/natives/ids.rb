# frozen_string_literal: true

module TrainProcroot
  module Natives
    # User and group ids as the target's own user namespace counts them.
    module Ids
      # What the kernel shows for an id that has no name there.
      OVERFLOW = 65_534

      module_function

      # map: Target#uid_map or #gid_map, [inside, outside, length] rows, nil where nothing is mapped.
      def inside(id, map)
        return id if map.nil?

        first, outside, = map.find { |_inside, from, length| id >= from && id < from + length }
        first ? first + id - outside : OVERFLOW
      end

      # The scanner's id for one of the target's, nil where there is none.
      def outside(id, map)
        return id if map.nil?

        first, start, = map.find { |inside, _outside, length| id >= inside && id < inside + length }
        first && (start + id - first)
      end

      # [uid, gid, supplementary groups] of the target's main process.
      def of(target)
        [inside(target.uid, target.uid_map), inside(target.gid, target.gid_map),
         target.groups.map { |group| inside(group, target.gid_map) }]
      end
    end
  end
end
