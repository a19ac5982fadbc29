# frozen_string_literal: true

require_relative "../shell_words"
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

        Answer.failed(1, ShellWords.not_found("timedatectl") { |path| root.exist?(path) })
      end
    end
  end
end
