# frozen_string_literal: true

require_relative "probe"
require_relative "../members"
require_relative "accounts"
require_relative "existence"
require_relative "process_reading"

module TrainProcroot
  module Natives
    # processes: `ps`, from /proc, for the target's own processes and with the pids that the target sees.
    #
    # Not equal to what `ps` prints natively, and to no second `ps` either: pcpu and time (they grow), start (rounded
    # to a second, and here in UTC whatever the target's time zone). Native `ps` lists itself and its shell; here
    # nothing of the scanner shows.
    class Processes < Probe
      asked_by "processes"

      GNU = "ps wwaxo label,pid,pcpu,pmem,vsz,rss,tty,stat,start,time,user:32,command"
      BUSYBOX = "ps -o pid,vsz,rss,tty,stat,time,ruser,args"
      HEADER = "LABEL                             PID %CPU %MEM    VSZ   RSS TT       STAT  STARTED     TIME " \
               "USER                             COMMAND\n"
      BUSYBOX_HEADER = "PID   VSZ  RSS  TT     STAT TIME  RUSER    COMMAND\n"
      # Columns: as wide as ps makes them, or wider.
      LINE = "%-31s %5d %4s %4s %6d %5d %-8s %-4s %8s %8s %-32s %s\n"
      BUSYBOX_LINE = "%5d %5d %5d %-6s %-4s %6s %-8.8s %s\n"
      DAY = 86_400

      def answer(command, _asker)
        case command
        when "ps --help" then help
        when GNU then listing(HEADER) { |process, pid, names| gnu_line(process, pid, names) }
        when BUSYBOX then listing(BUSYBOX_HEADER) { |process, pid, names| busybox_line(process, pid, names) }
        end
      end

      private

      # The resource looks for "BusyBox" here to know which form of ps to use.
      def help
        program = Existence.new(context).find("ps")
        return Answer.ok("\nUsage:\n ps [options]\n") unless program && root.realpath(program).end_with?("busybox".b)

        Answer.failed(1, "BusyBox multi-call binary.\n\nUsage: ps [-o COL1,COL2=HEADER] [-T]\n")
      end

      def listing(header)
        members = Members.new(target)
        names = Accounts.new(root)
        lines = members.pids.filter_map do |pid|
          process = ProcessReading.of(pid)
          yield process, members.pid_inside(pid), names if process
        end
        target.alive!
        Answer.ok([header, *lines].join)
      end

      def gnu_line(process, pid, names)
        format(LINE, process.label, pid, tenths(process.cpu_permille), tenths([process.memory_permille, 999].min),
               process.virtual, process.resident, process.terminal, process.state, started(process), time(process),
               name(process.effective_uid, names), process.command(utf8: utf8?))
      end

      def busybox_line(process, pid, names)
        minutes, seconds = process.cpu_seconds.divmod(60)
        state = process.state[0] + (process.resident.zero? && process.state[0] != "Z" ? "W" : " ") +
                process.state[1..].delete("^<N")
        format(BUSYBOX_LINE, pid, process.virtual, process.resident, process.terminal_numbers, state,
               format("%<minutes>d:%<seconds>02d", minutes: minutes, seconds: seconds),
               name(process.real_uid, names), process.command(utf8: true))
      end

      # Does the target's environment name a locale that knows UTF-8?
      def utf8?
        locale = target.environ.values_at("LC_ALL", "LC_CTYPE", "LANG").compact.find { |name| !name.empty? }
        locale.to_s.match?(/utf-?8/i)
      end

      # A name that would be taken for two columns is shown as its number.
      def name(uid, names)
        inside = Ids.inside(uid, target.uid_map)
        found = names.user_name(inside)
        found && found.size <= 32 && found.match?(/\A[[:graph:]]+\z/) ? found : inside.to_s
      end

      def tenths(permille)
        permille > 999 ? (permille / 10).to_s : "#{permille / 10}.#{permille % 10}"
      end

      def started(process)
        time = process.started
        Time.now - time > DAY ? time.strftime("%b %d") : time.strftime("%H:%M:%S")
      end

      def time(process)
        minutes, seconds = process.cpu_seconds.divmod(60)
        hours, minutes = minutes.divmod(60)
        days, hours = hours.divmod(24)
        "#{"#{days}-" if days.positive?}#{[hours, minutes, seconds].map { |part| part.to_s.rjust(2, '0') }.join(':')}"
      end
    end
  end
end
