# frozen_string_literal: true

require_relative "../answer"
require_relative "accounts"

module TrainProcroot
  module Natives
    # `chage -l USER`, as shadow's chage prints it in the C locale (dates in UTC).
    module PasswordAgeing
      # From so many days on, a password never expires.
      NEVER = 10_000
      DAY = 86_400
      # A year beyond which no date is printed.
      LAST_DAY = 3_000_000

      class << self
        def chage(name, accounts)
          # Unlike glibc, shadow takes no line with a field too many.
          unless accounts.users.any? { |user| user.name == name && !user.shell.include?(":") }
            accounts.certain_of_absence!("passwd")
            return Answer.failed(1, "chage: user '#{name}' does not exist in /etc/passwd\n")
          end
          return Answer.failed(15, "chage: the shadow password file is not present\n") if accounts.shadows.nil?

          Answer.ok(report(accounts.find("shadow", name) || Accounts::Shadow.new(name, "", *([-1] * 7))))
        end

        private

        def report(entry)
          <<~REPORT
            Last password change\t\t\t\t\t: #{last_change(entry)}
            Password expires\t\t\t\t\t: #{expires(entry, 0)}
            Password inactive\t\t\t\t\t: #{expires(entry, entry.inactive)}
            Account expires\t\t\t\t\t\t: #{date(entry.expire)}
            Minimum number of days between password change\t\t: #{entry.at_least}
            Maximum number of days between password change\t\t: #{entry.at_most}
            Number of days of warning before password expires\t: #{entry.warn}
          REPORT
        end

        def last_change(entry)
          entry.last_change.zero? ? "password must be changed" : date(entry.last_change)
        end

        def expires(entry, further)
          return "password must be changed" if entry.last_change.zero?
          return "never" if [entry.last_change, entry.at_most, further].any?(&:negative?) || entry.at_most >= NEVER

          date(entry.last_change + entry.at_most + further)
        end

        def date(days)
          days.negative? || days > LAST_DAY ? "never" : Time.at(days * DAY).utc.strftime("%b %d, %Y")
        end
      end
    end
  end
end
