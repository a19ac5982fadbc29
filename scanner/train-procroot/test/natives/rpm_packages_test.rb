# frozen_string_literal: true

require_relative "asking"
require_relative "rpm_builder"

class RpmPackagesTest < ProcrootTest
  include Asking

  LIST = TrainProcroot::Natives::RpmPackages::LIST
  B = RpmBuilder
  PACKAGES = {
    1 => B.package("bash", "5.1.8", "9.el9"),
    2 => B.package("glibc", "2.34", "100.el9", "x86_64", 1005 => ["long " * 900], 1003 => 2),
    3 => B.package("glibc", "2.34", "100.el9", "i686"),
    7 => B.package("gpg-pubkey", "fd431d51", "4ae0493b", nil),
    9 => B.package("python3-six", "1.15.0", "9.el9", "noarch")
  }.freeze
  FORMS = { "rpmdb.sqlite" => B.sqlite(PACKAGES), "Packages.db" => B.ndb(PACKAGES),
            "Packages" => B.bdb(PACKAGES) }.freeze
  LISTED = <<~LISTED
    bash  5.1.8-9.el9  x86_64
    glibc  2.34-100.el9  x86_64
    glibc  2.34-100.el9  i686
    gpg-pubkey  fd431d51-4ae0493b  (none)
    python3-six  1.15.0-9.el9  noarch
  LISTED

  def with(content, name: "rpmdb.sqlite", directory: "/var/lib/rpm")
    target_dir { |t| t.write("#{directory}/#{name}", content) }
  end

  def status(target, name) = ask(target, "rpm -qi #{name}", :package).exit_status

  def refused(target, command = LIST)
    assert_raises(TrainProcroot::CouldNotLook) { ask(target, command, :packages) }.message
  end

  it "reads rpm's database in each of its forms, in each of its places" do
    %w[/var/lib/rpm /usr/lib/sysimage/rpm /usr/share/rpm].product(FORMS.to_a).each do |directory, (name, content)|
      assert_equal LISTED, out(with(content, name: name, directory: directory), LIST, :packages), name
    end
  end

  it "prints what rpm -qi prints" do
    target = with(FORMS["rpmdb.sqlite"])
    assert_equal <<~INFO, out(target, "rpm -qi bash", :package)
      Name        : bash
      Version     : 5.1.8
      Release     : 9.el9
      Architecture: x86_64
      Install Date: Tue Nov 14 22:15:00 2023
      Group       : Unspecified
      Size        : 42
      License     : MIT
      Signature   : (none)
      Source RPM  : bash.src.rpm
      Build Date  : Tue Nov 14 22:13:20 2023
      Build Host  : builder
      Summary     : about bash
      Description :
      words
    INFO
    assert_equal 2, out(target, "rpm -qi glibc", :package).scan(/^Name        : glibc$/).size
  end

  it "says of a package that is not there what rpm says, on standard output" do
    answer = ask(with(FORMS["rpmdb.sqlite"]), "rpm -qi nosuch", :package)
    assert_equal ["package nosuch is not installed\n", "", 1], answer.to_a.first(3)
  end

  it "takes a name with its version, release, architecture or epoch, as rpm does" do
    target = with(FORMS["rpmdb.sqlite"])
    %w[bash bash-5.1.8 bash-5.1.8-9.el9 bash-5.1.8-9.el9.x86_64 bash.x86_64 glibc-2:2.34 python3-six-1.15.0
       python3-six bash-5.*].each { |name| assert_equal 0, status(target, name), name }
    ["bash.i686", "bash-5.1", "BASH", "ba*", "", "python3", "six", "glibc-3:2.34", "bash; id", "bash nosuch", "-",
     "--all"].each { |name| assert_equal 1, status(target, name), name }
  end

  it "looks where the resource is told that the database is" do
    target = with(FORMS["Packages"], name: "Packages", directory: "/opt/db")
    assert_equal 0, ask(target, "rpm -qi --dbpath /opt/db bash", :package).exit_status
    assert_match(/no rpm database/, refused(target))
  end

  it "shows who signed a package" do
    subpackets = [5, 2, 1_700_000_000].pack("CCN")
    body = [4, 0, 1, 8, 6].pack("C4n") + subpackets + [10].pack("n") + [9, 16].pack("CC") + "\x01#{'k' * 7}"
    signed = B.header({ 1000 => "signed", 1001 => "1", 1002 => "1" },
                      raw: { 268 => [7, body.bytesize + 3, [0x89, body.bytesize].pack("Cn") + body] })
    assert_includes out(with(B.sqlite({ 1 => signed })), "rpm -qi signed", :package),
                    "Signature   : RSA/SHA256, Tue Nov 14 22:13:20 2023, Key ID 016b6b6b6b6b6b6b\n"
  end

  it "sees what is only in the write-ahead log, up to the last finished transaction" do
    target = with(B.sqlite({ 1 => PACKAGES[1] }))
    after = B.sqlite({ 1 => PACKAGES[1], 9 => PACKAGES[9] })
    pages = after.bytesize / 1024
    frames = (1..pages).map { |page| [page, after.byteslice((page - 1) * 1024, 1024), page == pages ? pages : 0] }
    target.write("/var/lib/rpm/rpmdb.sqlite-wal", B.sqlite_log(frames))
    assert_equal 0, status(target, "python3-six")
    target.write("/var/lib/rpm/rpmdb.sqlite-wal", B.sqlite_log(frames).byteslice(0..-2))
    assert_equal 1, status(target, "python3-six")
    target.write("/var/lib/rpm/rpmdb.sqlite-wal", "")
    assert_equal 1, status(target, "python3-six")
  end

  it "does not read over a change that was never finished" do
    target = with(FORMS["rpmdb.sqlite"])
    target.write("/var/lib/rpm/rpmdb.sqlite-journal", "\xD9\xD5\x05\xF9\x20\xA1\x63\xD7\0\0\0\1".b)
    assert_match(/left in the middle of a change/, refused(target))
    target.write("/var/lib/rpm/rpmdb.sqlite-journal", "\0" * 12)
    assert_equal LISTED, out(target, LIST, :packages)
  end

  it "cannot say what is installed where there is no database, or one that is broken" do
    assert_match(%r{no rpm database \(/usr/lib/sysimage/rpm, /var/lib/rpm, /usr/share/rpm\)}, refused(target_dir))
    FORMS.each do |name, content|
      ["", "x", "\0" * 8192, "\xff".b * 8192, content.byteslice(0, content.bytesize / 2)].each do |broken|
        assert_match(/\Acould not look: /, refused(with(broken, name: name)), name)
      end
    end
    empty = with(B.sqlite({}))
    assert_equal ["", 0], ask(empty, LIST, :packages).to_a.values_at(0, 2)
    assert_match(/no table Packages/, refused(with(B.sqlite({}, table: "Others"))))
  end

  it "ends with an answer or a reason whatever single byte is wrong" do
    small = { 1 => B.package("a") }
    { "rpmdb.sqlite" => B.sqlite(small, size: 512), "Packages.db" => B.ndb(small),
      "Packages" => B.bdb(small, size: 512) }.each do |name, content|
      target = with(content, name: name)
      context = target.context
      (0...content.bytesize).step(7) do |place|
        [0x00, 0x7f, 0xff].each do |byte|
          target.write("/var/lib/rpm/#{name}", content.dup.tap { |copy| copy.setbyte(place, byte) })
          TrainProcroot::Native.answer(LIST, "packages", context)
        rescue TrainProcroot::CouldNotLook
          nil
        end
      end
    end
  end

  it "follows no ring of pages, and reads no sparse file to its end" do
    ring = B.sqlite(PACKAGES)
    ring[1024 + 8, 4] = [2].pack("N")
    assert_match(/page 2 is used twice/, refused(with(ring)))
    chain = B.bdb(PACKAGES)
    (2...(chain.bytesize / 1024)).each { |page| chain[(page * 1024) + 16, 4] = [page].pack("V") }
    assert_match(/ends early/, refused(with(chain, name: "Packages")))
    FORMS.each do |name, content|
      sparse = with(content, name: name)
      File.truncate(sparse.on_host("/var/lib/rpm/#{name}"), 10 << 30)
      assert_equal LISTED, out(sparse, LIST, :packages)
    end
  end

  it "has two databases only where rpm's configuration says which counts" do
    target = with(FORMS["rpmdb.sqlite"])
    target.write("/usr/lib/sysimage/rpm/rpmdb.sqlite", B.sqlite({ 1 => PACKAGES[1] }))
    assert_match(/more than one rpm database/, refused(target))
    target.write("/usr/lib/rpm/macros", "%_var /var\n%_dbpath\t\t/usr/lib/sysimage/rpm\n")
    assert_equal 1, status(target, "glibc")
    target.write("/etc/rpm/macros.old", "%_dbpath /var/lib/rpm\n")
    assert_equal 0, status(target, "glibc")
  end

  it "has one database where one of its places is a link to the other" do
    target = with(FORMS["rpmdb.sqlite"], directory: "/usr/lib/sysimage/rpm")
    target.symlink("../../usr/lib/sysimage/rpm", "/var/lib/rpm")
    assert_equal LISTED, out(target, LIST, :packages)
  end

  it "sees a package that comes while the scan runs" do
    target = with(B.sqlite({ 1 => PACKAGES[1] }))
    context = target.context
    assert_equal 1, TrainProcroot::Native.answer("rpm -qi glibc", "package", context).exit_status
    target.write("/var/lib/rpm/rpmdb.sqlite", FORMS["rpmdb.sqlite"])
    assert_equal 0, TrainProcroot::Native.answer("rpm -qi glibc", "package", context).exit_status
  end
end
