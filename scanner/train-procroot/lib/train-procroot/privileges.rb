# frozen_string_literal: true

require_relative "errors"
require_relative "sys"

module TrainProcroot
  # Becoming the target's main process in all that the kernel decides by: groups, ids, capabilities (never more than
  # the target's), and no way to gain any.
  module Privileges
    PR_SET_KEEPCAPS = 8
    PR_CAPBSET_DROP = 24
    PR_SET_NO_NEW_PRIVS = 38
    PR_CAP_AMBIENT = 47
    PR_CAP_AMBIENT_RAISE = 2
    CAPABILITY_VERSION = 0x20080522
    # DAC_OVERRIDE, DAC_READ_SEARCH
    READ_ANYTHING = (1 << 1) | (1 << 2)

    module_function

    # For good: there is no way back for this process.
    def become(uid:, gid:, groups:, capabilities:)
      limit_bounding(capabilities)
      Sys.prctl(PR_SET_KEEPCAPS, 1)
      take_groups(groups)
      take_id("gid", gid, Process::Sys.getegid) { Process::Sys.setresgid(gid, gid, gid) }
      take_id("uid", uid, Process::Sys.geteuid) { Process::Sys.setresuid(uid, uid, uid) }
      take_capabilities(capabilities, keep_over_exec: uid != 0)
      # With it, an exec never gains a capability that the process does not have already, even where the bounding set
      # stayed wide.
      Sys.prctl(PR_SET_NO_NEW_PRIVS, 1)
    end

    # Needs SETPCAP; without it no_new_privs alone keeps capabilities from growing.
    def limit_bounding(capabilities)
      64.times { |bit| Sys.prctl(PR_CAPBSET_DROP, bit) if capabilities[bit].zero? }
    rescue Errno::EINVAL, Errno::EPERM
      nil
    end

    def take_groups(groups)
      Process.groups = groups
    rescue Errno::EPERM
      return if Process.groups.uniq.sort == groups.uniq.sort

      raise CouldNotLook,
            "there is no right to take the target's supplementary groups (#{groups.join(' ')}) for a command"
    end

    def take_id(kind, wanted, now)
      yield
    rescue Errno::EPERM, Errno::EINVAL
      raise CouldNotLook, "there is no right to run a command with the target's #{kind} #{wanted}" unless wanted == now
    end

    # Those of the target that this process has. Ambient ones survive the exec of a user other than root.
    def take_capabilities(wanted, keep_over_exec:)
      held = permitted & wanted
      inheritable = keep_over_exec ? held : 0
      put(effective: held, permitted: held, inheritable: inheritable)
      return unless keep_over_exec

      64.times { |bit| Sys.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit) if held[bit] == 1 }
    end

    # There is no right to take another user's ids.
    class NoRight < StandardError; end

    # The block with these effective ids; real and saved ones stay, so that the switch can be undone. Raises NoRight
    # instead of running it where there is none.
    def as(uid, gid)
      before = [Process.euid, Process.egid]
      begin
        Process::Sys.setegid(gid)
        Process::Sys.seteuid(uid)
      rescue Errno::EPERM, Errno::EINVAL
        raise NoRight
      end
      yield
    ensure
      Process::Sys.seteuid(before[0])
      Process::Sys.setegid(before[1])
    end

    # Runs the block, which starts a program, without the rights to read any file. The kernel closes a process to all
    # others when whoever executes the program may not read it, as Ruby's own in the scanner image (mode 0111): so what
    # is started is closed from its first instruction on. A program that somebody may read is started as ever.
    def unreadable(program)
      return yield if ::File.stat(program).mode.anybits?(0o444)

      before = sets
      begin
        put(before.merge(effective: before[:effective] & ~READ_ANYTHING))
        yield
      ensure
        put(before)
      end
    end

    def permitted = sets[:permitted]
    def effective = sets[:effective]

    def sets
      header = [CAPABILITY_VERSION, 0].pack("Ll")
      data = "\0".b * 24
      Sys.call(:capget, Sys.pointer(header), Sys.pointer(data))
      words = data.unpack("L6")
      %i[effective permitted inheritable].each_with_index.to_h { |name, at| [name, words[at] | (words[at + 3] << 32)] }
    end

    def put(sets)
      words = sets.values_at(:effective, :permitted, :inheritable)
      data = [*words.map { |set| set & 0xffffffff }, *words.map { |set| set >> 32 }].pack("L6")
      header = [CAPABILITY_VERSION, 0].pack("Ll")
      Sys.call(:capset, Sys.pointer(header), Sys.pointer(data))
    end
  end
end
