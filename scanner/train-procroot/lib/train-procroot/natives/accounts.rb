# frozen_string_literal: true

require_relative "../errors"
require_relative "text"

module TrainProcroot
  module Natives
    # The target's passwd, group and shadow files as glibc's "files" service reads them: a line that is not an
    # entry (a comment, too few fields, a uid that is no number) is no entry; what follows the last field belongs to it.
    class Accounts
      User = Struct.new(:name, :password, :uid, :gid, :gecos, :home, :shell) do
        def id = uid
        def to_line = to_a.join(":")
      end

      Group = Struct.new(:name, :password, :gid, :users) do
        def id = gid
        def to_line = [name, password, gid, users.join(",")].join(":")
      end

      # Days since 1970 and numbers of days; -1 where the field is empty.
      Shadow = Struct.new(:name, :password, :last_change, :at_least, :at_most, :warn, :inactive, :expire, :flag) do
        def id = nil
        def to_line = [name, password, *to_a.drop(2).map { |days| days == -1 ? "" : days }].join(":")
      end

      MAX_ID = (2**32) - 1
      LIMIT = 16 * 1024 * 1024

      # Services of nsswitch.conf that may know more accounts, and what is there when they can be asked.
      DAEMONS = { "sss" => "/var/lib/sss/pipes/nss", "winbind" => "/run/samba/winbindd/pipe",
                  "ldap" => "/run/nslcd/socket" }.freeze

      def initialize(root)
        @root = root
      end

      def users
        @users ||= lines("/etc/passwd").filter_map { |line| parse_user(line) }
      end

      def groups
        @groups ||= lines("/etc/group").filter_map { |line| parse_group(line) }
      end

      # nil where there is no shadow file at all.
      def shadows
        return @shadows if defined?(@shadows)

        @shadows = @root.exist?("/etc/shadow") ? lines("/etc/shadow").filter_map { |line| parse_shadow(line) } : nil
      end

      # Every entry of "passwd", "group" or "shadow".
      def all(database)
        case database
        when "passwd" then users
        when "group" then groups
        when "shadow" then shadows || []
        end
      end

      # As getpwnam and, where that finds nothing and the key is a number, getpwuid: what `id` and `getent` do.
      def find(database, key)
        entries = all(database)
        id = number(key)
        entries.find { |entry| entry.name == key } || (id && entries.find { |entry| entry.id == id })
      end

      def user(key) = find("passwd", key)

      def user_name(uid) = users.find { |user| user.uid == uid }&.name

      def group_name(gid) = groups.find { |group| group.gid == gid }&.name

      # As getgrouplist: the primary group, then the groups that name the user, in file order, each once.
      def groups_of(user)
        [user.gid, *groups.select { |group| group.users.include?(user.name) }.map(&:gid)].uniq
      end

      # Raises CouldNotLook where "not in the file" does not prove "does not exist": nsswitch.conf names a
      # further service for the database, and what it asks is running.
      def certain_of_absence!(database)
        service = services(database).find { |name| @root.exist?(DAEMONS.fetch(name)) }
        return unless service

        raise CouldNotLook, "the target asks #{service} for #{database} (nsswitch.conf); only its files can be read"
      end

      private

      def lines(path)
        (Text.read(@root, path, limit: LIMIT) || "").lines(chomp: true).grep_v(/\A\s*(#|\z)/)
      end

      def parse_user(line)
        name, password, uid, gid, gecos, home, shell = line.split(":", 7)
        return if shell.nil? || name.empty? || !(number(uid) && number(gid))

        User.new(name, password, number(uid), number(gid), gecos, home, shell)
      end

      def parse_group(line)
        name, password, gid, members = line.split(":", 4)
        return if gid.nil? || name.empty? || !number(gid)

        Group.new(name, password, number(gid), members.to_s.split(",").map(&:strip).reject(&:empty?))
      end

      def parse_shadow(line)
        name, password, *days = line.split(":", 9)
        return if days.size < 7 || name.empty?

        Shadow.new(name, password, *days.map { |field| field.match?(/\A\d{1,18}\z/) ? Integer(field, 10) : -1 })
      end

      def number(text)
        value = Integer(text, 10) if text.to_s.match?(/\A\d{1,10}\z/)
        value if value && value <= MAX_ID
      end

      def services(database)
        line = (Text.read(@root, "/etc/nsswitch.conf") || "").lines.grep(/\A\s*#{database}:/).first.to_s
        line.sub(/\A[^:]*:/, "").sub(/#.*/m, "").gsub(/\[[^\]]*\]/, " ").split & DAEMONS.keys
      end
    end
  end
end
