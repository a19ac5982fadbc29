# frozen_string_literal: true

require_relative "helper"
require "json"
require "socket"

class RootTest < ProcrootTest
  it "resolves an absolute link to /etc/shadow inside the root" do
    dir = target_dir { |made| made.symlink("/etc/shadow", "/leak") }
    assert_nil dir.root.stat("/leak")
    assert_nil dir.root.read("/leak")
    dir.write("/etc/shadow", "inside\n")
    assert_equal "inside\n", dir.root.read("/leak")
    assert_equal "/etc/shadow", dir.root.realpath("/leak")
  end

  it "does not climb out of the root by dots, in a path or in a link" do
    dir = target_dir { |made| made.symlink("../../../../../../etc/hostname", "/etc/up") }
    assert_nil dir.root.read("/etc/up")
    assert_nil dir.root.read("/../../../../../etc/hostname")
    assert_equal dir.root.stat("/etc/passwd"), dir.root.stat("/../../etc/passwd")
  end

  it "finds nothing behind a loop of links and still reads the link itself" do
    dir = target_dir do |made|
      made.symlink("/b", "/a")
      made.symlink("a", "/b")
    end
    assert_nil dir.root.stat("/a")
    assert_nil dir.root.read("/a")
    assert_equal "", dir.root.realpath("/a")
    assert dir.root.lstat("/a").symlink?
    assert_equal "/b", dir.root.readlink("/a")
  end

  it "names the end of a dangling link, and nothing where a directory on the way is missing" do
    dir = target_dir do |made|
      made.symlink("/etc/not-there", "/dangling")
      made.symlink("/not/there", "/lost")
      made.symlink("/etc/passwd/below", "/below-a-file")
    end
    assert_equal "/etc/not-there", dir.root.realpath("/dangling")
    assert_equal "", dir.root.realpath("/lost")
    assert_equal "", dir.root.realpath("/below-a-file")
    assert_equal "/etc/passwd", dir.root.realpath("/etc/../etc/./passwd")
  end

  it "never opens a FIFO, a socket or a device" do
    dir = target_dir
    File.mkfifo(dir.on_host("/fifo"))
    UNIXServer.new(dir.on_host("/socket")).close
    system("mknod", dir.on_host("/null"), "c", "1", "3", exception: true)
    %w[/fifo /socket /null].each do |path|
      refute_nil dir.root.stat(path)
      assert_nil dir.root.read(path)
      assert_nil(dir.root.each_chunk(path) { flunk })
    end
  end

  it "refuses to read a sparse file of 5 GB into memory but says how large it is" do
    dir = target_dir { |made| File.open(made.on_host("/sparse"), "w") { |file| file.truncate(5 << 30) } }
    assert_equal 5 << 30, dir.root.stat("/sparse").size
    error = assert_raises(TrainProcroot::CouldNotLook) { dir.root.read("/sparse") }
    assert_equal "could not look: /sparse is larger than 67108864 bytes", error.message
  end

  it "takes names of any bytes" do
    names = ["new\nline", "quo'te\"s", "\xFF\xFEbad".b, "$(reboot)", "-rf", "ünïcode".b]
    dir = target_dir { |made| names.each { |name| made.write("/odd/#{name.b}", name) } }
    assert_equal names.map(&:b).sort, dir.root.children("/odd")
    names.each { |name| assert_equal name.b, dir.root.read("/odd/".b + name.b) }
    assert_raises(TrainProcroot::CouldNotLook) { dir.root.stat("/odd/a\0b") }
  end

  it "lists by shell patterns" do
    dir = target_dir do |made|
      %w[a.conf b.conf .hidden.conf sub/c.conf].each do |name|
        made.write("/etc/x/#{name}", "")
      end
    end
    assert_equal %w[/etc/x/a.conf /etc/x/b.conf], dir.root.glob("/etc/x/*.conf")
    assert_equal %w[/etc/x/a.conf /etc/x/sub/c.conf], dir.root.glob("/etc/x/{a,sub/c}.conf")
    assert_equal [], dir.root.glob("/none/*")
  end

  it "reads files of /proc to their end though their size is 0" do
    dir = target_dir
    assert_match(/^Name:/, dir.root.read("/proc/self/status"))
  end

  it "tells 'not allowed' apart from 'not there'" do
    dir = target_dir(uid: 1000, gid: 1000) { |made| made.write("/closed/secret", "x", mode: 0o600) }
    File.chmod(0o700, dir.on_host("/closed"))
    messages = as_other_user(dir) do |root|
      %w[/closed/secret /closed/nothing /etc/nothing].map do |path|
        root.stat(path).inspect
      rescue TrainProcroot::CouldNotLook => e
        e.message
      end
    end
    assert_equal ["could not look: /closed/secret: Permission denied",
                  "could not look: /closed/nothing: Permission denied",
                  "nil"], messages
  end

  it "says who may execute what" do
    dir = target_dir(uid: 1000, gid: 1000) do |made|
      made.write("/bin/all", "", mode: 0o755)
      made.write("/bin/owner", "", mode: 0o700)
    end
    assert dir.root.executable?("/bin/all")
    refute dir.root.executable?("/bin/owner")
    refute dir.root.executable?("/bin/none")
    assert dir.root.access?("/bin/owner", 1, uid: 0, gid: 0, groups: [])
    refute dir.root.access?("/etc/passwd", 1, uid: 0, gid: 0, groups: [])
  end

  it "stays inside while the target swaps a directory for a link as fast as it can" do
    dir = target_dir { |made| made.write("/swap/etc/hostname", "inside\n") }
    made_up = "#{dir.path}/elsewhere"
    File.symlink("/", made_up)
    swapper = fork { loop { exchange(dir.on_host("/swap"), made_up) } }
    500.times { assert_includes [nil, "inside\n"], dir.root.read("/swap/etc/hostname") }
  ensure
    if swapper
      Process.kill(:KILL, swapper)
      Process.wait(swapper)
    end
  end

  private

  # renameat2(RENAME_EXCHANGE)
  def exchange(one, other)
    paths = ["#{one}\0", "#{other}\0"]
    number = RUBY_PLATFORM.include?("aarch64") ? 276 : 316
    Kernel.syscall(number, -100, TrainProcroot::Sys.pointer(paths[0]), -100, TrainProcroot::Sys.pointer(paths[1]), 2)
  end

  # What the block returns when it looks without any rights: in a child, since rights once given up stay so.
  def as_other_user(dir)
    root = dir.root
    reader, writer = IO.pipe
    child = fork do
      Process::Sys.setegid(65_534)
      Process::Sys.seteuid(65_534)
      writer.write(JSON.generate(yield(root)))
    ensure
      exit!(0)
    end
    writer.close
    JSON.parse(reader.read)
  ensure
    Process.wait(child)
  end
end
