# frozen_string_literal: true

require_relative "sys"

module TrainProcroot
  # All descendants of one process, whatever sessions they made; a runner is a subreaper, so orphans stay among them.
  # Reads this process's own /proc, in which processes of an inner pid namespace are seen too.
  class ProcessTree
    Member = Struct.new(:pid, :parent, :start, :zombie)

    # as: [uid, gid] to send signals as, when there is no right to send them otherwise.
    def initialize(root_pid, as: nil)
      @root_pid = root_pid
      @as = as
    end

    # How many descendants there are, ended ones that nobody has reaped included.
    def size = descendants.length

    # Living descendants.
    def members = descendants.reject(&:zombie)

    def descendants
      children = processes.group_by(&:parent)
      found = []
      queue = [@root_pid]
      while (pid = queue.shift)
        (children[pid] || []).each do |member|
          found << member
          queue << member.pid
        end
      end
      found
    end

    # Stops everything before it kills anything: what forks without end cannot outrun that. Returns how many there were.
    def kill(limit_s: 10)
      deadline = now + limit_s
      seen = {}
      loop do
        living = members
        fresh = living.reject { |member| seen[[member.pid, member.start]] }
        break if living.empty? || now > deadline

        fresh.each { |member| seen[[member.pid, member.start]] = true }
        next signal_all(fresh, :STOP) unless fresh.empty?

        signal_all(living, :KILL)
        sleep 0.001
      end
      seen.length
    end

    private

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    def processes
      Dir.children("/proc").grep(/\A\d+\z/).filter_map { |pid| member(pid) }
    end

    def member(pid)
      fields = ::File.binread("/proc/#{pid}/stat").rpartition(") ").last.split
      Member.new(pid.to_i, fields[1].to_i, fields[19].to_i, %w[Z X].include?(fields[0]))
    rescue SystemCallError
      nil
    end

    def signal_all(members, signal)
      members.each { |member| signal_one(member, signal) }
    rescue Errno::EPERM
      raise unless @as

      signal_as_owner(members, signal)
    end

    # Through a descriptor: under a fork bomb a pid soon belongs to somebody else.
    def signal_one(member, signal)
      fd = Sys.pidfd_open(member.pid)
      return unless member(member.pid)&.start == member.start

      Sys.call(:pidfd_send_signal, fd, Signal.list.fetch(signal.to_s), 0, 0)
    rescue Errno::ESRCH, Errno::EINVAL
      nil
    ensure
      Sys.close(fd) if fd
    end

    # A scanner without CAP_KILL, but with SETUID and SETGID: a child with the commands' own ids may.
    def signal_as_owner(members, signal)
      uid, gid = @as
      pid = fork do
        Process::Sys.setresgid(gid, gid, gid)
        Process::Sys.setresuid(uid, uid, uid)
        members.each { |member| signal_one(member, signal) }
      ensure
        exit!(0)
      end
      Process.wait(pid)
    end
  end
end
