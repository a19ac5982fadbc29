# frozen_string_literal: true

require "json"
require "rbconfig"
require_relative "sys"
require_relative "target"

module TrainProcroot
  # The directory of supplied tools (scanner/tools/build.rb), open under the one descriptor number that is built into
  # them, and beside it the target's mount table.
  class SuppliedTools
    DESCRIPTOR = 197
    MOUNTINFO = 198
    BIN = "/proc/self/fd/#{DESCRIPTOR}/bin/".freeze
    # Comes before BIN in a target of Debian's kin.
    DEBIAN = "/proc/self/fd/#{DESCRIPTOR}/debian/".freeze
    OPEN_TREE_CLONE = 1
    # MOUNT_ATTR_RDONLY | NOSUID | NODEV
    HARMLESS = 7

    # programs: names by directory. missing: why there are none, or nil. detached: the descriptor leads nowhere but into
    # the tools.
    attr_reader :programs, :missing, :detached, :descriptors

    # holder: [pid, start] of a process in whose root the directory is; nil for the scanner's own.
    def self.open(directory, pid, holder = nil) = new.tap { |tools| tools.send(:open, directory, pid, holder) }

    private

    def open(directory, pid, holder)
      @descriptors = []
      @programs = { BIN => [], DEBIAN => [] }
      return @missing = "there are no supplied tools to run it with" if directory.to_s.empty?

      fd = holder ? held(directory, holder) : detached_tree(directory) || plain(directory)
      manifest = JSON.parse(::File.read("/proc/self/fd/#{fd}/manifest.json"))
      return @missing = "the supplied tools are for another machine" if manifest["arch"] != RbConfig::CONFIG["host_cpu"]
      if manifest["descriptor"] != DESCRIPTOR || !manifest["debian"]
        return @missing = "the supplied tools are of another version"
      end

      @programs = { BIN => manifest["programs"], DEBIAN => manifest["debian"] }
      place(fd, DESCRIPTOR)
      place_mount_table(pid)
    rescue SystemCallError, JSON::ParserError, CouldNotLook => e
      @missing = "the supplied tools in #{directory} cannot be used (#{e.message})"
    end

    # In a container that holds nothing else, since what a command inherits may be followed by its user.
    def held(directory, holder)
      Sys.openat2(Target.new(pid: holder[0], start: holder[1]).root_fd, directory, Sys::O_PATH | Sys::O_DIRECTORY)
    end

    # A copy of the mount whose root is the tools' directory: ".." ends there. Needs SYS_ADMIN; otherwise Landlock
    # closes that way.
    def detached_tree(directory)
      fd = Sys.call(:open_tree, Sys::AT_FDCWD, Sys.pointer(directory), OPEN_TREE_CLONE | Sys::O_CLOEXEC)
      attributes = [HARMLESS, 0, 0, 0].pack("Q4")
      Sys.call(:mount_setattr, fd, Sys.pointer(""), Sys::AT_EMPTY_PATH, Sys.pointer(attributes), attributes.bytesize)
      @detached = true
      fd
    rescue SystemCallError
      nil
    end

    def plain(directory)
      Sys.call(:openat, Sys::AT_FDCWD, Sys.pointer(directory), Sys::O_PATH | Sys::O_DIRECTORY | Sys::O_CLOEXEC, 0)
    end

    def place_mount_table(pid)
      place(Sys.call(:openat, Sys::AT_FDCWD, Sys.pointer("/proc/#{pid}/mountinfo"), Sys::O_CLOEXEC, 0), MOUNTINFO)
    rescue SystemCallError
      nil # df and findmnt then say that they have no table, which is noticed
    end

    # Without close-on-exec: the number is for what is started.
    def place(fd, number)
      Sys.call(:dup3, fd, number, 0)
      Sys.close(fd)
      @descriptors << number
    end
  end
end
