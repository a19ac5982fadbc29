# frozen_string_literal: true

require_relative "errors"

module TrainProcroot
  # Which of the processes that the scanner sees belong to the target: in a shared process namespace /proc also shows
  # other containers, the sandbox's own process and the scanner.
  #
  # A process is the target's when it lives in the same mount namespace or has the same root directory, and it
  # is not the scanner or something the scanner started. Where that may not be looked at, its control group decides.
  class Members
    # The kernel's threads are the target's where their parent is: on a machine that is its own target.
    KTHREADD = 2

    def initialize(target, proc_dir: "/proc")
      @target = target
      @proc = proc_dir
    end

    # Pids as the scanner counts them, in order.
    def pids
      refuse_hidden_processes
      @target.alive!
      mine = scanner
      all.select { |pid| !mine.include?(pid) && deep_enough?(pid) && member?(pid) }
    end

    # The pid that the target itself would see: that of the target's own pid namespace; nil for a process outside it.
    def pid_inside(pid)
      namespace_pids(pid)[depth]
    end

    # Every pid the scanner sees.
    def all
      Dir.children(@proc).grep(/\A\d+\z/).map { |name| Integer(name, 10) }.sort
    end

    private

    # How many pid namespaces down from the scanner's own the target lives.
    def depth
      @depth ||= [@target.namespace_pids.size, 1].max - 1
    end

    def deep_enough?(pid)
      pids = namespace_pids(pid)
      return false if pids.size <= depth

      pids.size > depth + 1 || [nil, link(@target.pid, "ns/pid")].include?(link(pid, "ns/pid"))
    end

    def namespace_pids(pid)
      field(pid, "NSpid")&.split&.map(&:to_i) || []
    end

    def field(pid, name)
      read(pid, "status").to_s[/^#{name}:\s*(.*)$/, 1]
    end

    def member?(pid)
      return true if pid == @target.pid
      return member?(KTHREADD) if pid != KTHREADD && field(pid, "Kthread") == "1"

      namespace = link(pid, "ns/mnt")
      return namespace == link(@target.pid, "ns/mnt") || same_root?(pid) if namespace && link(@target.pid, "ns/mnt")

      same_group?(pid)
    end

    def same_root?(pid)
      root(pid) == root(@target.pid) && !root(pid).nil?
    end

    # Of a process that may not be looked into: those of the same container share a control group. Where the target is
    # in the scanner's own mount namespace there is no container, and all that can be seen is the target's.
    def same_group?(pid)
      return true if link(@target.pid, "ns/mnt") && link(@target.pid, "ns/mnt") == link("self", "ns/mnt")

      group = read(@target.pid, "cgroup")
      return group == read(pid, "cgroup") if group != read("self", "cgroup")

      raise CouldNotLook, "whether process #{pid} is the target's: its namespaces may not be looked at, and the " \
                          "scanner is in the same control group"
    end

    # The scanner, all it started (but for the target), and the processes of its own that started it.
    def scanner
      parents = all.to_h { |pid| [pid, field(pid, "PPid").to_i] }
      mine = [::Process.pid]
      parents.each_key { |pid| mine << pid if descends?(pid, parents) }
      parent = parents[::Process.pid]
      while parent&.positive? && own_program?(parent)
        mine << parent
        parent = parents[parent]
      end
      mine
    end

    def descends?(pid, parents)
      seen = 0
      pid = parents[pid] until [nil, 0, @target.pid, ::Process.pid].include?(pid) || (seen += 1) > parents.size
      pid == ::Process.pid
    end

    # Only ancestors of this very process are asked, which no target can be.
    def own_program?(pid)
      read(pid, "cmdline").to_s.split("\0").any? { |word| ::File.basename(word).start_with?("sidescan") }
    end

    def link(pid, name)
      ::File.readlink("#{@proc}/#{pid}/#{name}")
    rescue SystemCallError
      nil
    end

    def root(pid)
      stat = ::File.stat("#{@proc}/#{pid}/root")
      [stat.dev, stat.ino]
    rescue SystemCallError
      nil
    end

    def read(pid, name)
      ::File.binread("#{@proc}/#{pid}/#{name}")
    rescue SystemCallError
      nil
    end

    # With hidepid=, /proc simply lacks the processes of others.
    def refuse_hidden_processes
      line = ::File.binread("/proc/self/mountinfo").lines.reverse.find { |mount| mount.split[4] == @proc }.to_s
      return if ::Process.euid.zero? || !line.match?(/hidepid=(1|2|invisible|noaccess)/)

      raise CouldNotLook, "#{@proc} hides the processes of other users (hidepid)"
    end
  end
end
