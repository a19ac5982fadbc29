# frozen_string_literal: true

require_relative "refused_calls"
require_relative "sys"

module TrainProcroot
  # System call filters for commands: refuse what Landlock has no right for (chmod and its like), and tell the runner
  # of programs that are started and of text written to standard error, so that a missing program is noticed wherever
  # it is missing.
  module Seccomp
    AARCH64 = RefusedCalls::AARCH64
    ARCH = AARCH64 ? 0xc00000b7 : 0xc000003e
    # Numbers from here on belong to the x32 ABI.
    X32 = 0x40000000

    EXECVE = Sys::NUMBERS.fetch(:execve)
    WRITE = AARCH64 ? 64 : 1
    WRITEV = AARCH64 ? 66 : 20
    STDERR_FD = 2
    # fork, vfork, clone, clone3
    FORKS = (AARCH64 ? [220, 435] : [57, 58, 56, 435]).freeze
    # set_robust_list: a new process's first call, where its C library is glibc.
    CHILDREN = [AARCH64 ? 99 : 273].freeze

    ALLOW = 0x7fff0000
    NOTIFY = 0x7fc00000
    REFUSE = 0x00050000 | Errno::EPERM::Errno
    UNKNOWN = 0x00050000 | Errno::ENOSYS::Errno
    NEW_LISTENER = 1 << 3
    # A call that is being answered is not interrupted by a signal (of a child that ended, say): what it says would be
    # heard twice. From Linux 5.19 on.
    WAIT_KILLABLE = 1 << 5

    module_function

    # The filter as bytes. refuse: keep from changing; notify: tell of programs started and of standard error, besides
    # of every fork, so that a command which forks without end is held at the runner's pace. children: true holds the
    # new process instead: a call that waits is interrupted by the end of an older child, and dash then cannot fork.
    # listen: false leaves all telling out. signals: true refuses signals too, for a kernel whose Landlock knows none.
    def program(refuse:, notify:, listen: true, signals: false, children: false)
      rules = [load(4), *unless_equal(ARCH, UNKNOWN), load(0)]
      rules += if_above(X32, UNKNOWN) unless AARCH64
      rules += (children ? CHILDREN : FORKS).flat_map { |number| if_equal(number, NOTIFY) } if listen
      rules += if_equal(EXECVE, NOTIFY) if notify
      rules += [WRITE, WRITEV].flat_map { |number| when_argument(number, 0, [STDERR_FD], NOTIFY) } if notify
      rules += changes if refuse
      rules += signalling if refuse && signals
      [*rules, give(ALLOW)].join
    end

    # Refuses what RefusedCalls names.
    def changes
      [*RefusedCalls::ALWAYS.values.flat_map { |number| if_equal(number, REFUSE) },
       *RefusedCalls::UNKNOWN.values.flat_map { |number| if_equal(number, UNKNOWN) },
       *RefusedCalls::BY_ARGUMENT.flat_map { |number, index, values| when_argument(number, index, values, REFUSE) },
       *RefusedCalls::FOR_OTHERS.flat_map { |number, index| when_call(number, unless_zero(index, give(REFUSE))) },
       *when_call(RefusedCalls::PRLIMIT, unless_zero(0, unless_pointer(2, give(REFUSE)))),
       *RefusedCalls::CREATES.flat_map { |number, index| when_call(number, creating(index)) },
       *RefusedCalls::OPENS.flat_map { |number, index| when_call(number, truncating(index)) },
       *when_call(RefusedCalls::IOCTL, controls)]
    end

    def signalling
      [*when_call(RefusedCalls::KILL, unless_zero(0, unless_zero(1, give(REFUSE)))),
       *RefusedCalls::SIGNALS.flat_map { |number| if_equal(number, REFUSE) }]
    end

    def truncating(index)
      [argument(index), masked(RefusedCalls::TRUNCATION),
       *RefusedCalls::TRUNCATING.flat_map { |flags| if_equal(flags, REFUSE) }]
    end

    def creating(index)
      [argument(index), masked(RefusedCalls::CREATION), *if_equal(RefusedCalls::CREATION, REFUSE)]
    end

    def controls
      [argument(1), *RefusedCalls::IOCTL_ASKING.flat_map { |value| if_equal(value, ALLOW) },
       *RefusedCalls::IOCTL_TERMINAL_CHANGES.flat_map { |value| if_equal(value, REFUSE) },
       masked(0xffffff00), *if_equal(RefusedCalls::IOCTL_TERMINALS, ALLOW),
       masked(0xff00), *RefusedCalls::IOCTL_FAMILIES.flat_map { |family| if_equal(family, ALLOW) }, give(REFUSE)]
    end

    # Puts the filter on this process and all that it starts. With listen, the descriptor on which notifications arrive.
    def install(program, listen:)
      header = [program.bytesize / 8, Sys.pointer(program)].pack("Sx6J")
      begin
        Sys.call(:seccomp, 1, listen ? NEW_LISTENER | WAIT_KILLABLE : 0, Sys.pointer(header))
      rescue Errno::EINVAL
        listen ? Sys.call(:seccomp, 1, NEW_LISTENER, Sys.pointer(header)) : raise
      end
    end

    # Classic BPF: code, jump if true, jump if false, operand.
    def instruction(code, operand, if_true = 0, if_false = 0) = [code, if_true, if_false, operand].pack("SCCL")
    def load(offset) = instruction(0x20, offset)
    def give(verdict) = instruction(0x06, verdict)
    def if_equal(value, verdict) = [instruction(0x15, value, 0, 1), give(verdict)]
    def unless_equal(value, verdict) = [instruction(0x15, value, 1, 0), give(verdict)]
    def if_above(value, verdict) = [instruction(0x35, value, 0, 1), give(verdict)]

    def masked(bits) = instruction(0x54, bits)

    # The low word of an argument, or the high one.
    def argument(index, high: false) = load(16 + (8 * index) + (high ? 4 : 0))

    # These rules for one call, then back to the call's number.
    def when_call(number, rules)
      rules = [*rules, load(0)]
      [instruction(0x15, number, 0, rules.length), *rules]
    end

    def when_argument(number, index, values, verdict)
      when_call(number, [argument(index), *values.flat_map { |value| if_equal(value, verdict) }])
    end

    # A number that the kernel takes as 32 bits; a whole word.
    def unless_zero(index, *rules) = [argument(index), instruction(0x15, 0, rules.flatten.length, 0), *rules.flatten]

    def unless_pointer(index, rule)
      [argument(index), instruction(0x15, 0, 0, 2), argument(index, high: true), instruction(0x15, 0, 1, 0), rule]
    end
  end
end
