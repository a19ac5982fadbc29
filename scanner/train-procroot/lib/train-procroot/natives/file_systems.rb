# frozen_string_literal: true

require_relative "probe"
require_relative "mounts"
require_relative "../errors"
require_relative "../sys"

module TrainProcroot
  module Natives
    # filesystem: `df PATH -PT`, from the file system that holds the path and the target's mount table.
    class FileSystems < Probe
      asked_by "filesystem"

      Sizes = Struct.new(:block_size, :blocks, :free, :available)

      HEADER = "Filesystem Type 1024-blocks Used Available Capacity Mounted on\n"

      def answer(command, _asker)
        df(Regexp.last_match[:path]) if command =~ /\Adf (?<path>.+) -PT\z/m
      end

      private

      def df(path)
        mounts = Mounts.all(target)
        # A mounted device stands for what is mounted from it.
        device = mounts.reverse.find { |mount| mount.source == path }
        sizes, mount_id = root.at(device ? device.point : path) { |fd, _stat| [sizes_of(fd), mount_id(fd)] }
        return Answer.failed(1, "df: #{path}: No such file or directory\n") if sizes.nil?

        mount = device || mounts.find { |candidate| candidate.id == mount_id }
        # A target that was only chrooted does not see the mount that its root is on.
        raise CouldNotLook, "no mount that the target sees holds #{path}" if mount.nil?

        Answer.ok("#{HEADER}#{[mount.source, mount.type, *columns(sizes), mount.point].join(' ')}\n")
      end

      # As df: every number of blocks is rounded up, and the share is of what users other than root can have.
      def columns(sizes)
        used = sizes.blocks - sizes.free
        usable = used + sizes.available
        share = usable.zero? ? "-" : "#{((used * 100) + usable - 1) / usable}%"
        [sizes.blocks, used, sizes.available].map { |blocks| ((blocks * sizes.block_size) + 1023) / 1024 } << share
      end

      # From struct statfs.
      def sizes_of(fd)
        buffer = "\0".b * 256
        Sys.call(:fstatfs, fd, Sys.pointer(buffer))
        _type, size, blocks, free, available, _files, _free_files, _id, _name, fragment = buffer.unpack("Q10")
        Sizes.new(fragment.zero? ? size : fragment, blocks, free, available)
      end

      def mount_id(fd)
        ::File.read("/proc/self/fdinfo/#{fd}")[/^mnt_id:\s*(\d+)/, 1].to_i
      end
    end
  end
end
