# frozen_string_literal: true

require "fileutils"

module Fidelity
  # Makes an rpm-based root out of the Debian one: packages of its own, built and installed by the real rpm, and the marks
  # by which auditors know the family. dpkg and its database go.
  module Rpm
    DBPATH = "/var/lib/rpm"
    # name, version-release, and what else the header says; several of one name, an epoch, no vendor, another architecture, texts that
    # look like fields
    PACKAGES = [
      ["bash", "5.1.8", "9.el9", {}],
      ["openssl-libs", "3.0.7", "27.el9", { "Epoch" => "1" }],
      ["kernel-core", "5.14.0", "427.el9", {}],
      ["kernel-core", "5.14.0", "503.el9", {}],
      ["tzdata", "2024a", "1.el9", { "BuildArch" => "noarch" }],
      ["glibc", "2.34", "100.el9_4.2", { "Vendor" => "Example, Inc." }],
      ["python3-pip-wheel", "21.3.1", "1.el9", { "URL" => "https://example.org/pip", "Group" => "Development: Libraries" }],
      ["odd+name.x_y", "1.0~rc1^git1", "1", { "Summary" => "Version : 9.9, or so it says" }]
    ].freeze
    TEXT = "Name : trap\nVersion     : 0.0\nRelease : x\n\nLast: line"

    module_function

    def convert(root)
      remove_dpkg(root)
      FileUtils.ln_sf("bash", "#{root}/usr/bin/sh")
      FileUtils.mkdir_p(["#{root}/etc/rpm", "#{root}#{DBPATH}", "#{root}/tmp/rpms"])
      File.write("#{root}/etc/rpm/macros", "%_dbpath #{DBPATH}\n%_db_backend sqlite\n")
      specs = PACKAGES.each_with_index.map { |package, index| "/tmp/rpms/#{index}.spec".tap { |path| File.write("#{root}#{path}", spec(*package)) } }
      inside(root, "rpmbuild", "-bb", "--quiet", "--define", "_rpmdir /tmp/rpms", "--define", "_topdir /tmp/rpms",
             "--define", "_buildhost build.example.org", "--define", "use_source_date_epoch_as_buildtime 1", *specs)
      inside(root, "rpm", "--initdb")
      built = Dir.glob("#{root}/tmp/rpms/*/*.rpm").map { |path| path.delete_prefix(root) }.sort
      inside(root, "rpm", "-i", "--justdb", "--nodeps", "--noscripts", "--force", *built)
      FileUtils.rm_rf("#{root}/tmp/rpms")
    end

    def spec(name, version, release, more)
      fields = { "Name" => name, "Version" => version, "Release" => release, "Summary" => "Of #{name}", "License" => "MIT",
                 "Packager" => "Nobody <n@example.org>" }.merge(more)
      "%undefine _debuginfo_packages\n%global debug_package %{nil}\n#{fields.map { |key, value| "#{key}: #{value}" }.join("\n")}\n\n" \
        "%description\n#{TEXT}\n\n%files\n"
    end

    # rpm wants /dev/null and /proc.
    def inside(root, *words)
      log = "#{root}.rpm.log"
      script = 'mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot "$0" "$@"'
      environ = { "PATH" => "/usr/sbin:/usr/bin:/sbin:/bin", "HOME" => "/root", "SOURCE_DATE_EPOCH" => "1700000000" }
      system(environ, "unshare", "--mount", "--pid", "--fork", "--propagation", "private", "sh", "-c", script, root, *words,
             unsetenv_others: true, in: File::NULL, out: log, err: log) or raise "#{words.first} failed:\n#{File.read(log)}"
    end

    def remove_dpkg(root)
      FileUtils.rm_rf(%w[var/lib/dpkg var/lib/apt var/cache etc/apt etc/dpkg etc/debian_version].map { |name| "#{root}/#{name}" })
      FileUtils.rm_f(Dir.glob("#{root}/usr/bin/{dpkg,apt}*") + ["#{root}/usr/bin/lsb_release", "#{root}/etc/lsb-release"])
    end
  end
end
