# frozen_string_literal: true

require "train-procroot/privileges"

module Sidescan
  module Agent
    # What the scanner may do, measured against what the target asks for: which right would let it in, and which rung of
    # a cluster's pod has it.
    class Rights
      CAPABILITIES = %w[
        CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
        NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT
        SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE
        AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ
        PERFMON BPF CHECKPOINT_RESTORE
      ].freeze
      # What container runtimes give to root.
      DEFAULT = 0xa80425fb
      PTRACE = "`--access ptrace --allow-ptrace`"
      CLOSED = "its process is closed to its own user (a program that may not be read, or a user changed without a " \
               "new program): only the capability SYS_PTRACE opens it"

      # main: Processes::Entry of the target; rung: where a cluster's pod put the scanner, or nil.
      def initialize(main, rung)
        @main = main
        @rung = rung
        @status = main.status
        @held = TrainProcroot::Privileges.effective
      end

      def any?(*names) = names.any? { |name| @held[CAPABILITIES.index(name)] == 1 }

      # Why no command can run, or nil: a root must be entered, and the target's user be taken.
      def no_commands
        missing = []
        missing << "SYS_CHROOT" unless any?("SYS_CHROOT")
        missing << "SETUID" unless uid == Process.euid || any?("SETUID")
        missing << "SETGID" unless same_groups? || any?("SETGID")
        return if missing.empty?

        "the scanner has no right to run them as the target does (#{missing.join(', ')})#{command_rung}"
      end

      # What would let the scanner in.
      def hint
        return "#{CLOSED}#{@rung && " (#{PTRACE})"}" if closed?

        @rung ? rung_hint : rights_hint
      end

      # Names of what the target may do and the scanner, and so a command, may not.
      def lesser = names(missing)

      private

      def uid = ids("Uid")
      def gid = ids("Gid")
      def ids(field) = @status.fetch(field, "-1 -1").split[1].to_i

      def same_groups?
        gid == Process.egid && groups.sort == (Process.groups - [gid]).uniq.sort
      end

      def groups = @status.fetch("Groups", "").split.map(&:to_i).uniq - [gid]

      def command_rung
        { "restricted" => "; `--access baseline` has it, where the namespace allows that",
          "baseline" => "; `--access default` has it" }[@rung]
      end

      def permitted = @status.fetch("CapPrm", "0").to_i(16)
      def missing = permitted & ~@held

      # The kernel gives such a process's files to root. Root's own look the same: then nothing else may be missing.
      def closed?
        owner = File.stat("/proc/#{@main.pid}/environ").uid
        return true if uid.positive? && owner.zero?

        uid == Process.euid && gid == Process.egid && missing.zero?
      rescue SystemCallError
        false
      end

      def rung_hint
        if permitted.anybits?(~DEFAULT) then "it may do more than a container usually may: #{PTRACE} enters it"
        elsif permitted.positive? then "`--access default` enters it"
        elsif @rung == "restricted" && uid.positive?
          "it runs as uid #{uid}, gid #{gid}: `--user #{uid}:#{gid}` lets the scanner run as that user, " \
            "`--access baseline` become it"
        else
          "`--access baseline` enters it"
        end
      end

      def rights_hint
        rights = lesser.length > 14 ? "all capabilities" : "the capabilities #{lesser.join(', ')}"
        holding = " with #{rights}" if lesser.any?
        "run the scanner as uid #{uid}, gid #{gid}#{holding}, or with SETUID and SETGID to become that user, " \
          "or with SYS_PTRACE"
      end

      def names(set) = CAPABILITIES.each_index.select { |bit| set[bit] == 1 }.map { |bit| CAPABILITIES[bit] }
    end
  end
end
