# frozen_string_literal: true

require_relative "errors"
require_relative "sys"

module TrainProcroot
  # Where questions about /proc go. The kernel would resolve /proc/self to the process that asks, which is the scanner;
  # asked inside the target it means the target's main process, and so does /proc/1, be that process 1 or not.
  class ProcView
    # Links that the kernel resolves for whoever asks, and what they mean.
    OWN = %r{\A/+proc/+(?<name>self|thread-self|1|mounts|net)(?=/|\z)}n
    INSIDE = %r{\A/+proc(?=/|\z)}n

    # Device of the procfs in the target's root; nil where none is mounted.
    attr_reader :device

    def initialize(target)
      @target = target
      fd = Sys.openat2(target.root_fd, "/proc", Sys::O_PATH | Sys::O_DIRECTORY)
      @device = Sys.fstat(fd).device if Sys.filesystem_type(fd) == Sys::PROC_SUPER_MAGIC
    rescue SystemCallError
      @device = nil
    ensure
      Sys.close(fd) if fd
    end

    # [descriptor of a root directory, path in it] to open instead of `path`.
    # follow: false asks for the link itself where the last part is one.
    def locate(path, follow)
      match = OWN.match(path)
      return [@target.root_fd, path] unless match && (follow || match[:name] == "1" || match.post_match != "")

      rest = "#{inside_process(match[:name])}#{match.post_match}"
      return [@target.root_fd, "/proc/#{pid}#{rest}"] if pid

      [outside, rest.empty? ? "/" : rest]
    end

    # The text of /proc/self and its like, nil for any other path.
    def readlink(path)
      match = OWN.match(path)
      return nil unless @device && pid && match && match.post_match.empty?

      { "self" => pid.to_s, "thread-self" => "#{pid}/task/#{pid}", "mounts" => "self/mounts",
        "net" => "self/net" }[match[:name]]
    end

    def inside?(path) = path.match?(INSIDE)

    # The path inside the root that one of procfs' own links (exe, cwd, fd/3) leads to.
    def follow_magic(path, text)
      return "/" if path.match?(%r{\A/proc/\d+(/task/\d+)?/root\z}n)

      @target.path_inside(text) or
        raise CouldNotLook, "#{path} leads to #{text.inspect}, which is no path in the target"
    end

    private

    def inside_process(name)
      case name
      when "thread-self" then "/task/#{pid || @target.pid}"
      when "mounts", "net" then "/#{name}"
      end
    end

    # The main process's pid as the procfs in the target's root counts; nil where that procfs does not show it.
    def pid
      return @pid if defined?(@pid)

      @pid = @device && @target.namespace_pids.reverse.find { |candidate| start_of(candidate) == @target.start }
    end

    def start_of(candidate)
      fd = Sys.openat2(@target.root_fd, "/proc/#{candidate}/stat", Sys::O_PATH)
      ::File.binread("/proc/self/fd/#{fd}").rpartition(") ").last.split[19].to_i
    rescue SystemCallError
      nil
    ensure
      Sys.close(fd) if fd
    end

    # The main process's directory in the scanner's own procfs.
    def outside
      @outside ||= Sys.openat2(Sys::AT_FDCWD, "/proc/#{@target.pid}", Sys::O_PATH | Sys::O_DIRECTORY, 0)
    end
  end
end
