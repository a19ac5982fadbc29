# frozen_string_literal: true

module TrainProcroot
  # Owner and group of a file as a program inside the target sees them: ids in the target's user namespace, names from
  # the target's own passwd and group files ("UNKNOWN" where they have none, as GNU stat prints).
  class Owners
    # What the kernel shows for an id that a user namespace does not know.
    OVERFLOW = 65_534
    UNKNOWN = "UNKNOWN"

    def initialize(target, root)
      @target = target
      @root = root
    end

    # From the scanner's id to the target's.
    def uid(id) = inside(id, @target.uid_map)
    def gid(id) = inside(id, @target.gid_map)

    # For the target's ids.
    def user(uid) = (@users ||= names("/etc/passwd")).fetch(uid, UNKNOWN)
    def group(gid) = (@groups ||= names("/etc/group")).fetch(gid, UNKNOWN)

    private

    def inside(id, map)
      return id unless map

      first, outside, = map.find { |_inside, start, length| id >= start && id < start + length }
      first ? first + id - outside : OVERFLOW
    end

    # id => name; of several lines with one id the first counts, as in getpwuid.
    def names(path)
      text = (@root.read(path) || +"").force_encoding(Encoding::UTF_8).scrub
      text.each_line(chomp: true).with_object({}) do |line, names|
        name, _password, id = line.split(":", 4)
        names[id.to_i] ||= name if id&.match?(/\A\d+\z/) && !name.start_with?("#")
      end
    end
  end
end
