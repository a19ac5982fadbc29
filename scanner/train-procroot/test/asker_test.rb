# frozen_string_literal: true

require_relative "inspec_helper"

# Who asks decides what is answered; asked through the real auditor's resources.
class AskerTest < InspecTest
  it "tells the port resource that there is an ss to ask, and a control that there is none" do
    connection = connect(target_dir)
    refute inspec(connection).command("ss").exist?
    inspec(connection).port(80).listening?
    asks = asked(connection)
    assert_includes asks, ["command sh -c 'type \"ss\"'", "native", nil]
    assert_includes asks, ["port sh -c 'type \"ss\"'", "native", nil]
    assert(asks.any? { |ask, how, _| ask.start_with?("port ss -tulpen") && how == "native" })
  end

  it "keeps their answers apart in the cache as well" do
    connection = connect(target_dir)
    connection.enable_cache(:command)
    inspec(connection).port(80).listening?
    refute inspec(connection).command("ss").exist?
  end

  it "finds what is in the target's own PATH, not in the scanner's" do
    dir = target_dir(environ: { "PATH" => "/opt/bin" }) do |made|
      made.write("/opt/bin/tool", "", mode: 0o755)
      made.write("/bin/cat", "", mode: 0o755)
    end
    resources = inspec(connect(dir))
    assert resources.command("tool").exist?
    refute resources.command("cat").exist?
    assert resources.command("/bin/cat").exist?
  end

  it "refuses a resource's question that has neither a native answer nor a program in the target" do
    dir = target_dir { |made| made.write("/etc/arch-release", "") }
    connection = connect(dir)
    assert_equal "arch", connection.os[:name]
    error = assert_raises(TrainProcroot::CouldNotLook) { inspec(connection).package("openssl").installed? }
    assert_match(/\Acould not look: the package resource asks by `pacman -Qi openssl`.*the target has no pacman\z/,
                 error.message)
    assert_equal ["package pacman -Qi openssl", "none"], asked(connection).last[0, 2]
  end

  it "leaves a target's own shell its answer for a missing program, to a control and to a resource" do
    dir = target_dir(environ: { "PATH" => "/bin" }) { |made| made.add_programs("/bin/sh") }
    connection = connect(dir)
    assert_equal 127, inspec(connection).command("gone").exit_status
    refute inspec(connection).docker_container("app").exist?
    assert_includes asked(connection).map { |ask, how, denied| [ask[0, 11], how, denied] },
                    ["docker dock", "target", nil]
  end

  it "says what a program of the target says that was refused something" do
    dir = target_dir(environ: { "PATH" => "/bin" }) do |made|
      made.add_programs("/bin/sh")
      made.write("/bin/docker", "#!/bin/sh\necho >&2\necho 'l\xF6ck: Permission denied' >&2\n".b, mode: 0o755)
    end
    error = assert_raises(TrainProcroot::CouldNotLook) { inspec(connect(dir)).docker_container("ümlaut").exist? }
    assert_match(/refused something, perhaps because it may not write: l\uFFFDck: Permission denied\z/, error.message)
  end

  it "takes the very program that a resource is about for missing where the target has none, in a shell's words" do
    connection = connect(target_dir { |made| made.write("/etc/debian_version", "12.5\n") })
    refute inspec(connection).docker_container("app").exist?
    assert_equal "sh: 1: sestatus: not found\n", inspec(connection).selinux.resource_exception_message[/sh: .*\n/]
    assert_includes asked(connection), ["program sestatus: the target has none", "native", nil]
  end

  it "lets a resource that fails without its program fail, as it does inside" do
    resources = inspec(connect(target_dir { |made| made.write("/etc/debian_version", "12.5\n") }))
    assert_match(/\AMySQL query with errors: \nsh: 1: mysql: not found$/,
                 resources.mysql_session("a", "b").resource_exception_message)
    said = { "sqlplus" => -> { resources.oracledb_session(user: "a", password: "b").query("SELECT 1") },
             "su" => -> { resources.oracledb_session(as_os_user: "oracle", as_db_role: "dba").query("SELECT 1") },
             "cqlsh" => -> { resources.cassandradb_session.query("SELECT 1") },
             "-s" => -> { resources.linux_audit_system.enabled? } }
    said.each do |program, question|
      error = assert_raises(Inspec::Exceptions::ResourceFailed, program, &question)
      assert_match(/sh: 1: #{program}: not found/, error.message)
    end
  end

  it "says of a missing path what the shell of such a system says" do
    asked = { db2_executable_file_path: "/opt/db2", db_instance: "db2inst1" }
    { %w[/etc/debian_version 12.5] => "sh: 1: /opt/db2: not found",
      %w[/etc/alpine-release 3.20.3] => "sh: /opt/db2: not found",
      ["/etc/redhat-release", "Red Hat Enterprise Linux release 9.4 (Plow)"] =>
        "sh: line 1: /opt/db2: No such file or directory" }.each do |(mark, text), words|
      resources = inspec(connect(target_dir { |made| made.write(mark, "#{text}\n") }))
      assert_match(/^#{words}$/, resources.ibmdb2_conf(asked).resource_exception_message)
    end
  end

  it "does not take a missing psql for an empty answer" do
    session = inspec(connect(target_dir)).postgres_session("a", "b")
    error = assert_raises(TrainProcroot::CouldNotLook) { session.query("SELECT 1").output }
    assert_match(/the target has no psql/, error.message)
  end

  it "takes a word of a question for the program where the resource found none" do
    resources = inspec(connect(target_dir))
    assert_equal "zfs is not installed", resources.zfs_pool("tank").resource_exception_message
    refute resources.zfs_pool("tank").exists?
    refute resources.zfs_dataset("tank/tmp").exists?
    rules = resources.nftables(table: "t", family: "f", chain: "c")
    assert_match(/Could not find `nft`/, rules.resource_exception_message)
    refute rules.has_rule?("accept")
  end

  it "takes a program that cannot be started for 'could not look' where a resource asks and there is no own shell" do
    dir = target_dir(environ: { "PATH" => "/bin" }) do |made|
      made.write("/bin/docker", "#!/nosuch\n", mode: 0o755)
      made.write("/bin/sh", "no program", mode: 0o644)
    end
    error = assert_raises(TrainProcroot::CouldNotLook) { inspec(connect(dir)).docker_container("app").exist? }
    assert_match(/the target has no shell/, error.message)
  end

  it "lets supplied tools read files for a resource, and says when they may not" do
    tools = ENV["SIDESCAN_TOOLS"] || File.expand_path("../../../.sidescan/tools", __dir__)
    skip "needs the supplied tools" unless File.exist?("#{tools}/manifest.json")
    dir = target_dir(uid: 1000, gid: 1000, program: ["/bin/sleep", "99"]) do |made|
      made.add_programs("/bin/sleep")
      made.write("/etc/aliases", "root: admin\n")
      made.write("/etc/xinetd.d/app", "service app\n{\n  disable = yes\n}\n")
      made.write("/etc/xinetd.conf", "includedir /etc/xinetd.d\n")
    end
    resources = inspec(connect(dir, tools: tools))
    assert resources.mail_alias("root").aliased_to?("admin")
    assert_equal %w[app], resources.xinetd_conf.services
    File.chmod(0o600, dir.on_host("/etc/aliases"))
    resources = inspec(connect(dir, tools: tools))
    assert_raises(TrainProcroot::CouldNotLook) { resources.mail_alias("root").aliased_to?("admin") }
  end

  it "takes a command that a control hands to a resource for the control's own" do
    connection = connect(target_dir, commands: "none")
    error = assert_raises(TrainProcroot::CouldNotLook) { inspec(connection).json(command: "cat /etc/app.json").params }
    refute_match(/json resource/, error.message)
    assert_equal "command cat /etc/app.json", asked(connection).last[0]
  end

  it "knows Train's platform detection" do
    connection = connect(target_dir)
    connection.os
    assert_includes asked(connection), ["platform uname -s", "native", nil]
  end

  it "takes whoever asks without InSpec for a control" do
    connection = connect(target_dir)
    assert_nil TrainProcroot::Asker.name
    assert_equal 127, connection.run_command("sh -c 'type \"ss\"'").exit_status
  end

  it "is not fooled by a profile's file that is named like a resource" do
    connection = connect(target_dir)
    resources = inspec(connection)
    library = "resources.command('ss').exist?"
    refute eval(library, binding, "/profile/libraries/inspec/resources/port.rb") # rubocop:disable Security/Eval
  end

  it "lets the programs be known that a command line names" do
    named = TrainProcroot::Programs.method(:named_in)
    assert_equal %w[rpm grep], named.call("rpm -qa | grep 'a|b; c'")
    assert_equal %w[systemctl], named.call("LANG=C systemctl is-active sshd --quiet")
    assert_equal %w[sh find wc], named.call("sh -c 'find /etc -name x | wc -l'")
    assert_equal %w[/usr/sbin/apachectl sort], named.call("test -x /x && /usr/sbin/apachectl -S 2>&1 | sort")
    assert_equal %w[sqlplus], named.call("echo 'q';sqlplus -S a/b@c <<'EOC'\nSET FEEDBACK OFF\nSELECT 1;\nEXIT\nEOC")
    assert_equal %w[cat wc], named.call("cat <<E | wc\nrm -rf\nE\n")
  end
end
