# frozen_string_literal: true

module TrainProcroot
  # What a command answered. `how` is :native, :target or :supplied; `denied` says why the answer is no evidence;
  # `absent` names the program that the target does not have, where that is the answer.
  Answer = Struct.new(:stdout, :stderr, :exit_status, :how, :denied, :absent) do
    def self.ok(stdout) = new(stdout, "", 0, :native)

    def self.failed(exit_status = 1, stderr = "") = new("", stderr, exit_status, :native)
  end
end
