# frozen_string_literal: true

module Sidescan
  class Pod
    # Who the main process is: numbers or names of the target's own passwd and group, read inside its root, with the
    # meaning that container runtimes give to `--user`.
    class Identity
      LIMIT = 4 * 1024 * 1024
      HIGHEST = 0xfffffffe

      attr_reader :uid, :gid, :groups, :home

      # `user` and `group`: texts or nil.
      def initialize(user, group, etc: "/etc")
        @etc = etc
        entry = account(user || "0")
        @uid = entry ? number(entry[2], user) : number(user || "0", user)
        @home = entry&.at(5).to_s.empty? ? "/" : entry[5]
        @gid = group ? group_number(group) : number(entry.to_a.fetch(3, "0"), user)
        @groups = group || entry.nil? ? [] : memberships(entry[0])
      end

      private

      # A name wins over a number, as everywhere in Unix.
      def account(user)
        accounts = lines("passwd", 7)
        found = accounts.find { |fields| fields[0] == user }
        found ||= accounts.find { |fields| fields[2] == user } if numeric?(user)
        return found if found || numeric?(user)

        raise Failure.new("The directory's /etc/passwd has no user #{user}.", hint: "give the number: --user UID:GID")
      end

      def group_number(group)
        found = lines("group", 4).find { |fields| fields[0] == group }
        return number(found[2], group) if found
        return number(group, group) if numeric?(group)

        raise Failure.new("The directory's /etc/group has no group #{group}.", hint: "give the number: --user UID:GID")
      end

      def memberships(name)
        groups = lines("group", 4).select { |fields| fields[3].split(",").include?(name) }
        groups.map { |fields| number(fields[2], name) }.uniq
      end

      def number(text, asked)
        return text.to_i if numeric?(text) && text.to_i <= HIGHEST

        raise Failure.new("#{asked.inspect} has no usable number: #{text.inspect}.",
                          hint: "numbers go from 0 to #{HIGHEST}")
      end

      def numeric?(text)
        text.match?(/\A\d+\z/)
      end

      # Whatever the target put there, a FIFO or a device is not waited for, and nothing is read without end.
      def lines(name, fields)
        path = "#{@etc}/#{name}"
        return [] unless File.file?(path)

        File.open(path, File::RDONLY | File::NONBLOCK) { |file| file.read(LIMIT).to_s }
            .b.split("\n").map { |line| line.split(":", -1) }.select { |split| split.size >= fields }
      rescue SystemCallError
        []
      end
    end
  end
end
