# frozen_string_literal: true

module TrainProcroot
  # The few system calls that Ruby has no method for, made with Kernel#syscall so that no library is needed.
  # Every function raises SystemCallError (Errno::X). Numbers: x86_64, and the generic table that aarch64 uses.
  module Sys
    X86_64 = {
      close: 3, prctl: 157, capget: 125, capset: 126, setns: 308, getxattr: 191, fgetxattr: 193, fstatfs: 138,
      openat: 257, readlinkat: 267, faccessat2: 439, statx: 332, pidfd_send_signal: 424, pidfd_open: 434, openat2: 437,
      landlock_create_ruleset: 444, landlock_add_rule: 445, landlock_restrict_self: 446, unshare: 272, execveat: 322,
      execve: 59, fchdir: 81, ppoll: 271, dup3: 292, process_vm_readv: 310, seccomp: 317, open_tree: 428,
      close_range: 436, mount_setattr: 442
    }.freeze
    AARCH64 = {
      close: 57, prctl: 167, capget: 90, capset: 91, setns: 268, getxattr: 8, fgetxattr: 10, fstatfs: 44, openat: 56,
      readlinkat: 78, faccessat2: 439, statx: 291, pidfd_send_signal: 424, pidfd_open: 434, openat2: 437,
      landlock_create_ruleset: 444, landlock_add_rule: 445, landlock_restrict_self: 446, unshare: 97, execveat: 281,
      execve: 221, fchdir: 50, ppoll: 73, dup3: 24, process_vm_readv: 270, seccomp: 277, open_tree: 428,
      close_range: 436, mount_setattr: 442
    }.freeze
    NUMBERS = RUBY_PLATFORM.match?(/aarch64|arm64/) ? AARCH64 : X86_64

    # Flags that Ruby's File::Constants lack.
    O_PATH = 0x200000
    O_CLOEXEC = 0x80000
    O_NOFOLLOW = ::File::NOFOLLOW
    O_DIRECTORY = NUMBERS.equal?(AARCH64) ? 0x4000 : 0x10000
    O_NONBLOCK = ::File::NONBLOCK
    AT_FDCWD = -100
    AT_EMPTY_PATH = 0x1000
    AT_EACCESS = 0x200
    RESOLVE_NO_MAGICLINKS = 0x02
    RESOLVE_NO_SYMLINKS = 0x04
    RESOLVE_IN_ROOT = 0x10
    STATX_BASIC = 0x7ff
    PROC_SUPER_MAGIC = 0x9fa0
    CLONE_NEWPID = 0x20000000
    PR_SET_DUMPABLE = 4

    # How often openat2 is asked again when a rename raced with it (EAGAIN) or a signal came (EINTR).
    RETRIES = 64

    # As fstat(2). device: major and minor in one number, equal for equal file systems; times are whole seconds.
    # rubocop:disable-next Lint/StructNewOverride -- a file's size, not the number of fields
    Stat = Struct.new(:mode, :uid, :gid, :ino, :size, :mtime, :device, :rdev, :nlink) do
      def type_bits = mode & 0o170000
      def file? = type_bits == 0o100000
      def directory? = type_bits == 0o040000
      def symlink? = type_bits == 0o120000
      def same?(other) = ino == other.ino && device == other.device
    end

    module_function

    EMPTY = "\0"

    # Calls by name with Integers. Kernel#syscall wants unfrozen strings without NUL, so paths and buffers are passed
    # by `pointer`.
    def call(name, *args)
      Kernel.syscall(NUMBERS.fetch(name), *args)
    end

    # The address of a string's bytes; the caller keeps the string alive, and ends it with NUL where the kernel
    # expects that.
    def pointer(buffer)
      [buffer].pack("p").unpack1("J")
    end

    # A new descriptor number for `path`, resolved as if `dirfd` were the root directory.
    def openat2(dirfd, path, flags, resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
      path = "#{path}\0"
      how = [flags | O_CLOEXEC, 0, resolve].pack("Q3")
      tries = 0
      begin
        call(:openat2, dirfd, pointer(path), pointer(how), how.bytesize)
      rescue Errno::EAGAIN, Errno::EINTR
        retry if (tries += 1) < RETRIES
        raise
      end
    end

    def close(fd)
      call(:close, fd)
    end

    # struct statx of the object behind a descriptor (O_PATH too).
    def fstat(fd)
      buffer = "\0".b * 256
      call(:statx, fd, pointer(EMPTY), AT_EMPTY_PATH, STATX_BASIC, pointer(buffer))
      nlink, uid, gid, mode, ino, size = buffer.unpack("@16L3S@32QQ")
      mtime, rdev_major, rdev_minor, major, minor = buffer.unpack("@112q@128L4")
      Stat.new(mode, uid, gid, ino, size, mtime, (major << 32) | minor, (rdev_major << 32) | rdev_minor, nlink)
    end

    # The text of the symbolic link behind an O_PATH | O_NOFOLLOW descriptor.
    def readlink(fd)
      buffer = "\0".b * 8192
      length = call(:readlinkat, fd, pointer(EMPTY), pointer(buffer), buffer.bytesize)
      buffer.byteslice(0, length)
    end

    # The file system's magic number (f_type of struct statfs).
    def filesystem_type(fd)
      buffer = "\0".b * 256
      call(:fstatfs, fd, pointer(buffer))
      buffer.unpack1("q")
    end

    # An extended attribute of a path; the value's bytes.
    def getxattr(path, name)
      buffer = "\0".b * 65_536
      path = "#{path}\0"
      name = "#{name}\0"
      length = call(:getxattr, pointer(path), pointer(name), pointer(buffer), buffer.bytesize)
      buffer.byteslice(0, length)
    end

    def pidfd_open(pid)
      call(:pidfd_open, pid, 0)
    end

    def prctl(option, *args)
      call(:prctl, option, *args, *Array.new(4 - args.size, 0))
    end

    def setns(fd, type)
      call(:setns, fd, type)
    end

    # Whether the other side of a descriptor is gone (POLLHUP), which IO.select does not tell from "readable".
    def hung_up?(fd)
      poll = [fd, 0, 0].pack("lss")
      no_wait = [0, 0].pack("q2")
      call(:ppoll, pointer(poll), 1, pointer(no_wait), 0, 8).positive? && poll.unpack1("@6s").anybits?(0x10)
    end

    # Replaces this process; arguments and environment are bytes as they are, which Kernel#exec does not promise.
    def execve(path, arguments, environment)
      lists = [arguments, environment].map { |list| list.map { |text| pointer(text) }.push(0).pack("J*") }
      call(:execve, pointer(path), pointer(lists[0]), pointer(lists[1]))
    end
  end
end
