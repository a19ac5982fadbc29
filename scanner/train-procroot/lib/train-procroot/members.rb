# frozen_string_literal: true

require_relative "errors"

module TrainProcroot
  # Which of the processes that the scanner sees belong to the target: in a shared process namespace /proc also shows
  # other containers, the sandbox's own process and the scanner.
  #
  # A process is the target's when it lives in the same mount namespace or has the same root directory, and it
  # is not the scanner or something the scanner started. Where that may not be looked at, ancestry and control group
  # decide.
  class Members
    # The kernel's threads are the target's where their parent is: on a machine that is its own target.
    KTHREADD = 2

    def initialize(target, proc_dir: "/proc")
      @target = target
      @proc = proc_dir
      @status = {}
    end

    # Pids as the scanner counts them, in order.
    def pids
      refuse_hidden_processes
      @target.alive!
      @status.clear
      seen = all
      mine = scanner(seen)
      seen.select { |pid| !mine.include?(pid) && deep_enough?(pid) && member?(pid) }
    end

    # The pid that the target itself would see: that of its own pid namespace; nil for a process outside it.
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

    # In the target's pid namespace, or in one below it?
    def deep_enough?(pid)
      pids = namespace_pids(pid)
      return false if pids.size <= depth

      pids.size > depth + 1 || [nil, own_link("ns/pid")].include?(link(pid, "ns/pid"))
    end

    def member?(pid)
      return true if pid == @target.pid || descends?(pid, @target.pid)
      # What has ended, or never had a root, has nothing to compare: it is where its parent is.
      return member?(parent(pid)) if parent(pid).positive? && (zombie?(pid) || kernel_thread?(pid))

      namespace = link(pid, "ns/mnt")
      return namespace == own_link("ns/mnt") || same_root?(pid) if namespace && own_link("ns/mnt")

      same_mounts?(pid) || same_group?(pid)
    end

    # The mount table is for everybody to read, and every mount of every namespace has a number of its own.
    def same_mounts?(pid)
      mount_ids(pid).intersect?(mount_ids(@target.pid))
    end

    def mount_ids(pid) = read(pid, "mountinfo").to_s.scan(/^\d+/)

    # Without even that: those of one container share a control group. Where the target is in the scanner's own mount
    # namespace there is no container, and all that can be seen is the target's.
    def same_group?(pid)
      return true if own_link("ns/mnt") && own_link("ns/mnt") == link("self", "ns/mnt")

      group = read(@target.pid, "cgroup")
      return false if group != read(pid, "cgroup") || mount_ids(pid).any?
      return true if group != read("self", "cgroup")

      raise CouldNotLook, "whether process #{pid} is the target's: its namespaces may not be looked at, and the " \
                          "scanner is in the same control group"
    end

    def same_root?(pid)
      root(pid) == root(@target.pid) && !root(pid).nil?
    end

    # The scanner, all it started (but for the target), and the processes of its own that started it.
    def scanner(seen)
      mine = [::Process.pid] + seen.select { |pid| descends?(pid, ::Process.pid) && !descends?(pid, @target.pid) }
      ancestor = parent(::Process.pid)
      while ancestor.positive? && own_program?(ancestor)
        mine << ancestor
        ancestor = parent(ancestor)
      end
      mine - [@target.pid]
    end

    # Is the process a child, or a child's child and so on, of this ancestor?
    def descends?(pid, ancestor)
      seen = []
      seen << pid while (pid = parent(pid)).positive? && pid != ancestor && !seen.include?(pid)
      pid == ancestor
    end

    # Only ancestors of this very process are asked, which no target can be.
    def own_program?(pid)
      read(pid, "cmdline").to_s.split("\0").any? { |word| ::File.basename(word).start_with?("sidescan") }
    end

    def parent(pid) = field(pid, "PPid").to_i

    def zombie?(pid) = field(pid, "State").to_s.start_with?("Z")

    def kernel_thread?(pid) = pid != KTHREADD && field(pid, "Kthread") == "1"

    def namespace_pids(pid) = field(pid, "NSpid").to_s.split.map(&:to_i)

    # A line of /proc/PID/status; each file is read once for a listing.
    def field(pid, name)
      status = (@status[pid] ||= read(pid, "status").to_s.scan(/^(State|PPid|NSpid|Kthread):\t(.*)$/n).to_h)
      status[name]
    end

    # A link of the target's main process; it does not change while that lives.
    def own_link(name)
      (@own ||= {}).fetch(name) { @own[name] = link(@target.pid, name) }
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
      return if ::Process.euid.zero?

      mount = ::File.binread("/proc/self/mountinfo").lines.reverse.find { |line| line.split[4] == @proc }.to_s
      return unless mount.match?(/hidepid=(1|2|invisible|noaccess)/)

      raise CouldNotLook, "#{@proc} hides the processes of other users (hidepid)"
    end
  end
end
