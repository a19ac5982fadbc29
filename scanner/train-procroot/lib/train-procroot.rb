# frozen_string_literal: true

# A Train transport that looks at a process's root file system from beside it, through /proc/PID/root.
require_relative "train-procroot/version"
require_relative "train-procroot/transport"
