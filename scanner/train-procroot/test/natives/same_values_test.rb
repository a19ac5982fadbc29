# frozen_string_literal: true

require_relative "comparison"

# What InSpec's own resources say through procroot is what they say where the real programs run.
class SameValuesTest < ComparisonTest
  it "packages that are there, one by one" do
    needs "dpkg"
    %w[bash dpkg libc6 libc6:amd64 coreutils].each do |name|
      assert_same_answer(name, expecting: :something) { |i| i.package(name).info }
    end
  end

  it "packages that are not there" do
    needs "dpkg"
    ["no-such-package", "Bash", "b", "bash:arm64", "x_y", "bash; true"].each do |name|
      assert_same_answer(name) { |i| i.package(name).installed? } unless name.include?(";")
    end
    refute native.package("bash; true").installed?
  end

  it "all packages at once" do
    needs "dpkg"
    assert_same_answer("packages", expecting: :something) { |i| i.packages(/.*/).entries.map(&:to_h) }
    assert_same_answer("packages") { |i| i.packages("no-such-package").entries }
  end

  it "what dpkg prints, to the byte, but for the order of fields" do
    needs "dpkg"
    %w[bash no-such].each do |name|
      theirs = local.backend.run_command("dpkg -s #{name}")
      ours = ask_native("dpkg -s #{name}", :package)
      assert_equal theirs.stdout.lines.sort, ours.stdout.lines.sort
      assert_equal [theirs.stderr, theirs.exit_status], [ours.stderr, ours.exit_status]
    end
  end

  it "users, one by one" do
    needs "id", "getent"
    %w[root daemon nobody www-data 0 1 no-such-user 4242424242].each do |name|
      %i[exists? uid gid username groupname groups home shell].each do |question|
        assert_same_answer("#{name} #{question}") { |i| i.user(name).public_send(question) }
      end
    end
  end

  it "the ages of passwords" do
    needs "chage", "lastb"
    %w[root daemon no-such-user].each do |name|
      %i[mindays maxdays warndays passwordage badpasswordattempts].each do |question|
        assert_same_answer("#{name} #{question}") { |i| i.user(name).public_send(question) }
      end
      theirs = local.backend.run_command("chage -l #{name}")
      ours = ask_native("chage -l #{name}", :users)
      assert_equal [theirs.stdout, theirs.stderr, theirs.exit_status], [ours.stdout, ours.stderr, ours.exit_status]
    end
  end

  it "all users at once" do
    needs "id", "getent", "chage", "lastb"
    assert_same_answer("users", expecting: :something) { |i| i.users.entries.map(&:to_h) }
    assert_same_answer("users") { |i| i.users.where { uid.zero? }.usernames }
    assert_same_answer("users") { |i| i.users.where { shell =~ /nologin/ }.usernames }
  end

  it "groups" do
    needs "getent"
    assert_same_answer("groups", expecting: :something) { |i| i.groups.entries.map(&:to_h) }
    %w[root shadow adm no-such-group].each do |name|
      %i[exists? gid members members_array].each do |question|
        assert_same_answer("#{name} #{question}") { |i| i.group(name).public_send(question) }
      end
    end
  end

  it "environment variables: those of the target, whatever the scanner's are" do
    assert_equal "a=b, c", native.os_env("APP_MODE").content
    assert_equal %w[/usr/local/bin /usr/bin /bin /usr/sbin /sbin], native.os_env("PATH").split
    assert_nil native.os_env("HOME").content
  end

  it "commands that exist and that do not" do
    ["ls", "/bin/ls", "cd", "if", "no-such", "ls -al /", "bin/ls", "/etc/passwd", "/usr/bin", "", "["].each do |name|
      assert_same_answer(name) { |i| i.command(name).exist? }
    end
  end

  it "what other users may do with files" do
    needs "su"
    %w[root daemon nobody no-such-user].product(%w[/etc/shadow /etc/passwd /root /tmp /bin/ls]).each do |user, path|
      %w[read write execute].each do |access|
        assert_same_answer("#{user} #{access} #{path}") { |i| i.file(path).allowed?(access, by_user: user) }
      end
    end
  end

  it "the time zone where there is no systemd to ask for it" do
    needs "timedatectl"
    skip "needs a machine without systemd" if File.exist?("/run/systemd/system")
    assert_same_answer("time zone") { |i| i.timezone.resource_exception_message }
  end

  it "what the machine is called" do
    needs "hostname"
    [nil, "short", "fqdn", "domain", "ip_address"].each do |form|
      assert_same_answer("hostname #{form}") { |i| i.sys_info.hostname(form) }
    end
  end

  it "services where there is no systemd" do
    skip "needs a machine without systemctl" if system("command -v systemctl >/dev/null")
    %i[installed? running? enabled?].each do |question|
      assert_same_answer(question) { |i| i.service("sshd").public_send(question) }
    end
  end

  it "files that other configuration files include" do
    needs "find"
    assert_same_answer("find") { |i| i.nginx_conf("/etc/nginx/nginx.conf").params }
    %w[/etc/apt /etc/*.conf /etc/no-such-*].each do |pattern|
      texts = ["sh -c 'find #{pattern} -type f -maxdepth 1'", "sh -c 'find #{pattern}'"]
      texts.each do |text|
        theirs = local.backend.run_command(text)
        ours = ask_native(text, :nginx_conf)
        assert_equal theirs.stdout.lines.sort, ours.stdout.lines.sort
        assert_equal theirs.exit_status, ours.exit_status
      end
    end
  end

  private

  # As the resource asks, without going through it.
  def ask_native(command, asker)
    TrainProcroot::Native.answer(command, asker.to_s, native.backend.context)
  end
end
