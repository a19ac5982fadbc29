# frozen_string_literal: true

require "etc"
require "zlib"
require_relative "asking"

# Questions about files that are no part of Train's file API: flags, access of other users, sizes, includes.
class FilesTest < ProcrootTest
  include Asking

  def can?(target, user, mode, path)
    ask(target, "su -s /bin/sh -c \"test -#{mode} #{path}\" #{user}", :file).exit_status.zero?
  end

  it "says what another user may do, as the kernel would" do
    target = target_dir do |t|
      t.write("/etc/secret", "x", mode: 0o640)
      File.chown(0, 42, t.on_host("/etc/secret"))
      t.write("/etc/group", "root:x:0:\nshadow:x:42:app\n")
      t.write("/etc/passwd", "root:x:0:0::/:/\napp:x:1000:1000::/:/\nother:x:1001:1001::/:/\n")
      t.write("/closed/open.sh", "x", mode: 0o777)
      File.chmod(0o700, t.on_host("/closed"))
      t.symlink("/etc/secret", "/link")
    end
    assert can?(target, "app", "r", "/etc/secret")
    assert can?(target, "app", "r", "/link")
    refute can?(target, "app", "w", "/etc/secret")
    refute can?(target, "other", "r", "/etc/secret")
    refute can?(target, "app", "r", "/closed/open.sh"), "the directory on the way is closed"
    assert can?(target, "root", "w", "/etc/secret")
    refute can?(target, "root", "x", "/etc/secret"), "what nobody may execute, root may not either"
    refute can?(target, "nobody", "r", "/etc/passwd"), "no such user"
    refute can?(target, "app", "r", "/no/such/file")
    refute can?(target, "app", "w", "/proc/1/status")
  end

  it "gives root no more than a root of the target could have" do
    target = target_dir { |t| t.write("/mine", "x", mode: 0o600) && File.chown(1000, 1000, t.on_host("/mine")) }
    File.chown(1000, 1000, target.on_host("/mine"))
    target.start
    assert can?(target, "root", "r", "/mine")
    target.target.stub(:caps, 0) { refute can?(target, "root", "r", "/mine") }
  end

  it "reckons what it may not ask as that user, but for a user namespace of the target's own" do
    [target_dir, target_dir(map: 100_000)].map(&:start).each_with_index do |target, own_namespace|
      Process::Sys.stub(:setresuid, ->(*) { raise Errno::EPERM }) do
        next assert(can?(target, "app", "r", "/etc/passwd")) if own_namespace.zero?

        assert_raises(TrainProcroot::CouldNotLook) { can?(target, "app", "r", "/etc/passwd") }
      end
    end
  end

  it "reads flags in the form that the resource understands" do
    target = target_dir { |t| t.write("/etc/locked", "x") }
    path = target.on_host("/etc/locked")
    skip "needs chattr, and a file system with flags" unless system("chattr", "+i", path, err: File::NULL)
    assert_match(%r{^.{4}i.{15} /etc/locked$}, out(target, "/usr/bin/lsattr /etc/locked", :file))
    refute_match(/^.{4}i.{15} .*/, out(target, "lsattr /etc/passwd", :file))
    assert_match(%r{^.{4}i.{15} /etc/locked$}, out(target, "lsattr /etc", :file))
    assert_equal 1, ask(target, "lsattr /none", :file).exit_status
    assert_equal 1, ask(target, "lsattr /proc/1/status", :file).exit_status
  ensure
    system("chattr", "-i", path, err: File::NULL) if path
  end

  it "lists included files as find does, and fails where find fails" do
    target = target_dir do |t|
      %w[a.conf b.conf c.txt sub/d.conf].each { |name| t.write("/etc/app/#{name}", "x") }
      t.symlink("a.conf", "/etc/app/link.conf")
    end
    find = ->(arguments) { ask(target, "sh -c 'find #{arguments}'", :nginx_conf) }
    assert_equal "/etc/app/a.conf\n/etc/app/b.conf\n/etc/app/link.conf\n", find["/etc/app/*.conf"].stdout
    assert_equal "/etc/app/a.conf\n/etc/app/b.conf\n/etc/app/c.txt\n", find["/etc/app -type f -maxdepth 1"].stdout
    assert_equal "/etc/app/link.conf\n", find["/etc/app/*.conf -type l -maxdepth 1"].stdout
    assert_equal "/etc/app/sub\n", find["/etc/app/s* -type d"].stdout
    assert_equal 1, find["/etc/app/*.none"].exit_status
    assert_nil find["/etc/app/* -delete"]
    assert_nil find["/etc; id"]
  end

  it "says that no service runs where there is no systemd, and nothing where there is one that it cannot ask" do
    assert_equal 127, ask(target_dir, "systemctl show --no-pager --all sshd", :service).exit_status
    booted = target_dir { |t| t.mkdir("/run/systemd/system") }
    assert_nil ask(booted, "systemctl is-active sshd --quiet", :service)
    there = target_dir(environ: { "PATH" => "/bin" }) { |t| t.write("/bin/systemctl", "x", mode: 0o755) }
    assert_nil ask(there, "systemctl show --no-pager --all sshd", :service)
    assert_nil ask(target_dir, "systemctl show --no-pager --all sshd", :command)
  end

  it "knows what a kernel module says of itself, as modinfo does" do
    release = Etc.uname.fetch(:release)
    modules = "/lib/modules/#{release}"
    target = target_dir do |t|
      t.write("#{modules}/kernel/a/usb-thing.ko", kernel_module("version=1.2", "license=GPL"))
      t.write("#{modules}/kernel/zipped.ko.gz", Zlib.gzip(kernel_module("version=3")))
      t.write("#{modules}/kernel/packed.ko.xz", "\xFD7zXZ")
      t.write("#{modules}/kernel/broken.ko", kernel_module("version=1").byteslice(0, 90))
      t.write("#{modules}/modules.dep", "kernel/a/usb-thing.ko: kernel/b.ko\nkernel/zipped.ko.gz:\n" \
                                        "kernel/packed.ko.xz:\nkernel/broken.ko:\nkernel/gone.ko:\n")
      t.write("#{modules}/modules.builtin.modinfo", "loop.version=9\0loop.license=GPL\0")
    end
    said = %w[usb-thing usb_thing zipped loop].map { |name| out(target, "modinfo -F version #{name}", :kernel_module) }
    assert_equal %W[1.2\n 1.2\n 3\n 9\n], said
    %w[packed broken gone].each do |name|
      assert_raises(TrainProcroot::CouldNotLook, name) { ask(target, "modinfo -F version #{name}", :kernel_module) }
    end
    assert_equal 1, ask(target, "/sbin/modinfo -F version nosuch", :kernel_module).exit_status
    assert_equal 1, ask(target_dir, "modinfo -F version loop", :kernel_module).exit_status
  end

  # An object file with nothing but what a module says of itself.
  def kernel_module(*pairs)
    about = pairs.map { |pair| "#{pair}\0" }.join
    names = "\0.modinfo\0.names\0"
    sections = [[0] * 6, [1, 1, 0, 0, 64, about.bytesize], [10, 3, 0, 0, 64 + about.bytesize, names.bytesize]]
    place = 64 + about.bytesize + names.bytesize
    head = "\x7FELF\x02\x01\x01".b.ljust(16, "\0")
    head << [1, 62, 1, 0, 0, place, 0, 64, 0, 0, 64, 3, 2].pack("SSLQQQLSSSSSS")
    head + about + names + sections.map { |section| section.pack("LLQQQQ").ljust(64, "\0") }.join
  end

  it "reads what modprobe would, the administrator's files before the distribution's" do
    target = target_dir do |t|
      t.write("/etc/modprobe.d/a.conf", "blacklist usb-storage\n# blacklist no\ninstall cramfs \\\n /bin/true\n")
      t.write("/lib/modprobe.d/a.conf", "blacklist hidden\n")
      t.write("/lib/modprobe.d/b.conf", "  blacklist floppy  \noptions x y=1\n")
      t.write("/lib/modprobe.d/c.txt", "blacklist unread\n")
    end
    assert_equal "blacklist usb_storage\nblacklist floppy\ninstall cramfs /bin/true\n",
                 out(target, "modprobe --showconfig", :kernel_module)
  end

  it "says of a crontab in a target without accounts what crontab says to a user whom nobody knows" do
    target = target_dir do |t|
      t.write("/etc/passwd", "")
      t.write("/var/spool/cron/crontabs/root", "5 4 * * * /bin/x\n")
    end
    ["crontab -l", "crontab -l -u app"].each do |command|
      answer = ask(target, command, :crontab)
      assert_equal [1, "", "crontab: your UID isn't in the passwd file.\nbailing out.\n"],
                   [answer.exit_status, answer.stdout, answer.stderr]
    end
  end

  it "leaves the comments at the beginning of a crontab out where Debian's cron does" do
    lines = "# 1\n# 2\n#3\n# 4\n\n* * * * * x\n"
    debian = target_dir do |t|
      t.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\nb:x:1:1::/:/bin/sh\n")
      t.write("/var/spool/cron/crontabs/root", lines)
      t.write("/var/spool/cron/crontabs/b", "# 1")
    end
    assert_equal "# 4\n\n* * * * * x\n", out(debian, "crontab -l", :cron)
    assert_equal "", out(debian, "crontab -l -u b", :cron)
    %w[/var/spool/cron/root /etc/crontabs/root].each do |path|
      target = target_dir do |t|
        t.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
        t.write(path, lines)
        t.symlink("/etc/crontabs", "/var/spool/cron/crontabs") if path.start_with?("/etc")
      end
      assert_equal lines, out(target, "crontab -l", :cron)
    end
  end

  it "prints a user's crontab from where its cron keeps it" do
    target = target_dir do |t|
      t.write("/var/spool/cron/crontabs/root", "5 4 * * * /bin/x\n")
      t.write("/var/spool/cron/app", "@daily /bin/y\n")
    end
    assert_equal "5 4 * * * /bin/x\n", out(target, "crontab -l", :crontab)
    assert_equal "@daily /bin/y\n", out(target, "crontab -l -u app", :crontab)
    assert_equal 1, ask(target, "crontab -l -u ../../../etc/passwd", :crontab).exit_status
    assert_equal 1, ask(target_dir, "crontab -l", :crontab).exit_status
  end
end
