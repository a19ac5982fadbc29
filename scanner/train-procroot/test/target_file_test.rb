# frozen_string_literal: true

require_relative "inspec_helper"
require "digest"

class TargetFileTest < InspecTest
  it "answers as Train's remote transports do" do
    dir = target_dir { |made| made.write("/etc/app.conf", "port=80\n", mode: 0o4640) }
    File.utime(0, 1_000_000_000, dir.on_host("/etc/app.conf"))
    File.chown(1000, 42, dir.on_host("/etc/app.conf"))
    File.chmod(0o4640, dir.on_host("/etc/app.conf"))
    file = connect(dir).file("/etc/app.conf")
    assert_equal({ type: :file, mode: 0o4640, owner: "app", uid: 1000, group: "shadow", gid: 42, mtime: 1_000_000_000,
                   size: 8, selinux_label: nil }, file.stat)
    assert_equal "port=80\n", file.content
    refute file.content.frozen?
    assert_equal Encoding::UTF_8, file.content.encoding
    assert_equal Digest::MD5.hexdigest("port=80\n"), file.md5sum
    assert_equal Digest::SHA256.hexdigest("port=80\n"), file.sha256sum
    assert file.file? && file.owned_by?("app") && file.grouped_into?("shadow") && file.mode?(0o4640)
  end

  it "says so when there is nothing" do
    file = connect(target_dir).file("/etc/nothing")
    refute file.exist?
    assert_equal({}, file.stat)
    [file.type, file.mode, file.owner, file.uid, file.size, file.mtime, file.content, file.md5sum, file.sha256sum,
     file.selinux_label, file.shallow_link_path, file.link_path].each { |value| assert_nil value }
    refute file.symlink?
  end

  it "knows every type of file and opens none but regular ones" do
    dir = target_dir do |made|
      File.mkfifo(made.on_host("/pipe"))
      system("mknod", made.on_host("/char"), "c", "1", "3", exception: true)
      system("mknod", made.on_host("/block"), "b", "7", "99", exception: true)
      UNIXServer.new(made.on_host("/sock")).close
    end
    connection = connect(dir)
    { "/pipe" => :pipe, "/char" => :character_device, "/block" => :block_device, "/sock" => :socket,
      "/etc" => :directory }
      .each do |path, type|
        assert_equal type, connection.file(path).type
        assert_nil connection.file(path).content
        assert_nil connection.file(path).md5sum
      end
  end

  it "looks through a link and at it" do
    dir = target_dir { |made| made.symlink("passwd", "/etc/users") }
    file = connect(dir).file("/etc/users")
    assert_equal :file, file.type
    assert file.symlink?
    assert_equal "/etc/passwd", file.link_path
    assert_equal "passwd", file.shallow_link_path
    assert_equal :symlink, file.source.type
    assert_equal "/etc/passwd", file.path
    assert_equal "/etc/users", file.source_path
    assert_equal "passwd", file.basename
  end

  it "finds a dangling link only when it is not followed" do
    dir = target_dir { |made| made.symlink("/nowhere", "/dangling") }
    file = connect(dir).file("/dangling")
    refute file.exist?
    assert file.source.exist?
    assert file.symlink?
    assert_equal "/nowhere", file.shallow_link_path
    assert_equal "/nowhere", file.link_path
    assert_nil file.content
  end

  it "answers for a loop of links without following it" do
    dir = target_dir { |made| made.symlink("loop", "/loop") }
    file = connect(dir).file("/loop")
    refute file.exist?
    assert_equal({}, file.stat)
    assert_equal "", file.link_path
    assert_equal "loop", file.shallow_link_path
  end

  it "names owners by the target's own files, UNKNOWN where they have no name" do
    dir = target_dir { |made| made.write("/f", "") }
    File.chown(0, 4242, dir.on_host("/f"))
    dir.write("/etc/passwd", "toor:x:0:0::/:\nroot:x:0:0::/:\nbroken\n\xFF:x:notanumber:\n")
    file = connect(dir).file("/f")
    assert_equal "toor", file.owner
    assert_equal "UNKNOWN", file.group
    assert_equal 4242, file.gid
  end

  it "knows no names in a root without passwd and group files" do
    dir = target_dir { |made| made.write("/f", "") }
    %w[passwd group].each { |name| File.delete(dir.on_host("/etc/#{name}")) }
    file = connect(dir).file("/f")

    assert_equal ["UNKNOWN", "UNKNOWN", 0], [file.owner, file.group, file.uid]
  end

  it "does not say who owns a file where ownership is hidden" do
    connection = connect(target_dir, ownership: "hidden")
    file = connection.file("/etc/passwd")
    assert_equal 0o644, file.mode
    %i[owner group uid gid stat].each do |question|
      error = assert_raises(TrainProcroot::CouldNotLook) { file.public_send(question) }
      assert_equal "could not look: ownership is not visible in an unprivileged user namespace", error.message
    end
    assert_includes asked(connection).last, "ownership is not visible in an unprivileged user namespace"
  end

  it "sums up what is too large to read" do
    dir = target_dir { |made| File.open(made.on_host("/large"), "w") { |file| file.truncate(65 << 20) } }
    file = connect(dir).file("/large")
    assert_match(/\Acould not look: /, assert_raises(TrainProcroot::CouldNotLook) { file.content }.message)
    assert_equal 65 << 20, file.size
    assert_equal 32, file.md5sum.size
  end

  it "gives up a file that it cannot read in time" do
    dir = target_dir { |made| File.open(made.on_host("/endless"), "w") { |file| file.truncate(1 << 40) } }
    error = assert_raises(TrainProcroot::CouldNotLook) { connect(dir, command_timeout: "1").file("/endless").sha256sum }
    assert_equal "could not look: /endless takes longer than 1 s to read", error.message
  end

  it "reads the security label that the file system holds" do
    dir = target_dir { |made| made.write("/labelled", "") }
    label(dir.on_host("/labelled"), "system_u:object_r:etc_t:s0\0")
    assert_equal "system_u:object_r:etc_t:s0", connect(dir).file("/labelled").selinux_label
  end

  it "has the mount lines of a mount point and none of another path" do
    connection = connect(target_dir)
    assert_match(%r{\Aproc on /proc type proc \(rw}, connection.file("/proc").mounted.stdout)
    assert connection.file("/proc").mounted?
    refute connection.file("/etc").mounted?
  end

  it "writes nothing" do
    connection = connect(target_dir)
    assert_raises(TrainProcroot::ReadOnly) { connection.file("/etc/passwd").content = "x" }
    assert_raises(TrainProcroot::ReadOnly) { connection.upload(__FILE__, "/tmp/x") }
    refute connection.file("/tmp/x").exist?
  end

  it "records a memoised answer for each control that uses it, and what could not be looked at" do
    dir = target_dir { |made| File.open(made.on_host("/large"), "w") { |file| file.truncate(65 << 20) } }
    connection = connect(dir)
    %w[one two].each do |control|
      connection.ledger.scope(profile: "p", control: control) { connection.file("/etc/passwd").content }
    end
    connection.ledger.scope(profile: "p", control: "three") do
      assert_raises(TrainProcroot::CouldNotLook) { connection.file("/large").content }
    end
    controls = connection.ledger.to_h["controls"].to_h { |one| [one["control"], one["asked"]] }
    assert_equal "file /etc/passwd content", controls["one"][0]["ask"]
    assert_equal controls["one"][0]["ask"], controls["two"][0]["ask"]
    assert_equal "none", controls["three"][0]["how"]
    assert_equal "/large is larger than 67108864 bytes", controls["three"][0]["denied"]
  end

  private

  # Ruby has no setxattr(2).
  def label(path, value)
    number = RUBY_PLATFORM.include?("aarch64") ? 5 : 188
    path = "#{path}\0"
    name = "security.selinux\0"
    pointers = [path, name, value].map { |text| TrainProcroot::Sys.pointer(text) }
    Kernel.syscall(number, *pointers, value.bytesize, 0)
  end
end
