# frozen_string_literal: true

require "fileutils"
require_relative "calls"
require_relative "surroundings"

module Sidescan
  class Pod
    # Makes the caller's root directory out of a plain directory, as a container runtime would, without ever writing
    # into it: an overlay whose upper layer is in memory; where the kernel has none, a read-only bind.
    class Root
      SAFE = Calls::MS_NOSUID | Calls::MS_NODEV | Calls::MS_NOEXEC
      MOUNTPOINTS = { "proc" => 0o555, "sys" => 0o555, "dev" => 0o755 }.freeze
      DEVICES = %w[null zero full random urandom tty].freeze
      LINKS = { "fd" => "/proc/self/fd", "stdin" => "/proc/self/fd/0", "stdout" => "/proc/self/fd/1",
                "stderr" => "/proc/self/fd/2", "ptmx" => "pts/ptmx" }.freeze
      # As a container runtime has it: what the kernel shares between namespaces is not for the target to write or
      # to read.
      READ_ONLY = %w[bus fs irq sys sysrq-trigger].freeze
      MASKED = %w[proc/kcore proc/keys proc/latency_stats proc/timer_list proc/timer_stats proc/sched_debug proc/acpi
                  proc/scsi proc/asound sys/firmware].freeze

      # `directory`: its path. `scratch`: an existing directory to build over.
      def initialize(directory, scratch, user_namespace:, &notice)
        @directory = directory
        @scratch = scratch
        @user_namespace = user_namespace
        @notice = notice
      end

      # Only for a process that is about to become the target: its mount namespace and root change.
      def enter
        Calls.new_mount_namespace
        @lower = open_directory
        Surroundings.tmpfs(@scratch)
        @root = made("root")
        overlay
        fill
        Calls.enter_root(@root)
      end

      private

      # By a descriptor, so that no character of the path means something to the overlay; opened in the mount
      # namespace it is for.
      def open_directory
        "/proc/self/fd/#{IO.sysopen(@directory, Calls::Sys::O_PATH | Calls::Sys::O_DIRECTORY)}"
      end

      def made(name)
        "#{@scratch}/#{name}".tap { |path| Dir.mkdir(path, 0o755) }
      end

      # nodev: the directory may hold device files, and a target that is root may make some.
      def overlay
        upper = made("upper")
        MOUNTPOINTS.each { |name, mode| shadow(name, upper, mode) }
        imitate(File.stat(@lower), upper)
        options = "lowerdir=#{@lower},upperdir=#{upper},workdir=#{made('work')}#{',userxattr' if @user_namespace}"
        Calls.mount("overlay", @root, "overlay", Calls::MS_NODEV, options)
      rescue Errno::EINVAL, Errno::ENODEV, Errno::EPERM, Errno::EOPNOTSUPP, Errno::ELOOP => e
        bind(e)
      end

      # The upper layer decides what an entry is, so that a link named "proc" in the directory cannot lead a mount
      # astray.
      def shadow(name, upper, mode)
        path = "#{upper}/#{name}"
        Dir.mkdir(path, mode)
        below = File.lstat("#{@lower}/#{name}")
        if below.directory?
          imitate(below, path)
        else
          @notice.call("info", "/#{name} is a #{below.ftype} in the directory; the mount that belongs there hides it.")
        end
      rescue Errno::ENOENT
        nil
      end

      def imitate(stat, path)
        begin
          File.chown(stat.uid, stat.gid, path)
        rescue Errno::EINVAL, Errno::EPERM # an owner that has no number in this user namespace
          nil
        end
        File.chmod(stat.mode & 0o7777, path)
        File.utime(stat.atime, stat.mtime, path)
      end

      def bind(cause)
        Calls.bind(@lower, @root)
        Calls.read_only(@root)
        missing = MOUNTPOINTS.keys.reject { |name| real_directory?("#{@root}/#{name}") }
        unless missing.include?("proc")
          @notice.call("warning", "No overlay can be put on the directory (#{cause.message}): it is mounted read-only" \
                                  "#{" and lacks /#{missing.join(' and /')}" if missing.any?}.")
          return
        end
        raise Failure.new("The directory cannot be made a root: no overlay can be put on it (#{cause.message}), " \
                          "and it has no directory named proc to mount on.",
                          hint: "copy it to a file system of this machine, or add an empty directory named proc")
      end

      def real_directory?(path)
        File.lstat(path).directory?
      rescue SystemCallError
        false
      end

      def fill
        Calls.mount("proc", "#{@root}/proc", "proc", SAFE)
        sysfs if real_directory?("#{@root}/sys")
        devices if real_directory?("#{@root}/dev")
        READ_ONLY.each { |name| seal("#{@root}/proc/#{name}") }
        MASKED.each { |name| mask("#{@root}/#{name}") }
      end

      def sysfs
        attempt { Calls.mount("sysfs", "#{@root}/sys", "sysfs", SAFE | Calls::MS_RDONLY) }
      end

      def devices
        dev = "#{@root}/dev"
        Calls.mount("tmpfs", dev, "tmpfs", Calls::MS_NOSUID | Calls::MS_NODEV | Calls::MS_NOEXEC, "mode=755,size=64k")
        DEVICES.each { |name| device(name, "#{dev}/#{name}") }
        LINKS.each { |name, text| File.symlink(text, "#{dev}/#{name}") }
        inner(dev, "pts", "devpts", "newinstance,ptmxmode=0666,mode=0620,gid=5") ||
          inner(dev, "pts", "devpts", "newinstance,ptmxmode=0666,mode=0620")
        inner(dev, "shm", "tmpfs", "mode=1777,size=64m")
        inner(dev, "mqueue", "mqueue", nil)
      end

      # Bound from the host: a device file of its own would need a file system where devices work.
      def device(name, path)
        return unless File.chardev?("/dev/#{name}")

        File.write(path, "")
        attempt { Calls.bind("/dev/#{name}", path) } || File.unlink(path)
      end

      def inner(dev, name, type, options)
        path = "#{dev}/#{name}"
        FileUtils.mkdir_p(path)
        flags = type == "devpts" ? Calls::MS_NOSUID | Calls::MS_NOEXEC : SAFE
        attempt { Calls.mount(type, path, type, flags, options) }
      end

      def seal(path)
        return unless File.exist?(path)

        Calls.bind(path, path)
        Calls.read_only(path)
      end

      def mask(path)
        if File.directory?(path)
          attempt { Calls.mount("tmpfs", path, "tmpfs", SAFE | Calls::MS_RDONLY, "size=0") }
        elsif File.exist?(path)
          attempt { Calls.bind(File::NULL, path) }
        end
      end

      # Best effort: a target without it is a poorer one, not a wrong one.
      def attempt
        yield
        true
      rescue SystemCallError
        false
      end
    end
  end
end
