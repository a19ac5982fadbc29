# frozen_string_literal: true

require_relative "probe"
require_relative "existence"

module TrainProcroot
  module Natives
    # timezone on a target without timedatectl, and without the systemd that it would ask.
    class TimeZone < Probe
      asked_by "timezone"

      def answer(command, _asker)
        return unless command == "timedatectl status | grep -i 'Time zone'" && !root.exist?("/run/systemd/system")
        return if Existence.new(context).find("timedatectl")

        Answer.failed(1, "System has not been booted with systemd as init system (PID 1). Can't operate.\n" \
                         "Failed to connect to bus: Host is down\n")
      end
    end
  end
end
