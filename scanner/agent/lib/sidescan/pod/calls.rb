# frozen_string_literal: true

require_relative "../../../../train-procroot/lib/train-procroot/sys"

module Sidescan
  class Pod
    # The system calls that a pod is built with and that Ruby has no method for. Everything raises Errno::X.
    module Calls
      Sys = TrainProcroot::Sys
      X86_64 = { pivot_root: 155, mount: 165, umount2: 166, sethostname: 170, unshare: 272, memfd_create: 319,
                 mount_setattr: 442 }.freeze
      AARCH64 = { pivot_root: 41, mount: 40, umount2: 39, sethostname: 161, unshare: 97, memfd_create: 279,
                  mount_setattr: 442 }.freeze
      NUMBERS = RUBY_PLATFORM.match?(/aarch64|arm64/) ? AARCH64 : X86_64

      MS_RDONLY = 1
      MS_NOSUID = 2
      MS_NODEV = 4
      MS_NOEXEC = 8
      MS_BIND = 4096
      MNT_DETACH = 2
      CLONE_NEWNS = 0x20000
      MOUNT_ATTR_RDONLY = 1
      MFD_CLOEXEC = 1
      MFD_EXEC = 16
      PR_CAPBSET_DROP = 24
      PR_CAP_AMBIENT = 47
      PR_CAP_AMBIENT_CLEAR_ALL = 4
      CAPABILITY_VERSION_3 = 0x20080522

      module_function

      def mount(source, target, type, flags = 0, options = nil)
        call(:mount, source, target, type, flags, options || 0)
      end

      def bind(source, target)
        mount(source, target, "none", MS_BIND)
      end

      # Takes the right to write from one mount and leaves its other flags alone, which a remount would have to
      # repeat.
      def read_only(path)
        attributes = [MOUNT_ATTR_RDONLY, 0, 0, 0].pack("Q4")
        call(:mount_setattr, Sys::AT_FDCWD, path, 0, Sys.pointer(attributes), attributes.bytesize)
      end

      # Makes the directory at `path`, a mount point, the root of this mount namespace, and lets go of the old one.
      def enter_root(path)
        Dir.chdir(path)
        call(:pivot_root, ".", ".")
        call(:umount2, ".", MNT_DETACH)
        Dir.chdir("/")
      end

      def new_mount_namespace
        call(:unshare, CLONE_NEWNS)
      end

      def sethostname(name)
        call(:sethostname, name, name.bytesize)
      end

      def memfd(name)
        call(:memfd_create, name, MFD_CLOEXEC | MFD_EXEC)
      rescue Errno::EINVAL # a kernel before 6.3 does not know MFD_EXEC
        call(:memfd_create, name, MFD_CLOEXEC)
      end

      # Keeps only `mask` in the bounding set, and nothing in the ambient one.
      def bound_capabilities(mask)
        Sys.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
        (0..63).each do |capability|
          Sys.prctl(PR_CAPBSET_DROP, capability) if mask[capability].zero?
        rescue Errno::EINVAL # beyond the last one that this kernel knows
          break
        end
      end

      # Effective and permitted become `mask`, inheritable empty.
      def capabilities=(mask)
        header = [CAPABILITY_VERSION_3, 0].pack("Ll")
        sets = [mask, mask >> 32].flat_map { |half| [half & 0xffffffff, half & 0xffffffff, 0] }.pack("L6")
        Sys.call(:capset, Sys.pointer(header), Sys.pointer(sets))
      end
      module_function :capabilities=

      # Kernel#syscall takes no text with NUL in it, which no path has, and none that is frozen.
      def call(name, *arguments)
        Kernel.syscall(NUMBERS.fetch(name), *arguments.map { |value| value.is_a?(String) ? +value : value })
      rescue SystemCallError => e
        raise e.class, [name, *arguments.grep(String)].join(" ")
      end
    end
  end
end
