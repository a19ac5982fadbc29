# frozen_string_literal: true

require_relative "probe"
require_relative "existence"

module TrainProcroot
  module Natives
    # service on a target that systemd does not run: there is no systemctl, and systemd never made its directory under
    # /run. No service is installed or running there, which is what a missing systemctl tells the resource natively.
    class Services < Probe
      asked_by "service", "systemd_service"

      def answer(command, _asker)
        program = command[%r{\A((?:/\S+/)?systemctl) (?:show|is-active|is-enabled|--version)\b}, 1] or return
        return if Existence.new(context).find(program) || root.exist?("/run/systemd/system")

        Answer.failed(127, "sh: 1: #{program}: not found\n")
      end
    end
  end
end
