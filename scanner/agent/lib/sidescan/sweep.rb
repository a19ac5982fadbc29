# frozen_string_literal: true

require "fileutils"

module Sidescan
  # Removes what a caller left when it was killed and could not. Also a program: it waits until its standard input
  # ends, whose other end the caller holds, and removes the directories that are its arguments.
  module Sweep
    TRIES = 50

    module_function

    # What still runs may write meanwhile, so it looks again.
    def call(paths)
      TRIES.times do
        FileUtils.rm_rf(paths)
        break if paths.none? { |path| File.exist?(path) }

        sleep 0.1
      end
    end
  end
end

if $PROGRAM_NAME == __FILE__
  %w[INT TERM HUP].each { |signal| trap(signal, "IGNORE") }
  $stdin.read
  Sidescan::Sweep.call(ARGV)
end
