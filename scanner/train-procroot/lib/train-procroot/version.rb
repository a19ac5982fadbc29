# frozen_string_literal: true

module TrainProcroot
  VERSION = "0.1.0"
end
