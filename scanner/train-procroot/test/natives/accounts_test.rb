# frozen_string_literal: true

require_relative "asking"

class AccountsTest < ProcrootTest
  include Asking

  PASSWD = <<~PASSWD
    root:x:0:0:root:/root:/bin/bash
    # a comment
    #off:x:9:9::/:/bin/sh
    app:x:1000:1000:The App,,,:/home/app:/sbin/nologin
    short:x:5
    letters:x:abc:5::/:/bin/sh
    many:x:7:7:g:/h:/bin/sh:more:fields
    orphan:x:8:88::/:

    must:x:9:8::/:/bin/sh
    $(touch /tmp/procroot-was-here):x:66:66::/:/bin/sh
    bad\xFFname:x:67:67::/:/bin/sh
    1000:x:2000:1000::/:/bin/sh
  PASSWD
  GROUP = "root:x:0:\napp:x:1000:\nwheel:x:10:app,root\nlogs:x:11: app\nbroken\n"
  SHADOW = <<~SHADOW
    root:*:19000:0:99999:7:::
    app:$y$j9T$x:19000:1:90:14:30:20000:
    many:!:0:0:60:7:::
    must:!:0:0:60:7:::
    orphan::::::::
  SHADOW

  def accounts
    @accounts ||= target_dir do |t|
      t.write("/etc/passwd", PASSWD)
      t.write("/etc/group", GROUP)
      t.write("/etc/shadow", SHADOW)
    end
  end

  it "says who a user is as GNU id does" do
    assert_equal "uid=1000(app) gid=1000(app) groups=1000(app),10(wheel),11(logs)\n", out(accounts, "id app", :user)
    assert_equal "uid=8(orphan) gid=88 groups=88\n", out(accounts, "id orphan", :user)
    assert_equal "uid=8(orphan) gid=88 groups=88\n", out(accounts, "id 8", :user)
    assert_equal "uid=2000(1000) gid=1000(app) groups=1000(app)\n", out(accounts, "id 1000", :user)
    %w[off short letters #off nobody 4294967296 -1].each do |name|
      answer = ask(accounts, "id #{name}", :user)
      assert_equal [1, "id: ‘#{name}’: no such user\n"], [answer.exit_status, answer.stderr]
    end
  end

  it "reads the keys that ssh lets in, of the main process's user" do
    target = target_dir(environ: { "HOME" => "/home/app" }) do |t|
      t.write("/home/app/.ssh/authorized_keys", "ssh-ed25519 AAAA a\n", mode: 0o600)
    end
    assert_equal "ssh-ed25519 AAAA a\n", out(target, "cat ~/.ssh/authorized_keys", :user)
    missing = ask(target, "cat ~/.ssh/authorized_keys2", :user)
    assert_equal [1, "cat: /home/app/.ssh/authorized_keys2: No such file or directory\n"],
                 [missing.exit_status, missing.stderr]
    assert_nil ask(target_dir(uid: 1000, gid: 1000), "cat ~/.ssh/authorized_keys", :user)
  end

  it "says who the target's main process is when no name is given" do
    target = target_dir(uid: 1000, gid: 1000)
    assert_equal "uid=1000(app) gid=1000(app) groups=1000(app)\n", out(target, "id ", :user)
  end

  it "prints entries as getent does" do
    assert_equal "app:x:1000:1000:The App,,,:/home/app:/sbin/nologin\n", out(accounts, "getent passwd app", :user)
    assert_equal "many:x:7:7:g:/h:/bin/sh:more:fields\n", out(accounts, "getent passwd 7", :user)
    assert_equal "root:x:0:\napp:x:1000:\nwheel:x:10:app,root\nlogs:x:11:app\n",
                 out(accounts, "/usr/bin/getent group", :groups)
    assert_equal "app:$y$j9T$x:19000:1:90:14:30:20000:\n", out(accounts, "getent shadow app", :user)
    assert_equal 2, ask(accounts, "getent passwd short", :user).exit_status
  end

  it "lists names as cut and grep do, lines that are no account among them" do
    names = out(accounts, 'cut -d: -f1 /etc/passwd | grep -v "^#"', :users).lines(chomp: true)
    assert_equal ["root", "app", "short", "letters", "many", "orphan", "", "must", "$(touch /tmp/procroot-was-here)",
                  "bad\uFFFDname", "1000"], names
  end

  it "takes a name out of passwd literally, so that none is a command" do
    name = "$(touch /tmp/procroot-was-here)"
    assert_equal "uid=66(#{name}) gid=66 groups=66\n", out(accounts, "id #{name}", :users)
    assert_equal "#{name}:x:66:66::/:/bin/sh\n", out(accounts, "getent passwd #{name}", :users)
    assert_equal 0, ask(accounts, "lastb -w -a | grep #{name} | wc -l", :users).exit_status
    refute_path_exists "/tmp/procroot-was-here"
  end

  it "prints the ages of passwords as chage does" do
    assert_equal <<~CHAGE, out(accounts, "chage -l app", :user)
      Last password change\t\t\t\t\t: Jan 08, 2022
      Password expires\t\t\t\t\t: Apr 08, 2022
      Password inactive\t\t\t\t\t: May 08, 2022
      Account expires\t\t\t\t\t\t: Oct 04, 2024
      Minimum number of days between password change\t\t: 1
      Maximum number of days between password change\t\t: 90
      Number of days of warning before password expires\t: 14
    CHAGE
    assert_includes out(accounts, "chage -l must", :user), "Last password change\t\t\t\t\t: password must be changed\n"
    assert_equal 1, ask(accounts, "chage -l many", :user).exit_status
    assert_includes out(accounts, "chage -l orphan", :user), "Last password change\t\t\t\t\t: never\n"
    assert_equal 1, ask(accounts, "chage -l nobody", :user).exit_status
  end

  it "agrees with chage on the same files" do
    skip "needs chage to compare with" unless system("command -v chage >/dev/null")
    %w[root app many must orphan nobody].each do |name|
      theirs, status = Open3.capture2e({ "LC_ALL" => "C" }, "chage", "-R", accounts.path, "-l", name)
      skip "chage cannot look into a directory here" if theirs.match?(/chroot|open/)
      ours = ask(accounts, "chage -l #{name}", :user)
      assert_equal [theirs, status.exitstatus], [ours.stdout + ours.stderr, ours.exit_status]
    end
  end

  it "has no accounts where there are no files, and no ages without a shadow file" do
    empty = target_dir { |t| %w[passwd group].each { |name| File.delete(t.on_host("/etc/#{name}")) } }
    assert_equal 1, ask(empty, "id root", :user).exit_status
    assert_equal "", out(empty, "getent group", :groups)
    assert_equal 1, ask(empty, 'cut -d: -f1 /etc/passwd | grep -v "^#"', :users).exit_status
    assert_equal 15, ask(target_dir, "chage -l root", :user).exit_status
  end

  it "counts failed logins, as many as the record holds" do
    record = [6, 99, "ssh", "t", "app", "10.0.0.9"].pack("s<x2l<a32a4a32a256")
    record = record.ljust(340, "\0") + [1_700_000_000].pack("l<") + ("\0" * 40)
    skip "another layout of records" unless RUBY_PLATFORM.start_with?("x86_64")
    accounts.write("/var/log/btmp", record * 3)
    assert_equal "3\n", out(accounts, "lastb -w -a | grep app | wc -l", :user)
    assert_equal "0\n", out(accounts, "lastb -w -a | grep root | wc -l", :user)
  end

  it "does not take a missing line for a missing account where a running service may know more" do
    target = target_dir do |t|
      t.write("/etc/nsswitch.conf", "passwd: files [NOTFOUND=continue] sss # all\ngroup: files\n")
      t.write("/var/lib/sss/pipes/nss", "")
    end
    assert_raises(TrainProcroot::CouldNotLook) { ask(target, "id someone", :user) }
    assert_equal 0, ask(target, "id root", :user).exit_status
    File.delete(target.on_host("/var/lib/sss/pipes/nss"))
    assert_equal 1, ask(target, "id someone", :user).exit_status
  end

  it "does not answer a control's own command" do
    assert_nil ask(accounts, "id root", :command)
  end
end
