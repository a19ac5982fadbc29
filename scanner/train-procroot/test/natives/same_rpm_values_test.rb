# frozen_string_literal: true

require_relative "asking"
require_relative "rpm_builder"

# What is read from rpm's databases is what rpm, and Berkeley DB, say of them.
class SameRpmValuesTest < ProcrootTest
  include Asking

  LIST = TrainProcroot::Natives::RpmPackages::LIST
  SPEC = <<~SPEC
    Name: one
    Version: 1.0
    Release: 1
    Summary: The first
    License: MIT
    URL: http://example.org
    Vendor: Somebody
    BuildArch: noarch
    %description
    Version: of the text
    %files
    %package -n two
    Epoch: 2
    Version: 2.0
    Summary: Größe
    Prefix: /opt
    %description -n two
    Two.
    %files -n two
  SPEC

  it "reads the hash that Berkeley DB itself writes, whatever the size of its pages" do
    needs "db5.3_load"
    packages = (1..300).to_h { |i| [i, RpmBuilder.package("n#{i}", "1", "1", "noarch", 1005 => ["w" * (i * 40)])] }
    [512, 4096, 65_536].each do |size|
      target = target_dir { |t| t.mkdir("/var/lib/rpm") }
      load_berkeley(packages, size, target.on_host("/var/lib/rpm/Packages"))
      found = TrainProcroot::Natives::RpmDatabase.read(target.root)
      assert_equal packages.keys, found.map(&:number)
      assert_equal((1..300).map { |i| ["w" * (i * 40)] }, found.map(&:description))
    end
  end

  it "answers as rpm does from a database that rpm made" do
    needs "rpm", "rpmbuild"
    target = target_dir { |t| install(t.on_host("/work"), t.on_host("/var/lib/rpm")) }
    names = out(target, LIST, :packages).lines.map { |line| line.split.first }
    assert_operator names.size, :>, 20
    [*names, "nosuch", "one-1.0", "one-1.0-1", "one.noarch", "one.x86_64", "o*", "two-2:2.0"].each do |name|
      ours = ask(target, "rpm -qi #{name}", :package)
      assert_equal rpm(target, "-qi", name), [ours.stdout, ours.exit_status], name
    end
    theirs, = rpm(target, "-qa", "--queryformat", LIST[/'(.*)'/, 1])
    assert_equal theirs, out(target, LIST, :packages)
  end

  private

  def needs(*programs)
    skip "needs root: it makes a target" unless Process.uid.zero?
    missing = programs.reject { |name| system("command -v #{name} >/dev/null") }
    skip "needs #{missing.join(', ')} to compare with" unless missing.empty?
  end

  def load_berkeley(packages, size, path)
    pairs = { 0 => [packages.size].pack("V") }.merge(packages)
    dump = ["VERSION=3", "format=bytevalue", "type=hash", "db_pagesize=#{size}", "HEADER=END"]
    pairs.each { |number, bytes| dump.push(" #{[number].pack('V').unpack1('H*')}", " #{bytes.unpack1('H*')}") }
    said, status = Open3.capture2e("db5.3_load", path, stdin_data: [*dump, "DATA=END", ""].join("\n"))
    assert status.success?, said
  end

  def rpm(target, *arguments)
    said, _, status = Open3.capture3({ "LC_ALL" => "C.UTF-8", "TZ" => "UTC" }, "rpm", "--dbpath",
                                     target.on_host("/var/lib/rpm"), *arguments)
    [said, status.exitstatus]
  end

  def install(work, database)
    more = (1..20).map { |i| "%package n#{i}\nSummary: #{i}\n%description n#{i}\n#{'long ' * 40 * i}\n%files n#{i}\n" }
    FileUtils.mkdir_p([work, database])
    File.write("#{work}/one.spec", SPEC + more.join)
    run_quietly("rpmbuild", "--define", "_topdir #{work}", "-bb", "#{work}/one.spec")
    run_quietly("rpm", "--dbpath", database, "--justdb", "--nodeps", "-i", *Dir["#{work}/RPMS/noarch/*.rpm"])
  end

  def run_quietly(*command)
    said, status = Open3.capture2e({ "LC_ALL" => "C.UTF-8" }, *command)
    assert status.success?, said
  end
end
