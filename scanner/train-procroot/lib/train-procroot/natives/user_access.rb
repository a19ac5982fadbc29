# frozen_string_literal: true

require_relative "../errors"
require_relative "../sys"
require_relative "access_rules"
require_relative "ids"

module TrainProcroot
  module Natives
    # May a user of the target read, write or execute a path? The kernel decides: a forked child becomes that user and
    # asks, so that directories on the way, access control lists and read-only mounts count. A scanner that may not
    # become another user reckons it instead (AccessRules).
    module UserAccess
      # Exit statuses of the child.
      YES = 0
      NO = 1
      # There is no right to become that user.
      REFUSED = 2
      DAC = AccessRules::OVERRIDE | AccessRules::READ_SEARCH

      class << self
        # mode: a sum of 4, 2 and 1 as in access(2); user (an Accounts::User) and its groups as the target counts them.
        def allowed?(root, path, mode, user, groups)
          target = root.target
          ids = [outside(user.uid, target.uid_map, "user"), outside(user.gid, target.gid_map, "group"),
                 groups.map { |group| outside(group, target.gid_map, "group") }]
          root_fd = target.root_fd
          child = fork { answer { allow!(root_fd, path, mode, ids, target.caps(:bounding)) } }
          _, status = Process.wait2(child)
          target.alive!
          return status.exitstatus == YES if [YES, NO].include?(status.exitstatus)
          return reckoned?(root, path, mode, ids) if status.exitstatus == REFUSED

          raise CouldNotLook, "what user #{user.uid} may do with #{path}: #{reason(status)}"
        end

        private

        def reckoned?(root, path, mode, ids)
          target = root.target
          raise CouldNotLook, "what others may do in the target's user namespace" if target.uid_map

          uid, gid, groups = ids
          # Root's capabilities are those that a root of the target could have.
          AccessRules.new(root, uid: uid, groups: [gid, *groups],
                                capabilities: uid.zero? ? target.caps(:bounding) : 0).allowed?(path, mode)
        end

        def outside(id, map, what)
          Ids.outside(id, map) or raise CouldNotLook, "#{what} #{id} does not exist in the target's user namespace"
        end

        def reason(status)
          number = status.exitstatus.to_i - 3
          number.positive? ? SystemCallError.new(nil, number).message : "the process sent to ask ended early"
        end

        # In the child: the outcome as an exit status, with an errno for what is neither yes nor no.
        def answer
          status = 255
          status = yield
        rescue Errno::EACCES, Errno::ENOENT, Errno::ENOTDIR, Errno::ELOOP, Errno::EROFS
          status = NO
        rescue SystemCallError => e
          status = [e.errno + 3, 254].min
        ensure
          exit!(status)
        end

        # Raises what the kernel says against it.
        def allow!(root_fd, path, mode, ids, capabilities)
          become(*ids, capabilities) or return REFUSED
          fd = Sys.openat2(root_fd, path, Sys::O_PATH)
          Sys.call(:faccessat2, fd, Sys.pointer(Sys::EMPTY), mode, Sys::AT_EMPTY_PATH)
          YES
        end

        # Becoming another user takes all capabilities away. Root keeps those that a root of the target could have.
        # Nil where there is no right to, or where this process's root is less than the target's.
        def become(uid, gid, groups, capabilities)
          return if uid.zero? && !own_capabilities.allbits?(capabilities & DAC)

          Process.groups = groups
          Process::Sys.setresgid(gid, gid, gid)
          Process::Sys.setresuid(uid, uid, uid)
          limit(capabilities) if uid.zero?
          true
        rescue Errno::EPERM
          nil
        end

        def own_capabilities = ::File.read("/proc/self/status")[/^CapEff:\s*(\h+)/, 1].to_i(16)

        def limit(capabilities)
          header = [0x20080522, 0].pack("LL")
          data = "\0".b * 24
          Sys.call(:capget, Sys.pointer(header), Sys.pointer(data))
          sets = data.unpack("L6").each_with_index.map do |set, index|
            if index % 3 == 2
              0
            else
              set & (capabilities >> (index < 3 ? 0 : 32))
            end
          end
          Sys.call(:capset, Sys.pointer(header), Sys.pointer([*sets].pack("L6")))
        end
      end
    end
  end
end
