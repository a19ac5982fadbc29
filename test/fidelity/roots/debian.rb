# frozen_string_literal: true

require "fileutils"

module Fidelity
  # The root file system that all others are made from: a Debian with everything that an auditor inside may want to run.
  # mmdebstrap makes it out of this machine's package sources, with this machine's Node and npm put in.
  module Debian
    PACKAGES = %w[
      acl apt binutils bsdextrautils busybox-static cron e2fsprogs file gawk iproute2 iptables iputils-ping kmod lsb-release mount
      net-tools netbase netcat-openbsd openssl passwd procps python3-pip rpm ruby-rubygems ruby3.1 tzdata util-linux-extra
    ].freeze
    LEFT_OUT = %w[man doc locale info].map { |name| "--dpkgopt=path-exclude=/usr/share/#{name}/*" }.freeze

    module_function

    def build(root)
      suite = File.read("/etc/os-release")[/^VERSION_CODENAME=(\w+)$/, 1]
      log = "#{root}.log"
      command = ["mmdebstrap", "--mode=root", "--variant=essential", "--include=#{PACKAGES.join(',')}", *LEFT_OUT, suite, root]
      system(*command, in: File::NULL, out: log, err: log) or
        raise "mmdebstrap made no root, or is not installed (apt-get install mmdebstrap):\n#{File.read(log) if File.exist?(log)}"
      # What the machine lent to the build, and what only the build left.
      %w[etc/resolv.conf etc/hostname etc/machine-id].each { |name| FileUtils.rm_f("#{root}/#{name}") }
      put_npm(root)
    end

    # npm runs this suite, so there is one; Debian's own has hundreds of packages.
    def put_npm(root)
      node = ENV.fetch("FIDELITY_NODE")
      npm = File.expand_path("../..", File.realpath(ENV.fetch("FIDELITY_NPM")))
      FileUtils.mkdir_p("#{root}/usr/local/lib/node_modules")
      FileUtils.cp(node, "#{root}/usr/local/bin/node")
      FileUtils.chmod(0o755, "#{root}/usr/local/bin/node")
      system("cp", "-rL", npm, "#{root}/usr/local/lib/node_modules/npm", exception: true)
      File.symlink("../lib/node_modules/npm/bin/npm-cli.js", "#{root}/usr/local/bin/npm")
    end
  end
end
