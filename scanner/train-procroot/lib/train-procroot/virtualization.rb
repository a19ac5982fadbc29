# frozen_string_literal: true

module TrainProcroot
  # What InSpec's `virtualization` resource is told. Profiles for containers ask whether it says "docker"; what a
  # sidecar sees of the runtime depends on the machine. So the answer is chosen (option virtualization), by showing
  # that one resource the files from which it concludes; a control that asks for the same files gets the truth.
  module Virtualization
    # The files that lead the resource to each name (inspec/resources/virtualization.rb). Others are absent for it.
    FILES = {
      "docker" => { "/.dockerenv" => "" },
      "podman" => { "/proc/self/cgroup" => "0::/\n", "/proc/1/environ" => "container=podman\0" },
      "lxc" => { "/proc/self/cgroup" => "1:name=systemd:/lxc/target\n" },
      "kubepods" => { "/proc/self/cgroup" => "1:name=systemd:/kubepods/target\n" },
      "lxd" => { "/dev/lxd/sock" => "" },
      "xen" => { "/proc/xen/capabilities" => "" },
      "vbox" => { "/proc/modules" => "vboxguest 1 0 - Live 0x0\n" },
      "linux-vserver" => { "/proc/self/status" => "VxID: 1\n" },
      "kvm" => { "/proc/cpuinfo" => "flags : hypervisor\n", "/sys/devices/virtual/misc/kvm" => "" },
      "openvz" => { "/proc/vz" => "" },
      "parallels" => { "/proc/bus/pci/devices" => "1ab84000\n" },
      "vmware" => { "/sys/devices/virtual/dmi/id/product_name" => "VMware\n" },
      "hyper-v" => { "/sys/devices/virtual/dmi/id/product_name" => "Virtual Machine\n" },
      "none" => {}
    }.freeze
    NATIVE = "native"
    NAMES = [*FILES.keys, NATIVE].freeze
    RESOURCE = "virtualization"

    # Every path that the resource asks for.
    PATHS = (FILES.values.flat_map(&:keys) + %w[/.dockerinit /proc/bc/0 /var/lib/lxd/devlxd]).uniq.freeze

    # What the resource needs of a file.
    ShownFile = Struct.new(:path, :text) do
      def exist? = !text.nil?
      def content = text&.dup
    end

    # The file to show, nil when the resource is to see the target's own.
    def self.file(path, name)
      ShownFile.new(path, FILES.fetch(name)[path]) unless name == NATIVE
    end
  end
end
