# frozen_string_literal: true

require_relative "probe"
require_relative "accounts"
require_relative "ids"
require_relative "password_ageing"
require_relative "failed_logins"

module TrainProcroot
  module Natives
    # user, users, group and groups: `id`, `getent`, `chage -l`, `lastb`, the list of names in /etc/passwd, and the
    # keys that ssh lets in, answered from the target's files in the words of GNU id, glibc's getent and shadow's chage.
    #
    # The resources put names into these texts without quoting. A name is taken literally, whatever it holds, so that
    # a line of the target's passwd file is never a piece of shell.
    class Users < Probe
      asked_by "user", "users", "group", "groups"
      stands_for "getent"

      GETENT = %r{\A(?:/usr/bin/|/bin/)?getent (?<database>passwd|group|shadow)(?: (?<key>.*))?\z}m

      def answer(command, _asker)
        case command
        when 'cut -d: -f1 /etc/passwd | grep -v "^#"' then names
        when /\Aid (?<name>.*)\z/m then id(Regexp.last_match[:name])
        when %r{\Acat ~/(?<path>\.ssh/authorized_keys2?)\z} then keys(Regexp.last_match[:path])
        when GETENT then getent(Regexp.last_match[:database], Regexp.last_match[:key].to_s)
        when /\Achage -l (?<name>.*)\z/m then PasswordAgeing.chage(Regexp.last_match[:name], accounts)
        when /\Alastb -w -a \| grep (?<name>.*) \| wc -l\z/m then FailedLogins.count(Regexp.last_match[:name], root)
        end
      end

      private

      # Read anew for every question: a scan of a live target may see an account come or go.
      def accounts = Accounts.new(root)

      # Without a name: who the target's main process is.
      def id(name)
        known = accounts
        return identity(known, *Ids.of(target)) if name.empty?

        user = known.user(name)
        return identity(known, user.uid, user.gid, known.groups_of(user)) if user

        known.certain_of_absence!("passwd")
        Answer.failed(1, "id: ‘#{name}’: no such user\n")
      end

      # The resource asks for those of the user who asks, whosever keys it is about.
      def keys(path)
        return unless home

        text = Text.read(root, "#{home.chomp('/')}/#{path}")
        text ? Answer.ok(text) : Answer.failed(1, "cat: #{home}/#{path}: No such file or directory\n")
      end

      def identity(known, uid, gid, groups)
        labels = [gid, *groups].uniq.map { |group| labelled(group, known.group_name(group)) }
        Answer.ok("uid=#{labelled(uid, known.user_name(uid))} gid=#{labels.first} groups=#{labels.join(',')}\n")
      end

      def labelled(id, name)
        name ? "#{id}(#{name})" : id.to_s
      end

      def getent(database, key)
        known = accounts
        found = key.empty? ? known.all(database) : [known.find(database, key)].compact
        known.certain_of_absence!(database) if found.empty?
        return Answer.failed(2) if found.empty? && !key.empty?

        Answer.ok(found.map { |entry| "#{entry.to_line}\n" }.join)
      end

      # What cut and grep print, byte for byte: also for lines that are no account.
      def names
        text = Text.read(root, "/etc/passwd", limit: Accounts::LIMIT)
        return Answer.failed(1, "cut: /etc/passwd: No such file or directory\n") if text.nil?

        first = text.lines(chomp: true).map { |line| line[/\A[^:]*/] }.reject { |name| name.start_with?("#") }
        first.empty? ? Answer.failed(1) : Answer.ok(first.map { |name| "#{name}\n" }.join)
      end
    end
  end
end
