# frozen_string_literal: true

require "train"
require_relative "connection"

module TrainProcroot
  # `procroot://PID?start=N`: audits the root of a process from beside it. Options come as query values.
  class Transport < Train.plugin(1)
    name "procroot"

    # The pid of the target's main process, as the scanner counts.
    option :host, required: true
    # Its start time (field 22 of /proc/PID/stat); a pid that was used again is refused.
    option :start, default: nil
    # Directory of the supplied shell and GNU tools, and PID:START of a process in whose root it is, if not in our own.
    option :tools, default: nil
    option :tools_holder, default: nil
    # NAME=value that was put into the target's environment to find it by, and that no answer shows.
    option :marker, default: nil
    # read-only (kept from writing by the kernel), any, or none (only what is natively answered).
    option :commands, default: "read-only"
    # Seconds.
    option :command_timeout, default: 60
    # What the virtualization resource says; "native" for what it would find.
    option :virtualization, default: "docker"
    # "hidden" where a user namespace shows all owners as one.
    option :ownership, default: "visible"

    def connection(_ = nil)
      @connection ||= Connection.new(@options)
    end
  end
end
