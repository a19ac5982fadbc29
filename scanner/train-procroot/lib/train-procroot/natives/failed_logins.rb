# frozen_string_literal: true

require_relative "../answer"

module TrainProcroot
  module Natives
    # `lastb -w -a | grep USER | wc -l`: how many lines of the target's record of failed logins hold the name.
    # The lines are lastb's without its padding, times in UTC.
    module FailedLogins
      BTMP = "/var/log/btmp"
      LIMIT = 64 * 1024 * 1024
      # struct utmp of glibc: the size of a record, then where its seconds are and how wide (time_t is 32 bits there
      # on x86_64, for the sake of old programs).
      RECORD, SECONDS, WIDTH = RUBY_PLATFORM.start_with?("x86_64") ? [384, 340, "l<"] : [400, 344, "q<"]

      class << self
        def count(name, root)
          bytes = root.read(BTMP, LIMIT)
          # The exit status is that of wc.
          return Answer.new("0\n", "lastb: cannot open #{BTMP}: No such file or directory\n", 0, :native) if bytes.nil?

          times = []
          lines = (0...(bytes.bytesize / RECORD)).map { |index| line(bytes.byteslice(index * RECORD, RECORD), times) }
          lines << "btmp begins #{stamp(times.first || root.stat(BTMP).mtime)}"
          Answer.ok("#{lines.count { |text| text.include?(name) }}\n")
        end

        private

        def line(record, times)
          tty, user, host = record.unpack("x8Z32x4Z32Z256")
          times << record.unpack1("@#{SECONDS}#{WIDTH}")
          "#{user} #{tty} #{stamp(times.last)} #{host}".force_encoding(Encoding::UTF_8).scrub("?")
        end

        def stamp(seconds)
          Time.at(seconds).utc.strftime("%a %b %e %H:%M:%S %Y")
        end
      end
    end
  end
end
