# frozen_string_literal: true

require_relative "probe"
require_relative "accounts"
require_relative "ids"

module TrainProcroot
  module Natives
    # crontab: `crontab -l [-u USER]`, from the spool directories of cron.
    class Crontabs < Probe
      asked_by "crontab", "cron"

      # Debian's cron, cronie, busybox.
      DIRECTORIES = %w[/var/spool/cron/crontabs /var/spool/cron /etc/crontabs].freeze

      # Debian's takes comments at the beginning for its own, and does not list them.
      HEADER = /\A(?:#.*(?:\n|\z)){1,3}/

      # Debian's cron and cronie, to whomever /etc/passwd does not name.
      NOBODY = "crontab: your UID isn't in the passwd file.\nbailing out.\n"

      def answer(command, _asker)
        list(Regexp.last_match[:user]) if command =~ /\Acrontab -l(?: -u (?<user>.*))?\z/m
      end

      private

      def list(name)
        accounts = Accounts.new(root)
        # Another user's table is root's to see.
        own = accounts.user_name(name ? 0 : Ids.of(target).first)
        known = own && accounts.users.any? { |user| user.name == (name || own) }
        accounts.certain_of_absence!("passwd") unless known
        return Answer.failed(1, NOBODY) unless own

        name ||= own
        return Answer.failed(1, "crontab: user '#{name}' unknown\n") if !known || name.include?("/")

        table = table(name)
        table ? Answer.ok(table) : Answer.failed(1, "no crontab for #{name}\n")
      end

      def table(name)
        found = DIRECTORIES.lazy.map { |path| [path, Text.read(root, "#{path}/#{name}")] }
        directory, text = found.find { |_path, content| content }
        # Elsewhere that directory is a link to busybox's.
        directory == DIRECTORIES.first && !root.exist?(DIRECTORIES.last) ? text.sub(HEADER, "") : text
      end
    end
  end
end
