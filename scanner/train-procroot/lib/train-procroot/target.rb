# frozen_string_literal: true

require "io/wait"
require_relative "errors"
require_relative "privileges"
require_relative "sys"

module TrainProcroot
  # One process, known by pid and start time, whose root is audited: who it is and what it may do.
  # Everything is read from the scanner's own /proc; only root_fd enters the target.
  class Target
    attr_reader :pid, :start

    # start: field 22 of /proc/PID/stat in clock ticks; nil takes whoever has the pid now.
    # proc_dir: the scanner's own procfs. marker: NAME=value that was put into the target's environment to find it by;
    # no answer shows it.
    def initialize(pid:, start: nil, proc_dir: "/proc", marker: nil)
      @pid = Integer(pid)
      @marker = /#{Regexp.escape(marker.b)}[\0\n]?/n if marker
      @dir = "#{proc_dir}/#{@pid}"
      now = start_now or raise TargetGone, "process #{@pid} does not exist"
      @start = start ? Integer(start) : now
      raise TargetGone, "process #{@pid} is another one than the target: its pid was used again" if now != @start
      raise CouldNotLook, "process #{@pid} is a kernel thread: it has no root of its own" if kernel_thread?

      @pidfd = open_pidfd
      alive!
    end

    # Raises TargetGone when the main process ended. With it went its mounts, so nothing seen after that is evidence.
    def alive!
      gone = @pidfd ? !@pidfd.wait_readable(0).nil? : start_now != @start
      raise TargetGone, "the target's main process #{@pid} has ended" if gone
    end

    # A file of the main process in the scanner's /proc, such as "status" or "net/tcp"; bytes. Raises Errno::ENOENT
    # where the kernel has no such file.
    def proc_file(name)
      entering { ::File.binread("#{@dir}/#{name}") }
    rescue Errno::ENOENT, Errno::ESRCH
      alive!
      raise
    rescue SystemCallError => e
      raise CouldNotLook, "/proc/#{@pid}/#{name} of the target: #{CouldNotLook.cause_of(e)}"
    end

    # Ids as the scanner's user namespace counts them: effective ones, for entering and for commands.
    def uid = ids("Uid")[1]
    def gid = ids("Gid")[1]
    def groups = ids("Groups")

    # Capability sets as Integers; :permitted, :effective, :inheritable, :bounding, :ambient.
    def caps(set = :permitted)
      status.fetch({ permitted: "CapPrm", effective: "CapEff", inheritable: "CapInh", bounding: "CapBnd",
                     ambient: "CapAmb" }.fetch(set)).to_i(16)
    end

    # The pid in each pid namespace from the scanner's down to the target's own.
    def namespace_pids = ids("NSpid")

    # Environment of the main process as it was started; bytes, first one wins.
    def environ
      @environ ||= hide(proc_file("environ")).split("\0").grep(/=/n).map { |pair| pair.split("=", 2) }.reverse.to_h
    end

    # What tells one namespace of that kind from another ("net", "mnt"): the text of its link.
    def namespace(kind) = entering { ::File.readlink("#{@dir}/ns/#{kind}") }

    # The bytes without the marker, wherever they come from.
    def hide(bytes) = @marker ? bytes.b.gsub(@marker, "") : bytes

    # Working directory as a path inside the root; "/" where it is none.
    def cwd
      path_inside(entering { ::File.readlink("#{@dir}/cwd").b }) || "/"
    rescue SystemCallError
      "/"
    end

    # The path inside the root of what the kernel calls `path` when the scanner asks; nil when it is no path in there.
    # (A target in a chroot shares the scanner's mounts, so its root is not "/" to the kernel.)
    def path_inside(path)
      root = ::File.readlink("/proc/self/fd/#{root_fd}").b
      return path if root == "/" && path.start_with?("/")
      return "/" if path == root

      path.start_with?("#{root}/") ? path.delete_prefix(root) : nil
    end

    # Descriptor number of the target's root directory; opened once, as the target's user when it must be.
    def root_fd
      @root_fd ||= open_root.tap { alive! }
    end

    # One table [inside, outside, length] per line; nil when the target's user namespace is the scanner's own.
    def uid_map = (@uid_map ||= [id_map("uid_map")]).first
    def gid_map = (@gid_map ||= [id_map("gid_map")]).first

    # Does what the kernel may refuse to anyone but the target's own user; if it does, once more as that user.
    # The kernel lets a process in when its ids equal the target's and it holds the target's capabilities; real and
    # saved ids stay, so that the switch can be undone.
    def entering(&)
      yield
    rescue Errno::EACCES, Errno::EPERM => e
      ids = [uid, gid]
      raise if ids == [Process.euid, Process.egid]

      as_user(*ids, e, &)
    end

    def close
      @pidfd&.close
      Sys.close(@root_fd) if @root_fd
      @pidfd = @root_fd = nil
    end

    private

    def start_now
      # The name in parentheses may hold anything, also ") 3 (".
      ::File.binread("#{@dir}/stat").rpartition(") ").last.split[19].to_i
    rescue Errno::ENOENT, Errno::ESRCH
      nil
    end

    def kernel_thread?
      status["Kthread"] == "1" || (!status.key?("VmSize") && ::File.binread("#{@dir}/cmdline").empty? && !zombie?)
    end

    def zombie? = status["State"].to_s.start_with?("Z", "X")

    # Anyone may read it. Read anew each time: a process may change its ids.
    def status
      text = ::File.binread("#{@dir}/status")
      text.each_line(chomp: true).to_h { |line| line.split(":\t", 2).then { |key, value| [key, value.to_s.strip] } }
    rescue Errno::ENOENT, Errno::ESRCH
      raise TargetGone, "the target's main process #{@pid} has ended"
    end

    def ids(field) = status.fetch(field, "").split.map(&:to_i)

    def open_pidfd
      IO.for_fd(Sys.pidfd_open(@pid), "r")
    rescue Errno::ENOSYS, Errno::EPERM
      nil # an old kernel or an old seccomp profile: alive! compares start times instead
    rescue Errno::ESRCH
      raise TargetGone, "process #{@pid} does not exist"
    end

    def open_root
      # RESOLVE 0: /proc/PID/root is a magic link, and following it is the point.
      entering { Sys.openat2(Sys::AT_FDCWD, "#{@dir}/root", Sys::O_PATH | Sys::O_DIRECTORY, 0) }
    rescue Errno::ENOENT, Errno::ESRCH
      raise TargetGone, "the target's main process #{@pid} has ended"
    rescue SystemCallError => e
      raise CouldNotLook, "the root of process #{@pid} (uid #{uid}, gid #{gid}) may not be entered by uid " \
                          "#{Process.euid}: #{CouldNotLook.cause_of(e)}"
    end

    # refusal: raised where the ids may not even be switched.
    def as_user(uid, gid, refusal, &)
      Privileges.as(uid, gid, &)
    rescue Privileges::NoRight
      raise refusal
    end

    def id_map(name)
      return nil if own_user_namespace?

      proc_file(name).each_line.map { |line| line.split.map(&:to_i) }
    end

    def own_user_namespace?
      ::File.readlink("#{@dir}/ns/user") == ::File.readlink("/proc/self/ns/user")
    rescue SystemCallError
      proc_file("uid_map") == ::File.binread("/proc/self/uid_map")
    end
  end
end
