# frozen_string_literal: true

require "socket"
require_relative "calls"

module Sidescan
  class Pod
    # What the agent and the target share: the pod's own /proc, its network, its name, and scratch space that dies
    # with it.
    module Surroundings
      HOSTNAME = "sidescan"
      # Directories that exist everywhere and that nobody needs during a scan; the scratch space is mounted over the
      # first that holds nothing of this scan. So there is no temporary directory that could be left behind,
      # whatever happens to the caller.
      PLACES = %w[/dev/shm /mnt /media /srv /run /var/tmp].freeze
      SCRATCH_SIZE = "1g"
      SIOCSIFFLAGS = 0x8914
      IFF_UP = 1

      module_function

      # The scratch directory.
      def prepare(needed)
        Calls.mount("proc", "/proc", "proc", Calls::MS_NOSUID | Calls::MS_NODEV | Calls::MS_NOEXEC)
        Calls.sethostname(HOSTNAME)
        loopback_up
        place(needed).tap { |scratch| tmpfs(scratch) }
      end

      def tmpfs(path)
        Calls.mount("tmpfs", path, "tmpfs", Calls::MS_NOSUID | Calls::MS_NODEV, "mode=755,size=#{SCRATCH_SIZE}")
      end

      def place(needed)
        needed = needed.filter_map { |path| File.realpath(path) if File.exist?(path) }
        PLACES.find { |place| free?(place, needed) } or
          raise Failure.new("No place for scratch space: #{PLACES.join(', ')} are missing or hold files of this scan.",
                            hint: "keep profiles and the directory in another place")
      end

      def free?(place, needed)
        File.lstat(place).directory? && needed.none? { |path| path == place || path.start_with?("#{place}/") }
      rescue SystemCallError
        false
      end

      # A target that listens on localhost needs it; one that does not is audited all the same.
      def loopback_up
        socket = Socket.new(:INET, :DGRAM)
        socket.ioctl(SIOCSIFFLAGS, ["lo", IFF_UP].pack("a16sx22"))
      rescue SystemCallError
        nil
      ensure
        socket&.close
      end
    end
  end
end
