# frozen_string_literal: true

require_relative "asking"
require_relative "../inspec_helper"

class ApkPackagesTest < InspecTest
  include Asking

  LIST = TrainProcroot::Natives::ApkPackages::LIST
  INSTALLED = <<~INSTALLED
    C:Q1cSGWE/xPw4g9hVLTgXNhFLK1dAA=
    P:alpine-baselayout
    V:3.4.3-r1
    A:x86_64
    S:8911
    I:331776
    T:Alpine base dir structure and init scripts
    U:https://git.alpinelinux.org/cgit/aports/tree/main/alpine-baselayout
    L:GPL-2.0-only
    o:alpine-baselayout
    m:Natanael Copa <ncopa@alpinelinux.org>
    D:alpine-baselayout-data=3.4.3-r1 /bin/sh
    F:dev
    F:etc
    R:motd
    a:0:0:644
    Z:Q1SLkS9hBidUbPwwrw+XR0Whv3ww8=

    C:Q1abc=
    P:libcrypto3
    V:3.1.4-r5
    A:x86_64
    T:Crypto library from openssl
    L:Apache-2.0
    o:openssl
    F:lib
    R:libcrypto.so.3

    C:Q1def=
    P:libstdc++
    V:13.2.1_git20231014-r0
    A:x86_64
    T:GNU C++ standard runtime library
    L:GPL-2.0-or-later
    o:gcc

  INSTALLED

  def with(text, path: "/lib/apk/db/installed", **files)
    target_dir do |t|
      t.write(path, text)
      files.each { |name, content| t.write("/etc/#{name.to_s.tr('_', '-')}", content) }
    end
  end

  it "prints what apk prints" do
    target = with(INSTALLED)
    assert_equal <<~LISTED, out(target, LIST, :packages)
      alpine-baselayout-3.4.3-r1 x86_64 {alpine-baselayout} (GPL-2.0-only) [installed]
      libcrypto3-3.1.4-r5 x86_64 {openssl} (Apache-2.0) [installed]
      libstdc++-13.2.1_git20231014-r0 x86_64 {gcc} (GPL-2.0-or-later) [installed]
    LISTED
    assert_equal "libcrypto3-3.1.4-r5 - Crypto library from openssl\n",
                 out(target, "apk info -vv --no-network | grep openssl", :package)
  end

  it "finds a name as grep does: anywhere in the line, a dot for any character, a plus for itself" do
    target = with(INSTALLED)
    { "lib" => 2, "libstdc++" => 1, "libstdc+++" => 0, "l.b" => 2, "Alpine" => 1, "nosuch" => 0,
      "libcrypto3-3.1.4-r5" => 1 }.each do |name, count|
      answer = ask(target, "apk info -vv --no-network | grep #{name}", :package)
      assert_equal [count, count.zero? ? 1 : 0], [answer.stdout.lines.size, answer.exit_status], name
    end
    assert_equal 2, ask(target, "apk info -vv --no-network | grep ", :package).exit_status
    ["x; id", "$(id)", "a b", ".*", "[", "\\(", "-v"].each do |name|
      assert_equal 1, ask(target, "apk info -vv --no-network | grep #{name}", :package).exit_status, name
    end
  end

  it "reads either place, and takes a link from one to the other for one" do
    assert_equal 3, out(with(INSTALLED, path: "/usr/lib/apk/db/installed"), LIST, :packages).lines.size
    linked = with(INSTALLED, path: "/usr/lib/apk/db/installed")
    linked.symlink("usr/lib", "/lib")
    assert_equal 3, out(linked, LIST, :packages).lines.size
    two = with(INSTALLED)
    two.write("/usr/lib/apk/db/installed", "")
    assert_raises(TrainProcroot::CouldNotLook) { ask(two, LIST, :packages) }
  end

  it "cannot say what is installed where the database is gone, damaged, or too large to read" do
    assert_raises(TrainProcroot::CouldNotLook) { ask(target_dir, LIST, :packages) }
    assert_raises(TrainProcroot::CouldNotLook) { ask(with("\0\xff" * 100), LIST, :packages) }
    huge = with(INSTALLED)
    File.truncate(huge.on_host("/lib/apk/db/installed"), 5 << 30)
    assert_raises(TrainProcroot::CouldNotLook) { ask(huge, LIST, :packages) }
    assert_equal ["", 0], ask(with(""), LIST, :packages).to_a.values_at(0, 2)
  end

  it "lets InSpec's package, packages and service work on Alpine, Wolfi and Chainguard" do
    { { alpine_release: "3.19.1\n" } => "alpine",
      { os_release: "ID=wolfi\nNAME=\"Wolfi\"\nVERSION_ID=\"20230201\"\n" } => "wolfi",
      { os_release: "ID=chainguard\nVERSION_ID=\"20230214\"\n" } => "chainguard" }.each do |files, name|
      target = with(INSTALLED, **files)
      target.write("/etc/init.d/app", "", mode: 0o755)
      resources = inspec(connect(target))
      assert_equal name, resources.os.name
      assert resources.package("libcrypto3").installed?
      assert_equal "3.1.4-r5", resources.package("libcrypto3").version
      refute resources.package("nosuch").installed?
      assert_equal %w[openssl], resources.packages("openssl").names
      refute resources.service("nosuch").installed?
      assert_nil resources.service("nosuch").resource_exception_message
    end
  end

  it "leaves those resources as they are on other systems" do
    resources = inspec(connect(target_dir))
    assert_match(/not supported on your OS/, resources.package("x").resource_exception_message)
    assert_match(/not supported on your OS/, resources.service("x").resource_exception_message)
    assert_match(/not yet supported on OS/, resources.packages("x").resource_exception_message)
  end
end
