# frozen_string_literal: true

require "etc"
require "train-procroot/privileges"

module Sidescan
  module Agent
    # What /proc says about processes, as far as it may be read without any privilege. Text is bytes.
    module Processes
      KERNEL_THREAD = 0x00200000 # PF_KTHREAD
      CONTAINER_ID = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/
      # A container runtime's first process, before it becomes the container's own program.
      RUNTIME_INIT = /\A(?:runc:\[|crun$)/

      # start: clock ticks since boot; with the pid it names a process for good.
      Entry = Struct.new(:pid, :comm, :state, :ppid, :flags, :start) do
        def kernel_thread? = flags.anybits?(KERNEL_THREAD)
        def zombie? = %w[Z X x].include?(state)
        def runtime? = comm.match?(RUNTIME_INIT) || command.first(2) == %w[runc init]
        # Seconds since it was made.
        def age = Process.clock_gettime(Process::CLOCK_BOOTTIME) - (start.to_f / Etc.sysconf(Etc::SC_CLK_TCK))
        def command = Processes.read(pid, "cmdline").to_s.split("\0")
        def cgroup = Processes.read(pid, "cgroup").to_s
        # nil when it may not be read.
        def environ = Processes.read_as_owner(self, "environ")&.split("\0")
        def mountinfo = Processes.read(pid, "mountinfo").to_s
        def container_id = cgroup[CONTAINER_ID] || mountinfo[%r{/(?:overlay-)?containers/(#{CONTAINER_ID.source})/}, 1]

        # Unique per mount namespace: the id of the mount at its root. (ns/mnt needs privilege, mountinfo does not.)
        def root_mount = mountinfo.each_line.map { |line| line.split(" ", 6) }.find { |fields| fields[4] == "/" }&.first

        def status
          Processes.read(pid, "status").to_s.each_line(chomp: true).to_h do |line|
            key, value = line.split(":\t", 2)
            [key, value.to_s.strip]
          end
        end

        def same?(other) = !other.nil? && pid == other.pid && start == other.start
        def to_s = "pid #{pid}: #{Processes.shown(self)}#{container_id && " (container #{container_id[0, 12]})"}"
      end

      module_function

      def all
        Dir.children("/proc").grep(/\A\d+\z/).filter_map { |pid| find(pid.to_i) }.sort_by(&:pid)
      end

      # nil when there is no such process.
      def find(pid)
        stat = read(pid, "stat") or return nil
        # The name in parentheses may hold anything, also ") 3 (".
        head, _, tail = stat.rpartition(") ")
        fields = tail.split
        Entry.new(pid, head.partition("(").last, fields[0], fields[1].to_i, fields[6].to_i, fields[19])
      end

      # Bytes of a file of the process; nil when it is gone or may not be read.
      def read(pid, name)
        File.binread("/proc/#{pid}/#{name}")
      rescue SystemCallError
        nil
      end

      # The same for what only the process's own user may read, as that user where there is the right to become it.
      def read_as_owner(entry, name)
        found = read(entry.pid, name) and return found

        uid, gid = entry.status.values_at("Uid", "Gid").map { |ids| ids.to_s.split[1].to_i }
        TrainProcroot::Privileges.as(uid, gid) { read(entry.pid, name) }
      rescue TrainProcroot::Privileges::NoRight
        nil
      end

      def shown(entry)
        command = entry.command
        text = command.empty? ? "[#{entry.comm}]" : command.join(" ")
        text.length > 120 ? "#{text[0, 119]}..." : text
      end
    end
  end
end
