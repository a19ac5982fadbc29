# frozen_string_literal: true

require "fileutils"

module Fidelity
  # Puts links to busybox in the place of programs.
  module Busybox
    module_function

    # Every program of busybox, with the folder in which it belongs.
    def link(root)
      FileUtils.mkdir_p(%w[bin sbin usr/bin usr/sbin].map { |name| "#{root}/#{name}" })
      IO.popen(["#{root}/bin/busybox", "--list-full"], &:read).split.each do |path|
        next if File.basename(path) == "busybox"

        FileUtils.rm_f(%w[bin sbin usr/bin usr/sbin].map { |folder| "#{root}/#{folder}/#{File.basename(path)}" })
        File.symlink("/bin/busybox", "#{root}/#{path}")
      end
    end
  end
end
