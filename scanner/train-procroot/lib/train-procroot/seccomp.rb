# frozen_string_literal: true

require_relative "sys"

module TrainProcroot
  # System call filters for commands: refuse what Landlock has no right for (chmod and its like), and tell the runner
  # of programs that are started and of text written to standard error, so that a missing program is noticed wherever
  # it is missing.
  module Seccomp
    AARCH64 = Sys::NUMBERS.equal?(Sys::AARCH64)
    ARCH = AARCH64 ? 0xc00000b7 : 0xc000003e
    # Numbers from here on belong to the x32 ABI.
    X32 = 0x40000000

    # Changes of metadata, of the machine's state and of other processes. Listening: Landlock keeps from binding a port,
    # but who listens without that is given one. io_uring would go around this filter.
    REFUSED =
      if AARCH64
        { fchmod: 52, fchmodat: 53, fchownat: 54, fchown: 55, utimensat: 88, setxattr: 5, lsetxattr: 6, fsetxattr: 7,
          removexattr: 14, lremovexattr: 15, fremovexattr: 16, sethostname: 161, setdomainname: 162, settimeofday: 170,
          clock_settime: 112, adjtimex: 171, clock_adjtime: 266, reboot: 142, kexec_load: 104, kexec_file_load: 294,
          init_module: 105, finit_module: 273, delete_module: 106, swapon: 224, swapoff: 225, mount: 40, umount2: 39,
          pivot_root: 41, acct: 89, quotactl: 60, bpf: 280, process_vm_writev: 271, setpriority: 140,
          ptrace: 117, add_key: 217, listen: 201 }
      else
        { chmod: 90, fchmod: 91, fchmodat: 268, chown: 92, fchown: 93, lchown: 94, fchownat: 260, utime: 132,
          utimes: 235, futimesat: 261, utimensat: 280, setxattr: 188, lsetxattr: 189, fsetxattr: 190, removexattr: 197,
          lremovexattr: 198, fremovexattr: 199, sethostname: 170, setdomainname: 171, settimeofday: 164,
          clock_settime: 227, adjtimex: 159, clock_adjtime: 305, reboot: 169, kexec_load: 246, kexec_file_load: 320,
          init_module: 175, finit_module: 313, delete_module: 176, swapon: 167, swapoff: 168, mount: 165, umount2: 166,
          pivot_root: 155, acct: 163, quotactl: 179, bpf: 321, process_vm_writev: 311, setpriority: 141,
          ptrace: 101, add_key: 248, listen: 50 }
      end.merge(io_uring_setup: 425, move_mount: 429, mount_setattr: 442, quotactl_fd: 443, fchmodat2: 452,
                setxattrat: 463, removexattrat: 466).freeze
    IOCTL = AARCH64 ? 29 : 16
    # FS_IOC_SETFLAGS, its 32-bit twin, FS_IOC_FSSETXATTR, TIOCSTI
    REFUSED_IOCTLS = [0x40086602, 0x40046602, 0x401c5820, 0x5412].freeze
    EXECVE = Sys::NUMBERS.fetch(:execve)
    WRITE = AARCH64 ? 64 : 1
    STDERR_FD = 2
    # fork, vfork, clone, clone3
    FORKS = (AARCH64 ? [220, 435] : [57, 58, 56, 435]).freeze

    ALLOW = 0x7fff0000
    NOTIFY = 0x7fc00000
    REFUSE = 0x00050000 | Errno::EPERM::Errno
    UNKNOWN = 0x00050000 | Errno::ENOSYS::Errno
    NEW_LISTENER = 1 << 3

    module_function

    # The filter as bytes. refuse: keep from changing; notify: tell of programs started and of standard error, besides
    # of every fork, so that a command which forks without end is held at the runner's pace. listen: false leaves all
    # telling out.
    def program(refuse:, notify:, listen: true)
      rules = [load(4), *unless_equal(ARCH, UNKNOWN), load(0)]
      rules += if_above(X32, UNKNOWN) unless AARCH64
      rules += FORKS.flat_map { |number| if_equal(number, NOTIFY) } if listen
      rules += [*if_equal(EXECVE, NOTIFY), *when_argument(WRITE, 0, [STDERR_FD], NOTIFY)] if notify
      if refuse
        rules += [*REFUSED.values.flat_map { |number| if_equal(number, REFUSE) },
                  *when_argument(IOCTL, 1, REFUSED_IOCTLS, REFUSE)]
      end
      [*rules, give(ALLOW)].join
    end

    # Puts the filter on this process and all that it starts. With listen, the descriptor on which notifications arrive.
    def install(program, listen:)
      header = [program.bytesize / 8, Sys.pointer(program)].pack("Sx6J")
      Sys.call(:seccomp, 1, listen ? NEW_LISTENER : 0, Sys.pointer(header))
    end

    # Classic BPF: code, jump if true, jump if false, operand.
    def instruction(code, operand, if_true = 0, if_false = 0) = [code, if_true, if_false, operand].pack("SCCL")
    def load(offset) = instruction(0x20, offset)
    def give(verdict) = instruction(0x06, verdict)
    def if_equal(value, verdict) = [instruction(0x15, value, 0, 1), give(verdict)]
    def unless_equal(value, verdict) = [instruction(0x15, value, 1, 0), give(verdict)]
    def if_above(value, verdict) = [instruction(0x35, value, 0, 1), give(verdict)]

    # For one call: the low word of an argument, then back to the call's number.
    def when_argument(number, index, values, verdict)
      tests = [load(16 + (8 * index)), *values.flat_map { |value| if_equal(value, verdict) }, load(0)]
      [instruction(0x15, number, 0, tests.length), *tests]
    end
  end
end
