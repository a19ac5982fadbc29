# frozen_string_literal: true

require "etc"

module TrainProcroot
  module Natives
    # What Train asks to find out which system it is on. A target without `uname` or a shell has an answer too.
    module Platform
      DEBIAN_VERSION = "/etc/debian_version"
      UNAME = { "s" => :sysname, "m" => :machine, "r" => :release }.freeze

      class << self
        def answer(command, asker, context)
          return unless asker == :platform

          case command
          when /\Auname -([smr])\z/ then Answer.ok("#{Etc.uname.fetch(UNAME.fetch(Regexp.last_match(1)))}\n")
          when /\Atest -f (\S+)\z/ then file?(Regexp.last_match(1), context) ? Answer.ok("") : Answer.failed
          when /\Atest -f (\S+) && cat \1\z/ then content(Regexp.last_match(1), context)
          else Answer.failed(127, "not asked of a Linux system\n") # of Windows, Cisco, Brocade ...
          end
        end

        private

        def file?(path, context)
          context.root.file?(path) || (path == DEBIAN_VERSION && !distroless_release(context.root).nil?)
        end

        def content(path, context)
          text = context.root.read(path) || (distroless_release(context.root) if path == DEBIAN_VERSION)
          text ? Answer.ok(text.force_encoding(Encoding::UTF_8).scrub) : Answer.failed
        end

        # An image made of single Debian packages may lack base-files' debian_version: then what os-release says is
        # taken.
        def distroless_release(root)
          return unless root.directory?("/var/lib/dpkg/status.d")

          release = root.read("/etc/os-release") || root.read("/usr/lib/os-release") || ""
          ids = release.scan(/^ID(?:_LIKE)?=["']?([^"'\n]*)/).join(" ").split
          return unless ids.include?("debian")

          version = release[/^VERSION_ID=["']?([^"'\n]*)/, 1] || "unknown"
          "#{version}\n"
        end
      end
    end
  end
end
