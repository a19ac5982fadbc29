# frozen_string_literal: true

require_relative "../errors"
require_relative "../sys"

module TrainProcroot
  module Natives
    # What the kernel would say to a user, reckoned from owners, modes, access control lists and the user's groups and
    # capabilities: for a scanner that may not become another user and ask. Security modules are not reckoned with.
    class AccessRules
      MOST_LINKS = 40
      READ = 4
      WRITE = 2
      EXECUTE = 1
      OVERRIDE = 1 << 1 # CAP_DAC_OVERRIDE
      READ_SEARCH = 1 << 2 # CAP_DAC_READ_SEARCH
      # Tags of an access control list.
      USER = 2
      OWN_GROUP = 4
      GROUP = 8
      MASK = 16
      READ_ONLY = 1 # ST_RDONLY

      # ids as the scanner counts them; capabilities as an Integer.
      def initialize(root, uid:, groups:, capabilities:)
        @root = root
        @uid = uid
        @groups = groups
        @capabilities = capabilities
      end

      # mode: a sum of READ, WRITE and EXECUTE, for the object that the path leads to.
      def allowed?(path, mode)
        todo = path.b.split("/").reject(&:empty?)
        done = []
        links = 0
        until todo.empty?
          return false unless permitted?(absolute(done), EXECUTE)

          link = step(done, todo.shift)
          next unless link

          return false if (links += 1) > MOST_LINKS

          done.clear if link.start_with?("/")
          todo.unshift(*link.split("/").reject(&:empty?))
        end
        permitted?(absolute(done), mode) && !(mode.anybits?(WRITE) && read_only?(absolute(done)))
      end

      private

      def absolute(parts) = "/#{parts.join('/')}"

      # Adds one part to the path; gives the text of the link that stands there instead.
      def step(done, part)
        return if part == "."
        return done.pop && nil if part == ".."

        link = @root.readlink(absolute([*done, part]))
        done << part unless link
        link
      end

      def permitted?(path, mode)
        stat = @root.lstat(path) or return false

        by_owner?(path, stat, mode) || by_capability?(stat, mode)
      end

      def by_owner?(path, stat, mode)
        return (stat.mode >> 6).allbits?(mode) if stat.uid == @uid

        list = list(path)
        return by_list?(list, stat, mode) if list

        (@groups.include?(stat.gid) ? stat.mode >> 3 : stat.mode).allbits?(mode)
      end

      # [[tag, permissions, id]], nil where there is no list.
      def list(path)
        bytes = @root.xattr(path, "system.posix_acl_access", follow: false) or return
        raise CouldNotLook, "#{path} has an access control list of another version" unless bytes.unpack1("V") == 2

        bytes.byteslice(4..).unpack("vvV" * ((bytes.bytesize - 4) / 8)).each_slice(3).to_a
      end

      def by_list?(list, stat, mode)
        mask = list.find { |tag,| tag == MASK }&.fetch(1) || 7
        named = list.find { |tag, _, id| tag == USER && id == @uid }
        return (named[1] & mask).allbits?(mode) if named

        groups = list.select { |entry| of_own_groups?(entry, stat) }
        return stat.mode.allbits?(mode) if groups.empty?

        groups.any? { |_, permissions,| (permissions & mask).allbits?(mode) }
      end

      def of_own_groups?((tag, _, id), stat)
        case tag
        when OWN_GROUP then @groups.include?(stat.gid)
        when GROUP then @groups.include?(id)
        end
      end

      def by_capability?(stat, mode)
        if @capabilities.anybits?(OVERRIDE)
          mode.nobits?(EXECUTE) || stat.directory? || stat.mode.anybits?(0o111)
        else
          @capabilities.anybits?(READ_SEARCH) && mode.nobits?(stat.directory? ? WRITE : WRITE | EXECUTE)
        end
      end

      # The kernel refuses to write to files and directories there, but not to devices, pipes and sockets.
      def read_only?(path)
        @root.at(path, follow: false) do |fd, stat|
          next false unless stat.file? || stat.directory?

          buffer = "\0".b * 256
          Sys.call(:fstatfs, fd, Sys.pointer(buffer))
          buffer.unpack1("@80Q").anybits?(READ_ONLY)
        end
      end
    end
  end
end
