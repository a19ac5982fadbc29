# frozen_string_literal: true

require_relative "sys"

module TrainProcroot
  # The system calls that a read-only command is refused: changes that Landlock has no right for, or not in every
  # version of it. What only asks goes on; see Seccomp for how it is kept.
  module RefusedCalls
    AARCH64 = Sys::NUMBERS.equal?(Sys::AARCH64)

    # Changes of metadata, of the machine's state, of other processes and of what they share; descriptors of others.
    # Listening: Landlock keeps from binding a port, but who listens without that is given one. Handles lead out of the
    # root. A permission event of fanotify would hold up the whole file system.
    ALWAYS =
      if AARCH64
        { fchmod: 52, fchmodat: 53, fchownat: 54, fchown: 55, utimensat: 88, setxattr: 5, lsetxattr: 6, fsetxattr: 7,
          removexattr: 14, lremovexattr: 15, fremovexattr: 16, sethostname: 161, setdomainname: 162, settimeofday: 170,
          clock_settime: 112, adjtimex: 171, clock_adjtime: 266, reboot: 142, kexec_load: 104, kexec_file_load: 294,
          init_module: 105, finit_module: 273, delete_module: 106, swapon: 224, swapoff: 225, mount: 40, umount2: 39,
          pivot_root: 41, acct: 89, quotactl: 60, bpf: 280, process_vm_writev: 271, setpriority: 140,
          ptrace: 117, add_key: 217, request_key: 218, keyctl: 219, listen: 201, truncate: 45, open_by_handle_at: 265,
          fanotify_init: 262, vhangup: 58, migrate_pages: 238, shmat: 196, msgsnd: 189, msgrcv: 188, semop: 193,
          semtimedop: 192, mq_open: 180, mq_unlink: 181, mq_timedsend: 182, mq_timedreceive: 183 }
      else
        { chmod: 90, fchmod: 91, fchmodat: 268, chown: 92, fchown: 93, lchown: 94, fchownat: 260, utime: 132,
          utimes: 235, futimesat: 261, utimensat: 280, setxattr: 188, lsetxattr: 189, fsetxattr: 190, removexattr: 197,
          lremovexattr: 198, fremovexattr: 199, sethostname: 170, setdomainname: 171, settimeofday: 164,
          clock_settime: 227, adjtimex: 159, clock_adjtime: 305, reboot: 169, kexec_load: 246, kexec_file_load: 320,
          init_module: 175, finit_module: 313, delete_module: 176, swapon: 167, swapoff: 168, mount: 165, umount2: 166,
          pivot_root: 155, acct: 163, quotactl: 179, bpf: 321, process_vm_writev: 311, setpriority: 141,
          ptrace: 101, add_key: 248, request_key: 249, keyctl: 250, listen: 50, truncate: 76, open_by_handle_at: 304,
          fanotify_init: 300, vhangup: 153, migrate_pages: 256, shmat: 30, msgsnd: 69, msgrcv: 70, semop: 65,
          semtimedop: 220, mq_open: 240, mq_unlink: 241, mq_timedsend: 242, mq_timedreceive: 243, iopl: 172,
          ioperm: 173 }
      end.merge(io_uring_setup: 425, move_mount: 429, fsopen: 430, fsconfig: 431, fsmount: 432, fspick: 433,
                pidfd_getfd: 438, process_madvise: 440, mount_setattr: 442, quotactl_fd: 443, process_mrelease: 448,
                fchmodat2: 452, setxattrat: 463, removexattrat: 466, open_tree_attr: 467, file_setattr: 469).freeze

    # Its flags are in memory, where no filter sees them; programs that know it do without.
    UNKNOWN = { openat2: 437 }.freeze

    # For some values of one argument, by its index: a kernel log that is cleared or consumed, shared objects that are
    # removed or set (old and new form of the command), rules of legacy iptables and its like.
    BY_ARGUMENT = [
      [AARCH64 ? 116 : 103, 0, [2, 4, 5, 6, 7, 8]],
      [AARCH64 ? 195 : 31, 1, [0, 1, 11, 12, 0x100, 0x101]],
      [AARCH64 ? 187 : 71, 1, [0, 1, 0x100, 0x101]],
      [AARCH64 ? 191 : 66, 2, [0, 1, 16, 17, 0x100, 0x101, 0x110, 0x111]],
      [AARCH64 ? 208 : 54, 2, [64, 65, 96, 97, 128, 129]]
    ].freeze

    # For another process than the caller: sched_setaffinity, sched_setparam, sched_setscheduler, sched_setattr,
    # ioprio_set, by the argument that names it.
    FOR_OTHERS =
      if AARCH64
        { 122 => 0, 118 => 0, 119 => 0, 274 => 0, 30 => 1 }.freeze
      else
        { 203 => 0, 142 => 0, 144 => 0, 314 => 0, 251 => 1 }.freeze
      end

    # With limits to set, for another process.
    PRLIMIT = AARCH64 ? 261 : 302

    # Making what others may share: shmget, semget, msgget with IPC_CREAT; call => index of the flags.
    CREATES = (AARCH64 ? { 194 => 2, 190 => 2, 186 => 1 } : { 29 => 2, 64 => 2, 68 => 1 }).freeze
    CREATION = 0o1000

    # Opening to truncate, which Landlock before version 3 only knows of those that open to write: call => flags.
    OPENS = (AARCH64 ? { 56 => 2 } : { 2 => 1, 257 => 2 }).freeze
    TRUNCATING = [0o1000, 0o1003].freeze
    TRUNCATION = 0o1003

    # Landlock before version 6 knows no signals. Then only those to the command's own group go out (timeout(1) sends
    # one), and those that send nothing.
    KILL = AARCH64 ? 129 : 62
    # tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_send_signal
    SIGNALS = (AARCH64 ? [130, 131, 138, 240, 424] : [200, 234, 129, 297, 424]).freeze

    IOCTL = AARCH64 ? 29 : 16
    # Controls that only ask. Everything else is refused: a snapshot is deleted, a file system frozen, an interface
    # taken down through descriptors that were opened to read, or through none.
    IOCTL_ASKING = [
      0x1, 0x2, # FIBMAP, FIGETBSZ
      0x80086601, 0x80046601, 0x80087601, 0xc020660b, 0x400c6615, 0xc0096616, 0xc0046686, 0x801c581f, # of files
      0x80045430, 0x40045431, 0x802c542a, 0x402c542b, 0x402c542c, 0x402c542d, # pseudo-terminals, terminals' settings
      0x81009431, 0xd0009411, 0x8400941f, # file systems
      0x125e, 0x1260, 0x1263, 0x1267, 0x1268, 0x1278, 0x1279, 0x127a, 0x127b, 0x127e, 0x80081270, 0x80081272, # disks
      0x8903, 0x8904, 0x8905, 0x8906, 0x8907, 0x8910, 0x8912, 0x8913, 0x8915, 0x8917, 0x8919, 0x891b, 0x891d,
      0x8921, 0x8927, 0x8929, 0x8933, 0x8940, 0x8942, 0x8946, 0x8947, 0x8948, 0x894c, 0x8954, 0x8970, 0x8993,
      0x8994 # sockets and interfaces
    ].freeze
    # All of a terminal or pipe (the rest of its family is for tunnels), but not TIOCSTI, TIOCLINUX, TIOCCONS, TIOCSETD
    # and TIOCVHANGUP.
    IOCTL_TERMINALS = 0x5400
    IOCTL_TERMINAL_CHANGES = [0x5412, 0x541c, 0x541d, 0x5423, 0x5437].freeze
    # Namespaces and epoll.
    IOCTL_FAMILIES = [0xb700, 0x8a00].freeze
  end
end
