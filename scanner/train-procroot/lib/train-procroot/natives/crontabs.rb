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

      def answer(command, _asker)
        list(Regexp.last_match[:user]) if command =~ /\Acrontab -l(?: -u (?<user>.*))?\z/m
      end

      private

      def list(name)
        accounts = Accounts.new(root)
        name ||= accounts.user_name(Ids.of(target).first)
        known = accounts.users.any? { |user| user.name == name }
        accounts.certain_of_absence!("passwd") unless known
        return Answer.failed(1, "crontab: user '#{name}' unknown\n") if !known || name.include?("/")

        table = DIRECTORIES.lazy.filter_map { |directory| Text.read(root, "#{directory}/#{name}") }.first
        table ? Answer.ok(table) : Answer.failed(1, "no crontab for #{name}\n")
      end
    end
  end
end
