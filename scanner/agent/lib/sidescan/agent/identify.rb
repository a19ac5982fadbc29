# frozen_string_literal: true

module Sidescan
  module Agent
    # Finds the target's main process in /proc: by pid, by container id, by a marker in its environment, or by
    # elimination.
    class Identify
      # how: as in the `identified` event; main: Processes::Entry; processes: all of the target that can be seen.
      Found = Struct.new(:how, :main, :processes)

      # How many candidates an error lists.
      LISTED = 20
      # Seconds that a process may have no words, as in the middle of its exec; one that hides them does so for longer.
      WORDLESS = 2
      # Seconds from the first candidate until the target is taken without the tools' container: it starts before the
      # target, so its process is either about to show itself or did not start at all.
      TOOLS_LATE = 5

      # tools: ToolsContainer. Until its process is known nothing is a candidate, since any could be it; from then on
      # no process of that container is.
      def initialize(wanted, tools: nil)
        @wanted = wanted
        @tools = tools
        @wordless = {}
        @marker = wanted["marker"]&.b
        @container_id = wanted["containerId"]&.sub(%r{\A[a-z0-9-]+://}, "")
      end

      # One look: a Found, or nil when the target is not there yet. Raises a Failure that no waiting can mend.
      def look
        return by_pid(@wanted["pid"]) if @wanted["pid"]

        everything = Processes.all
        tools_known = tools_known?(everything)
        how, candidates = candidates(everything)
        return nil if candidates.empty? || !(tools_known || tools_late?)

        one_of(how, candidates)
      end

      # What is waited for, as a phrase.
      def to_s
        if @container_id then "a process of container #{@container_id}"
        elsif @marker then "a process with #{@marker.inspect} in its environment"
        elsif @wanted["pid"] then "process #{@wanted['pid']}"
        else "a process of another container"
        end
      end

      # Lines for the error of a wait in vain: what was there instead.
      def seen
        visible = others(Processes.all)
        unreadable = @marker ? visible.count { |entry| entry.environ.nil? } : 0
        lines = visible.first(LISTED).map(&:to_s)
        lines << "the environment of #{unreadable} of them may not be read" if unreadable.positive?
        lines
      end

      private

      def by_pid(pid)
        entry = Processes.find(pid) or raise Failure.new("target-not-found", "there is no process #{pid}")
        refuse(entry, "is the scanner itself") if pid == Process.pid
        refuse(entry, "is a kernel thread: it has no root to audit") if entry.kernel_thread?
        if entry.zombie?
          raise Failure.new("target-gone", "process #{pid} (#{Emitter.text(entry.comm)}) has ended: it is a zombie")
        end

        if (start = @wanted["start"]) && start.to_s != entry.start
          raise Failure.new("target-gone", "process #{pid} is another one than the target: its pid was used again")
        end

        key = group_key(entry)
        Found.new("pid", entry, others(Processes.all).select { |other| group_key(other) == key } | [entry])
      end

      def candidates(everything)
        visible = others(everything)
        visible.reject! { |entry| group_key(entry) == @tools_group } if @tools_group
        if @container_id then ["container-id", visible.select { |entry| in_container?(entry) }]
        elsif @marker then ["marker", visible.select { |entry| marked?(entry) }]
        else ["elimination", foreign(everything, visible)]
        end
      end

      def tools_known?(everything)
        return true unless @tools

        found = @tools.among(everything)
        @tools_group ||= group_key(found) if found
        !@tools_group.nil?
      end

      def tools_late?
        @candidate_since ||= now
        now - @candidate_since > TOOLS_LATE
      end

      def refuse(entry, why)
        raise Failure.new("target-not-found", "process #{entry.pid} (#{Emitter.text(entry.comm)}) #{why}")
      end

      # Everything that runs, but for the kernel's threads, the dead, and this agent with what it comes from and what
      # it started.
      def others(everything)
        parents = everything.to_h { |entry| [entry.pid, entry.ppid] }
        mine = ancestors(Process.pid, parents)
        everything.reject do |entry|
          entry.kernel_thread? || entry.zombie? || starting?(entry) || mine.include?(entry.pid) ||
            ancestors(entry.pid, parents).include?(Process.pid)
        end
      end

      # Not yet the container's own program. How old the process is does not tell: between a container's creation and
      # its start any time may pass.
      def starting?(entry)
        return true if entry.runtime?
        return false unless entry.command.empty?

        now - (@wordless[[entry.pid, entry.start]] ||= now) < WORDLESS
      end

      def ancestors(pid, parents)
        line = []
        while pid&.positive? && !line.include?(pid)
          line << pid
          pid = parents[pid]
        end
        line
      end

      def in_container?(entry)
        entry.cgroup.include?(@container_id) || entry.mountinfo.include?(@container_id)
      end

      def marked?(entry) = entry.environ&.include?(@marker)

      # PID 1 of a shared process namespace is the sandbox's pause: neither it nor its like is the target.
      def foreign(everything, visible)
        ours = everything.select { |entry| [1, Process.pid].include?(entry.pid) }
        not_target = ours.map { |entry| group_key(entry) }
        visible.reject { |entry| not_target.include?(group_key(entry)) }
      end

      # Processes of one container share its id; where there is none, a cgroup or at least a mount namespace.
      def group_key(entry)
        id = entry.cgroup[Processes::CONTAINER_ID]
        return id if id

        @own_cgroup ||= Processes.find(Process.pid).cgroup
        entry.cgroup == @own_cgroup ? "mount #{entry.root_mount}" : entry.cgroup
      end

      def one_of(how, candidates)
        groups = candidates.group_by { |entry| group_key(entry) }
        mains = groups.map { |key, entries| [main_of(key, entries), entries] }
        return nil if mains.empty?

        found = mains.flat_map(&:first)
        ambiguous(found) if found.length > 1
        Found.new(how, found.first, mains.first.last)
      end

      # The main process is the one whose parent is outside the group. In a container, later ones (an exec, a daemon
      # that lost its parent) look the same: the first is the container's. In our own container each is a candidate.
      def main_of(key, entries)
        pids = entries.map(&:pid)
        outside = entries.reject { |entry| pids.include?(entry.ppid) }.sort_by { |entry| [entry.start.to_i, entry.pid] }
        key == group_key(Processes.find(Process.pid)) ? outside : outside.first(1)
      end

      def ambiguous(found)
        details = found.first(LISTED).map(&:to_s)
        details << "and #{found.length - LISTED} more" if found.length > LISTED
        raise Failure.new("target-ambiguous", "#{found.length} processes could be the target",
                          hint: "name the target by its pid, its container id, or a variable in its environment",
                          details: details)
      end

      def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
