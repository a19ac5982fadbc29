# frozen_string_literal: true

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

  it "finds Alpine, Red Hat and Wolfi by their files" do
    { "/etc/alpine-release" => ["3.19.1\n", %w[alpine 3.19.1]],
      "/etc/redhat-release" => ["Red Hat Enterprise Linux release 9.4 (Plow)\n", %w[redhat 9.4]],
      "/etc/os-release" => ["ID=wolfi\nVERSION_ID=\"20230201\"\n",
                            %w[wolfi 20230201]] }.each do |path, (text, expected)|
      os = connect(target_dir { |made| made.write(path, text) }).os
      assert_equal expected, [os[:name], os[:release]]
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
end
