# frozen_string_literal: true

require "json"
require_relative "asking"

# A scanner with the target's uid and no capability, as in a restricted pod: it answers what it can see, and says of the
# rest that it could not look.
class UnprivilegedTest < ProcrootTest
  include Asking

  # The answers, or the reasons why there is none, by question.
  def asked(*questions, status: false)
    target = target_dir(namespaces: :mount, uid: 1000, gid: 1000, program: ["/bin/sleep", "99"]) do |t|
      t.add_programs("/bin/sleep")
      t.write("/etc/shadow", "root:*:1:0:9:7:::\n", mode: 0o640)
      t.write("/var/log/btmp", "", mode: 0o600)
      t.write("/var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nVersion: 1\n")
    end
    target.start
    as_user(1000) { questions.map { |command, asker| ask_anew(target.pid, command, asker, status: status) } }
  end

  it "answers from what everybody may read" do
    id, package, mount, access, existence = asked(
      ["id app", :user], ["dpkg -s a", :package], ["mount | grep -- ' on /proc '", :mount],
      ['su -s /bin/sh -c "test -r /etc/passwd" app', :file], ["sh -c 'type \"sleep\"'", :command]
    )
    assert_equal "uid=1000(app) gid=1000(app) groups=1000(app)\n", id
    assert_includes package, "Version: 1\n"
    assert_equal "proc on /proc type proc (rw,relatime)\n", mount
    assert_equal "", access
    assert_equal "sleep is /bin/sleep\n", existence
  end

  it "does without the home directory of a user that has none" do
    target = target_dir(namespaces: :mount, uid: 1000, gid: 1000, program: ["/bin/sleep", "99"]) do |t|
      t.add_programs("/bin/sleep")
      t.mkdir("/root", mode: 0o700)
      t.mkdir("/usr/lib/python3/dist-packages")
      t.write("/var/lib/gems/3.1.0/specifications/rack-2.0.gemspec", "")
    end
    target.start
    said = as_user(1000) do
      [["pip show six", :pip], ["gem list --local -a -q ^rack$", :gem],
       ["sh -c 'npm -g ls --json x'", :npm]].map { |command, asker| ask_anew(target.pid, command, asker, status: true) }
    end
    assert_equal [1, 0, 127], said
  end

  it "could not look at what it may not read, and never says that nothing is there" do
    reasons = asked(["chage -l root", :user], ["lastb -w -a | grep x | wc -l", :user],
                    ["/sbin/sysctl -q -n vm.stat_refresh", :kernel_parameter])
    reasons.each { |reason| assert_match(/\Acould not look: .*(Permission denied|not permitted)/, reason) }
  end

  it "finds the target's processes by their mounts where it may not look into them" do
    target = target_dir(namespaces: :mount, uid: 1000, gid: 1000, program: ["/bin/sleep", "99"])
    target.add_programs("/bin/sleep")
    target.start
    stray("sleep", "72", target: target)
    stray("sleep", "73")
    shown, = as_user(1000) { [ask_anew(target.pid, TrainProcroot::Natives::Processes::GNU, :processes)] }
    assert_equal ["/bin/sleep 99", "sleep 72"], shown.scan(/\S*sleep \d+$/).sort
  end

  it "reckons what others may do by owners, modes and the target's groups, where it may not become them and ask" do
    answers = asked(*['test -r /etc/passwd" root', 'test -r /etc/shadow" root', 'test -x /etc/shadow" root',
                      'test -r /etc/shadow" app', 'test -w /etc/passwd" app', 'test -x /etc" app',
                      'test -r /nosuch" root'].map { |text| ["su -s /bin/sh -c \"#{text}", :file] }, status: true)
    assert_equal [0, 0, 1, 1, 1, 0, 1], answers
  end

  it "says that it cannot know whose a port is where a process of the target keeps its descriptors to itself" do
    target = target_dir(namespaces: :mount, uid: 1000, gid: 1000, program: ["/bin/sleep", "99"])
    target.add_programs("/bin/sleep")
    target.start
    port = 20_000 + (Process.pid % 20_000)
    question = "ss -tulpen '( dport = #{port} or sport = #{port} )'"
    assert_equal(1, as_user(1000) { [ask_anew(target.pid, question, :port)] }.first.lines.size)
    reader, writer = IO.pipe
    stray(RbConfig.ruby, "-rsocket", "-e", "s = TCPServer.new('127.0.0.1', #{port}); puts :up; $stdout.close; sleep",
          target: target, out: writer)
    writer.close
    assert_equal "up\n", reader.gets
    said = as_user(1000) { [ask_anew(target.pid, question, :port)] }.first
    assert_match(/\Acould not look: whose the target's sockets are: the descriptors of its process \d+ may not/, said)
    assert_includes ask(target, question, :port).stdout, "users:((\"ruby"
  end

  private

  def ask_anew(pid, command, asker, status: false)
    target = TrainProcroot::Target.new(pid: pid)
    context = TrainProcroot::Native::Context.new(target, TrainProcroot::Root.new(target), {})
    answer = TrainProcroot::Native.answer(command, asker.to_s, context)
    status ? answer.exit_status : answer.stdout
  rescue TrainProcroot::CouldNotLook => e
    e.message
  end

  # The block's value, a JSON array, from a process of that user.
  def as_user(uid)
    reader, writer = IO.pipe
    Process.wait(fork do
      Process.groups = []
      Process::Sys.setgid(uid)
      Process::Sys.setuid(uid)
      # What changed its user is not to be looked into, not even by itself.
      TrainProcroot::Sys.prctl(TrainProcroot::Sys::PR_SET_DUMPABLE, 1, 0, 0, 0)
      writer.write(JSON.generate(yield))
    ensure
      exit!(0)
    end)
    writer.close
    JSON.parse(reader.read)
  end
end
