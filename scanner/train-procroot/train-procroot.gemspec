# frozen_string_literal: true

require_relative "lib/train-procroot/version"

Gem::Specification.new do |spec|
  spec.name = "train-procroot"
  spec.version = TrainProcroot::VERSION
  spec.authors = ["The sidescan authors"]
  spec.summary = "Train transport for the root file system of a running process, without a shell or tools in it."
  spec.description = "Lets InSpec or CINC Auditor audit a container, a distroless one too, from beside it through " \
                     "/proc/PID/root: files and the resources' own questions are answered natively."
  spec.license = "Apache-2.0"
  spec.required_ruby_version = ">= 3.1"
  spec.files = Dir["lib/**/*.rb", "README.md"]
  spec.require_paths = ["lib"]
  spec.metadata["rubygems_mfa_required"] = "true"

  spec.add_dependency "train-core", "~> 3.10"
end
