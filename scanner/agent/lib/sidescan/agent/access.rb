# frozen_string_literal: true

require "train-procroot/errors"
require "train-procroot/sys"
require "train-procroot/target"
require "train-procroot/root"
require "sidescan/agent/rights"

module Sidescan
  module Agent
    # Can the target's root be entered and read from here, and what will not be seen? Held for as long as the audit
    # runs, so that the target's end is noticed.
    class Access
      LANDLOCK_CREATE_RULESET_VERSION = 1

      # main: Processes::Entry; spec: what the caller wants; holder: the process in whose root the supplied tools are,
      # nil where they are in our own, false where it is missing. Raises Failure.
      def initialize(main, spec, holder = nil)
        @spec = spec
        @holder = holder
        @rights = Rights.new(main, spec.access)
        @target = TrainProcroot::Target.new(pid: main.pid, start: main.start)
        @root = TrainProcroot::Root.new(@target)
      rescue TrainProcroot::TargetGone => e
        raise gone(e)
      rescue TrainProcroot::CouldNotLook, SystemCallError => e
        raise Failure.new("access-denied", reason(e), hint: @rights.hint)
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
        raise Failure.new("access-denied", reason(e), hint: @rights.hint)
      end

      # PID:START of the process in whose root the supplied tools are; nil for our own.
      def tools_holder = @holder && "#{@holder.pid}:#{@holder.start}"

      def close = @target&.close

      private

      def gone(error)
        Failure.new("target-gone", reason(error), hint: @spec.access && "what ends by itself is kept alive by `--hold`")
      end

      def reason(error)
        error.respond_to?(:reason) ? error.reason : error.message
      end

      def commands
        return "none" if @rights.no_commands
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

      def tools?
        return false if @spec.tools.nil? || @holder == false
        return File.file?(File.join(@spec.tools, "ld.so")) unless @holder

        TrainProcroot::Root.new(TrainProcroot::Target.new(pid: @holder.pid, start: @holder.start))
                           .file?("#{@spec.tools}/ld.so")
      rescue TrainProcroot::CouldNotLook
        false
      end

      # Supplied programs start through /proc/self/fd of the target's own root.
      def procfs?
        @root.at("/proc") { |fd, _| TrainProcroot::Sys.filesystem_type(fd) == TrainProcroot::Sys::PROC_SUPER_MAGIC }
      end

      def limits
        [ownership_limit, user_namespace_limit, reading_limit, environment_limit, *command_limits, lesser_limit].compact
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
        return if @rights.any?("DAC_OVERRIDE", "DAC_READ_SEARCH")

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
              in [_, "none", _] then "commands are switched off"
              in ["none", _, _] if @rights.no_commands then @rights.no_commands
              in ["none", "read-only", "unavailable"]
                "this kernel has no Landlock, without which commands cannot be kept from writing"
              in ["none", _, _] then tools? ? no_proc : no_tools
              in [_, _, "unavailable"] then "this kernel has no Landlock"
              else return []
              end
        [{ what: "commands that are not answered natively", why: why }]
      end

      def lesser_limit
        return if commands == "none" || @rights.lesser.empty?

        { what: "what commands need #{@rights.lesser.join(', ')} for",
          why: "the target has these capabilities, the scanner and so its commands have not" }
      end

      def no_tools
        return "the target has no shell, and none was supplied" unless @holder == false

        "the target has no shell, and the container of the supplied tools did not start"
      end

      def no_proc = "the target has no shell, and without /proc mounted in it no supplied one can start"
    end
  end
end
