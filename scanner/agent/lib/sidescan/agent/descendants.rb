# frozen_string_literal: true

require "train-procroot/sys"

module Sidescan
  module Agent
    # Every process that came from this one, to end them all.
    module Descendants
      PR_SET_PDEATHSIG = 1
      PR_SET_CHILD_SUBREAPER = 36
      # Seconds for helpers that end by themselves when their pipe closes, and for the kernel to end the rest.
      GRACE = 1.0
      LIMIT = 5.0

      module_function

      # Orphans come to this process instead of to PID 1, so that none is lost.
      def adopt
        TrainProcroot::Sys.prctl(PR_SET_CHILD_SUBREAPER, 1)
      rescue SystemCallError
        nil
      end

      # In a child: die with the parent. Without it an end of file on a pipe does the same, later.
      def die_with(parent)
        TrainProcroot::Sys.prctl(PR_SET_PDEATHSIG, Signal.list["KILL"])
        exit!(1) if Process.ppid != parent
      rescue SystemCallError
        nil
      end

      def all(of = Process.pid)
        children = Processes.all.group_by(&:ppid)
        found = []
        queue = [of]
        until queue.empty?
          children.fetch(queue.shift, []).each do |entry|
            found << entry
            queue << entry.pid
          end
        end
        found
      end

      # Ends everything: first `root` (pid), whose helpers then see the end of their pipes, then what is still there.
      # What was seen once is ended even when it moved to another parent (a target's own PID 1).
      def end_all(root)
        seen = all
        kill(root)
        start = now
        loop do
          reap
          seen = living(seen | all)
          break if seen.empty? || now - start > LIMIT

          seen.each { |entry| kill(entry.pid) } if now - start > GRACE
          sleep 0.01
        end
      end

      # Statuses of children that ended since, by pid.
      def reap
        ended = {}
        while (pid, status = Process.wait2(-1, Process::WNOHANG))
          ended[pid] = status
        end
        ended
      rescue Errno::ECHILD
        ended
      end

      def living(entries)
        entries.uniq { |entry| [entry.pid, entry.start] }
               .select { |entry| (now = Processes.find(entry.pid)) && entry.same?(now) && !now.zombie? }
      end

      def kill(pid)
        Process.kill("KILL", pid) if pid
      rescue SystemCallError
        nil
      end

      def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
