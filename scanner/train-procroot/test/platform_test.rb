# frozen_string_literal: true

require "open3"
require_relative "inspec_helper"

class PlatformTest < InspecTest
  it "finds Debian without a shell or uname in the target" do
    os = connect(target_dir { |made| made.write("/etc/debian_version", "12.5\n") }).os
    assert_equal ["debian", "12.5", "debian"], [os[:name], os[:release], os[:family]]
    assert_equal Etc.uname[:machine], os[:arch]
  end

  it "finds Debian in a distroless image, by its os-release and its package records" do
    dir = target_dir do |made|
      made.mkdir("/var/lib/dpkg/status.d")
      made.write("/usr/lib/os-release", "NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\n")
      made.symlink("../usr/lib/os-release", "/etc/os-release")
    end
    os = connect(dir).os
    assert_equal %w[debian 12 debian], [os[:name], os[:release], os[:family]]
  end

  # What the release files of real images say; nil for no file.
  SYSTEMS = {
    "debian" => [%w[debian debian 12.5], { "debian_version" => "12.5\n", "os-release" => <<~TEXT }],
      PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
      NAME="Debian GNU/Linux"
      VERSION_ID="12"
      ID=debian
    TEXT
    "ubuntu" => [%w[ubuntu debian 22.04],
                 { "debian_version" => "bookworm/sid\n", "os-release" => "NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n",
                   "lsb-release" => "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\nDISTRIB_CODENAME=jammy\n" }],
    "alpine" => [%w[alpine linux 3.19.1], { "alpine-release" => "3.19.1\n",
                                            "os-release" => "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.19.1\n" }],
    "wolfi" => [%w[wolfi chainguard 20230201], { "os-release" => <<~TEXT }],
      ID=wolfi
      NAME="Wolfi"
      PRETTY_NAME="Wolfi"
      VERSION_ID="20230201"
    TEXT
    "chainguard" => [%w[chainguard chainguard 20230214], { "os-release" => <<~TEXT }],
      ID=chainguard
      NAME="chainguard"
      PRETTY_NAME="Chainguard"
      VERSION_ID="20230214"
    TEXT
    "RHEL and UBI" => [%w[redhat redhat 9.4],
                       { "redhat-release" => "Red Hat Enterprise Linux release 9.4 (Plow)\n",
                         "system-release" => "Red Hat Enterprise Linux release 9.4 (Plow)\n",
                         "os-release" => "NAME=\"Red Hat Enterprise Linux\"\nVERSION_ID=\"9.4\"\nID=\"rhel\"\n" }],
    "UBI 8" => [%w[redhat redhat 8.9], { "redhat-release" => "Red Hat Enterprise Linux release 8.9 (Ootpa)\n" }],
    "Rocky" => [%w[rocky redhat 9.3], { "redhat-release" => "Rocky Linux release 9.3 (Blue Onyx)\n",
                                        "os-release" => "NAME=\"Rocky Linux\"\nID=\"rocky\"\n" }],
    "Amazon 2023" => [%w[amazon redhat 2023], { "system-release" => "Amazon Linux release 2023 (Amazon Linux)\n",
                                                "os-release" => "NAME=\"Amazon Linux\"\nID=\"amzn\"\n" }],
    "Amazon 2" => [%w[amazon redhat 2], { "system-release" => "Amazon Linux release 2 (Karoo)\n" }],
    "SUSE" => [%w[suse suse 15-SP5], { "os-release" => <<~TEXT }],
      NAME="SLES"
      VERSION="15-SP5"
      VERSION_ID="15.5"
      ID="sles"
      ID_LIKE="suse"
    TEXT
    "openSUSE" => [["opensuse", "suse", "15.5"], { "os-release" => <<~TEXT }],
      NAME="openSUSE Leap"
      VERSION="15.5"
      ID="opensuse-leap"
      ID_LIKE="suse opensuse"
    TEXT
    "Fedora" => [%w[fedora fedora 39], { "fedora-release" => "Fedora release 39 (Thirty Nine)\n",
                                         "redhat-release" => "Fedora release 39 (Thirty Nine)\n",
                                         "os-release" => "NAME=\"Fedora Linux\"\nID=fedora\nVERSION_ID=39\n" }],
    "busybox" => [%w[linux linux unknown], {}]
  }.freeze

  # A connection that asks a real shell in the root, as the auditor inside a full image does.
  class Shell < Train::Plugins::Transport::BaseConnection
    def initialize(path)
      super()
      @path = path
    end

    private

    def run_command_via_connection(command, *)
      out, err, status = Open3.capture3("chroot", @path, "/bin/sh", "-c", command)
      CommandResult.new(out, err, status.exitstatus)
    end
  end

  it "finds what Train finds by a real shell in a full image, also where there is no shell" do
    SYSTEMS.each do |system, (expected, files)|
      dir = target_dir { |made| files.each { |name, text| made.write("/etc/#{name}", text) } }
      bare = described(connect(dir))
      dir.add_programs("/bin/sh", "/bin/cat", "/bin/uname")
      assert_equal described(Shell.new(dir.path)), bare, system
      assert_equal expected, bare.first(3), system
    end
  end

  it "calls an empty image linux with an unknown release, and never fails" do
    dir = target_dir
    FileUtils.rm_rf(dir.on_host("/etc"))
    connection = connect(dir)
    assert_equal %w[linux unknown], [connection.os[:name], connection.os[:release]]
    assert_equal "linux", inspec(connection).platform.name
  end

  it "has an identifier that is the same for the same process" do
    dir = target_dir
    connection = connect(dir)
    assert_equal connection.unique_identifier, connect(dir).unique_identifier
    refute_equal connection.unique_identifier, connect(target_dir).unique_identifier
    assert_equal "procroot://#{dir.target.pid}?start=#{dir.target.start}", connection.uri
    refute_empty connection.os.uuid
  end

  private

  def described(connection)
    os = connection.os
    [os.name, os.family, os[:release], os.arch, os.title, os.family_hierarchy]
  end
end
