# frozen_string_literal: true

require "train-procroot/errors"
require "train-procroot/sys"
require "train-procroot/target"
require "train-procroot/root"

module Sidescan
  module Agent
    # Can the target's root be entered and read from here, and what will not be seen? Held for as long as the audit
    # runs, so that the target's end is noticed.
    class Access
      CAPABILITIES = %w[
        CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
        NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT
        SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE
        AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ
        PERFMON BPF CHECKPOINT_RESTORE
      ].freeze
      LANDLOCK_CREATE_RULESET_VERSION = 1

      # main: Processes::Entry; spec: what the caller wants. Raises Failure.
      def initialize(main, spec)
        @main = main
        @spec = spec
        @target = TrainProcroot::Target.new(pid: main.pid, start: main.start)
        @root = TrainProcroot::Root.new(@target)
      rescue TrainProcroot::TargetGone => e
        raise gone(e)
      rescue TrainProcroot::CouldNotLook, SystemCallError => e
        raise Failure.new("access-denied", reason(e), hint: hint)
      end

      # Raises a Failure when the main process has ended.
      def alive!
        @target.alive!
      rescue TrainProcroot::TargetGone => e
        raise gone(e)
      end

      # Fields of the `access` event.
      def report
        { files: true, commands: commands, readOnly: read_only, limits: limits }
      rescue TrainProcroot::TargetGone => e
        raise gone(e)
      rescue TrainProcroot::CouldNotLook => e
        raise Failure.new("access-denied", reason(e), hint: hint)
      end

      def close = @target&.close

      private

      def gone(error) = Failure.new("target-gone", reason(error))

      def reason(error)
        error.respond_to?(:reason) ? error.reason : error.message
      end

      def commands
        return "none" if @spec.commands == "none" || (@spec.commands == "read-only" && read_only == "unavailable")
        return "target-shell" if @root.executable?("/bin/sh") && !@root.directory?("/bin/sh")

        tools? && procfs? ? "supplied-shell" : "none"
      end

      def read_only
        return "off" unless @spec.commands == "read-only"

        landlock? ? "landlock" : "unavailable"
      end

      def landlock?
        TrainProcroot::Sys.call(:landlock_create_ruleset, 0, 0, LANDLOCK_CREATE_RULESET_VERSION).positive?
      rescue SystemCallError
        false
      end

      def tools? = !@spec.tools.nil? && File.file?(File.join(@spec.tools, "ld.so"))

      # Supplied programs start through /proc/self/fd of the target's own root.
      def procfs?
        @root.at("/proc") { |fd, _| TrainProcroot::Sys.filesystem_type(fd) == TrainProcroot::Sys::PROC_SUPER_MAGIC }
      end

      def limits
        [ownership_limit, user_namespace_limit, reading_limit, environment_limit, *command_limits].compact
      end

      def ownership_limit
        return unless @spec.ownership == "hidden"

        { what: "owners of files and processes",
          why: "an ordinary user's namespace maps one user only; run as root to see them" }
      end

      def user_namespace_limit
        return if @target.uid_map.nil?

        { what: "users outside the target's user namespace", why: "the target has a user namespace of its own" }
      end

      def reading_limit
        return if %w[DAC_OVERRIDE DAC_READ_SEARCH].any? { |name| own_capabilities[CAPABILITIES.index(name)] == 1 }

        { what: "files that only another user may read",
          why: "the scanner holds neither DAC_OVERRIDE nor DAC_READ_SEARCH" }
      end

      def environment_limit
        @target.environ
        nil
      rescue TrainProcroot::TargetGone
        raise
      rescue TrainProcroot::CouldNotLook => e
        { what: "environment variables of the target", why: e.reason }
      end

      def command_limits
        why = case [commands, @spec.commands, read_only]
              in ["none", "none", _] then "commands are switched off"
              in ["none", "read-only", "unavailable"]
                "this kernel has no Landlock, without which commands cannot be kept from writing"
              in ["none", _, _] then tools? ? no_proc : "the target has no shell, and none was supplied"
              in [_, _, "unavailable"] then "this kernel has no Landlock"
              else return []
              end
        [{ what: "commands that are not answered natively", why: why }]
      end

      def no_proc = "the target has no shell, and without /proc mounted in it no supplied one can start"

      def own_capabilities = Processes.find(Process.pid).status.fetch("CapEff", "0").to_i(16)

      # Which right would let the scanner in.
      def hint
        status = @main.status
        missing = names(status.fetch("CapPrm", "0").to_i(16) & ~own_capabilities)
        uid, gid = %w[Uid Gid].map { |field| status.fetch(field, "? ?").split[1] }
        same = uid == Process.euid.to_s && gid == Process.egid.to_s
        if same && missing.empty?
          "its process is closed to its own user (a program that may not be read, or a user changed without a new " \
            "program): only the capability SYS_PTRACE opens it"
        else
          rights = missing.length > 14 ? "all capabilities" : "the capabilities #{missing.join(', ')}"
          holding = " with #{rights}" if missing.any?
          "run the scanner as uid #{uid}, gid #{gid}#{holding}, or with SETUID and SETGID to become that user, " \
            "or with SYS_PTRACE"
        end
      end

      def names(set) = CAPABILITIES.each_index.select { |bit| set[bit] == 1 }.map { |bit| CAPABILITIES[bit] }
    end
  end
end
