# frozen_string_literal: true

require_relative "asking"

class PackagesTest < ProcrootTest
  include Asking

  LIST = TrainProcroot::Natives::Packages::LIST

  # Every state that matters, two architectures of one package, and a word about one that is not there.
  STATUS = <<~STATUS
    Package: aa
    Status: install ok installed
    Architecture: amd64
    Multi-Arch: same
    Version: 1.0
    Description: several lines
     Package: inner
     .
     Status: not a field

    Package: aa
    Status: install ok installed
    Architecture: i386
    Multi-Arch: same
    Version: 1.0

    Package: bb
    Status: deinstall ok config-files
    Architecture: amd64
    Version: 2.0

    Package: cc
    Status: hold ok installed
    Architecture: all
    Version: 3:2.0

    Package: dd
    Status: unknown ok not-installed

    Package: ee
    Status: install reinstreq half-installed
    Architecture: all
    Version: 3:2.0
  STATUS

  it "finds what a distroless image keeps in status.d, where no file says that it is installed" do
    target = target_dir do |t|
      t.write("/var/lib/dpkg/status.d/base",
              "Package: base-files\nVersion: 12.4\nArchitecture: amd64\nDescription: x\n")
      t.write("/var/lib/dpkg/status.d/base.md5sums", "Package: not-a-package\nVersion: 1\n")
      t.write("/var/lib/dpkg/status.d/tz", "Package: tzdata\nVersion: 2024a-0\nArchitecture: all\n\n")
    end
    stanza = out(target, "dpkg -s base-files", :package)
    assert_equal "Package: base-files\nStatus: install ok installed\nVersion: 12.4\nArchitecture: amd64\n" \
                 "Description: x\n", stanza
    assert_equal 1, ask(target, "dpkg -s not-a-package", :package).exit_status
    assert_equal "ii   base-files  12.4  amd64\nii   tzdata  2024a-0  all\n", out(target, LIST, :packages)
  end

  it "lists states and names as dpkg-query does, leaving out what is not installed" do
    target = target_dir { |t| t.write("/var/lib/dpkg/status", STATUS) }
    assert_equal <<~LISTED, out(target, LIST, :packages)
      ii   aa  1.0  amd64
      ii   aa  1.0  i386
      rc   bb  2.0  amd64
      hi   cc  3:2.0  all
      iHR  ee  3:2.0  all
    LISTED
  end

  it "tells held, removed, unknown and ambiguous packages apart by dpkg's exit status" do
    target = target_dir { |t| t.write("/var/lib/dpkg/status", STATUS) }
    statuses = %w[aa aa:i386 bb cc CC cc:amd64 dd ee nn].to_h do |n|
      [n, ask(target, "dpkg -s #{n}", :package).exit_status]
    end
    assert_equal({ "aa" => 2, "aa:i386" => 0, "bb" => 0, "cc" => 0, "CC" => 0, "cc:amd64" => 1, "dd" => 1, "ee" => 0,
                   "nn" => 1 }, statuses)
    assert_includes out(target, "dpkg -s cc", :package), "Status: hold ok installed\n"
    assert_includes out(target, "dpkg -s bb", :package), "Status: deinstall ok config-files\n"
  end

  it "answers as dpkg itself does from the same database" do
    skip "needs dpkg to compare with" unless system("command -v dpkg-query >/dev/null")
    target = target_dir { |t| t.write("/var/lib/dpkg/status", STATUS) }
    admin = target.on_host("/var/lib/dpkg")
    %w[aa aa:i386 bb cc CC dd ee nn].each do |name|
      theirs, said, status = Open3.capture3("dpkg", "--admindir=#{admin}", "-s", name)
      ours = ask(target, "dpkg -s #{name}", :package)
      assert_equal status.exitstatus, ours.exit_status, name
      assert_equal theirs.lines.sort, ours.stdout.lines.sort, name
      assert_equal said.lines.grep_v(/warning: parsing|^ missing/), ours.stderr.lines, name
    end
    theirs, = Open3.capture3("dpkg-query", "--admindir=#{admin}", "-W",
                             "-f=${db:Status-Abbrev}  ${Package}  ${Version}  ${Architecture}\\n")
    assert_equal theirs, out(target, LIST, :packages)
  end

  it "cannot say what is installed where the database is gone, or too large to read" do
    assert_raises(TrainProcroot::CouldNotLook) { ask(target_dir, "dpkg -s bash", :package) }
    huge = target_dir { |t| t.write("/var/lib/dpkg/status", "") }
    File.truncate(huge.on_host("/var/lib/dpkg/status"), 5 << 30)
    assert_raises(TrainProcroot::CouldNotLook) { ask(huge, LIST, :packages) }
  end

  it "sees a package that comes while the scan runs" do
    target = target_dir { |t| t.write("/var/lib/dpkg/status", STATUS) }
    context = target.context
    assert_equal 1, TrainProcroot::Native.answer("dpkg -s zz", "package", context).exit_status
    target.write("/var/lib/dpkg/status", "#{STATUS}\nPackage: zz\nStatus: install ok installed\nVersion: 1\n")
    assert_equal 0, TrainProcroot::Native.answer("dpkg -s zz", "package", context).exit_status
  end

  it "takes a name literally: nothing in it is shell, and no byte in the database stops it" do
    target = target_dir do |t|
      t.write("/var/lib/dpkg/status", "Package: b\xff\nStatus: install ok installed\n\n#{STATUS}".b)
    end
    ["x; touch /tmp/x", "$(id)", "a b", "*", "", "\n"].each do |name|
      assert_equal 1, ask(target, "dpkg -s #{name}", :package).exit_status, name
    end
    assert out(target, LIST, :packages).valid_encoding?
  end
end
