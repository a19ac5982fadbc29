# frozen_string_literal: true

require_relative "errors"
require_relative "privileges"
require_relative "sys"

module TrainProcroot
  # The target's namespaces, entered as far as the kernel allows; what could not be entered is remembered, since
  # commands then see the scanner's own network, host name or mounts there.
  class Namespaces
    KINDS = { net: 0x40000000, uts: 0x04000000, ipc: 0x08000000, pid: Sys::CLONE_NEWPID, mnt: 0x00020000,
              user: 0x10000000 }.freeze
    CLONE_FS = 0x200

    # Kinds that differ from the scanner's own and were not entered.
    attr_reader :refused

    # as: the target's [uid, gid], who may look where the scanner may not.
    def initialize(pid, as: nil)
      @pid = pid
      @as = as
      @refused = []
      @handles = KINDS.keys.to_h { |kind| [kind, differing(kind)] }.compact
    end

    # All but the mount namespace, which would take the scanner's own /proc away. A pid namespace holds for children
    # only. Another user namespace decides what every id means: without it no command runs.
    def enter_before_fork
      first = %i[net uts ipc pid].reject { |kind| enter(kind) }
      return @refused.concat(first) unless @handles[:user]

      unless enter(:user)
        raise CouldNotLook,
              "the target is in another user namespace, which may not be entered, so no command can run as its user"
      end

      @refused.concat(first.reject { |kind| enter(kind) })
    end

    # In the inner process. Changes root and working directory.
    def enter_mounts
      # A Ruby may have a thread of its own beside the main one. A pod's filter of system calls refuses even this.
      Sys.call(:unshare, CLONE_FS) if @handles[:mnt]
    rescue Errno::EPERM
      nil
    ensure
      @refused << :mnt unless enter(:mnt)
    end

    private

    # An open handle, :unknown when it may not be looked at, nil when it is our own.
    def differing(kind)
      return nil if identity("self", kind) == identity(@pid, kind)

      handle(kind)
    rescue Errno::EACCES, Errno::EPERM
      # Whoever may not look at another's namespaces may not enter them either. In a pod all but these are shared.
      %i[mnt].include?(kind) || (kind == :pid && inner_pid?) ? :unknown : nil
    end

    def identity(pid, kind)
      stat = ::File.stat("/proc/#{pid}/ns/#{kind}")
      [stat.dev, stat.ino]
    rescue Errno::EACCES, Errno::EPERM => e
      raise if @as.nil? || @as == [Process.euid, Process.egid]

      as_target(e) { identity(pid, kind) }
    end

    def as_target(refusal, &)
      Privileges.as(*@as, &)
    rescue Privileges::NoRight
      raise refusal
    end

    # A handle may be held by whoever may look, and used only by whoever has the right.
    def handle(kind)
      ::File.open("/proc/#{@pid}/ns/#{kind}")
    rescue Errno::EACCES, Errno::EPERM => e
      raise unless @as

      as_target(e) { ::File.open("/proc/#{@pid}/ns/#{kind}") }
    end

    def inner_pid? = ::File.read("/proc/#{@pid}/status")[/^NSpid:(.*)/, 1].to_s.split.length > 1

    def enter(kind)
      handle = @handles[kind] or return true
      return false if handle == :unknown

      Sys.setns(handle.fileno, KINDS.fetch(kind))
      true
    rescue Errno::EPERM, Errno::EINVAL
      false
    end
  end
end
