# frozen_string_literal: true

require_relative "sys"

module TrainProcroot
  # Landlock: rules that the kernel keeps a command to, whatever its user, without any right being needed to set them.
  # Reading is confined too: a descriptor that leads out of the target's root (the tools' directory) opens nothing but
  # what it is for.
  module Landlock
    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15
    READ = EXECUTE | READ_FILE | READ_DIR
    # How many of the file rights each ABI version knows; later versions know those of the last.
    FILE_RIGHTS = { 1 => 13, 2 => 14, 3 => 15, 4 => 15, 5 => 16 }.freeze
    BIND_TCP = 1
    SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3
    # From this version on.
    KNOWS_SIGNALS = 6
    # What a shell needs to write to, by major and minor: null, zero, full, tty.
    HARMLESS_DEVICES = { "/dev/null" => [1, 3], "/dev/zero" => [1, 5], "/dev/full" => [1, 7],
                         "/dev/tty" => [5, 0] }.freeze

    module_function

    # The kernel's ABI version; 0 when it has no Landlock.
    def abi
      Sys.call(:landlock_create_ruleset, 0, 0, 1)
    rescue SystemCallError
      0
    end

    # A ruleset's descriptor: reading beneath `root` and `readable`, writing to harmless devices only. Called inside
    # the root. Chmod and its like are no Landlock rights: see Seccomp.
    def read_only(root:, readable:)
      version = abi
      known = all_rights(version)
      scope = version >= KNOWS_SIGNALS ? [SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS] : []
      ruleset = create([known, *(BIND_TCP if version >= 4), *scope])
      [root, *readable].each { |fd| allow(ruleset, fd, READ & rights_for(fd)) }
      HARMLESS_DEVICES.each do |path, numbers|
        harmless(path, numbers) { |fd| allow(ruleset, fd, (READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV) & known) }
      end
      ruleset
    end

    # Everything beneath `root`, and reading of `readable`: only the way out of the root is closed.
    def confined(root:, readable:)
      known = all_rights(abi)
      ruleset = create([known])
      allow(ruleset, root, known)
      readable.each { |fd| allow(ruleset, fd, READ & rights_for(fd)) }
      ruleset
    end

    # From here on, for this process and all that it starts. Needs PR_SET_NO_NEW_PRIVS.
    def enforce(ruleset) = Sys.call(:landlock_restrict_self, ruleset, 0)

    def all_rights(version) = (1 << FILE_RIGHTS.fetch([version, 5].min)) - 1

    def create(words)
      attributes = words.pack("Q*")
      Sys.call(:landlock_create_ruleset, Sys.pointer(attributes), attributes.bytesize, 0)
    end

    def allow(ruleset, fd, rights)
      rule = [rights, fd].pack("Ql")
      Sys.call(:landlock_add_rule, ruleset, 1, Sys.pointer(rule), 0)
    end

    # READ_DIR is refused for anything but a directory.
    def rights_for(fd) = Sys.fstat(fd).directory? ? READ : EXECUTE | READ_FILE

    # Only the real device: a target may have put anything else under that name.
    def harmless(path, numbers)
      fd = Sys.call(:openat, Sys::AT_FDCWD, Sys.pointer(path), Sys::O_PATH | Sys::O_NOFOLLOW | Sys::O_CLOEXEC, 0)
      stat = Sys.fstat(fd)
      yield fd if stat.type_bits == 0o020000 && [stat.rdev >> 32, stat.rdev & 0xffffffff] == numbers
    rescue SystemCallError
      nil
    ensure
      Sys.close(fd) if fd
    end
  end
end
