# frozen_string_literal: true

require_relative "probe"
require_relative "text"

module TrainProcroot
  module Natives
    # os_env: `env`, from the environment of the target's main process. Natively run `env` also prints what its own
    # shell adds (_, PWD, SHLVL); those are no variables of the target, so they are absent here.
    class Environment < Probe
      asked_by "os_env"

      def answer(command, _asker)
        return unless command == "env"

        Answer.ok(target.environ.map { |name, value| "#{Text.clean(name)}=#{Text.clean(value)}\n" }.join)
      end
    end
  end
end
