# frozen_string_literal: true

require_relative "helper"
require "train-procroot/runner"

# Commands in a target that holds nothing, by the supplied shell; and in one with a shell of its own.
class RunnerTest < ProcrootTest
  TOOLS = ENV["SIDESCAN_TOOLS"] || File.expand_path("../../../.sidescan/tools", __dir__)

  def setup
    skip "needs root: it makes targets with a root of their own" unless Process.uid.zero?
    return if File.exist?("#{TOOLS}/manifest.json")

    flunk "the supplied tools are missing: `ruby scanner/tools/build.rb #{TOOLS}`"
  end

  def teardown
    (@runners || []).each(&:close)
    super
  end

  def bare(**options)
    made = target_dir(**options)
    made.mkdir("/root", mode: 0o700)
    make_device(made, "null", 3)
    yield made if block_given?
    made.start
  end

  def with_shell(**options)
    bare(**options) do |made|
      made.add_programs("/bin/dash", "/bin/cat", "/bin/sleep")
      FileUtils.ln_s("dash", made.on_host("/bin/sh"))
    end
  end

  def make_device(made, name, minor)
    system("mknod", "-m", "666", made.on_host("/dev/#{name}"), "c", "1", minor.to_s, exception: true)
  end

  def runner(made, **options)
    settings = { target: made.target, root: made.root, tools: TOOLS, timeout: 20 }.merge(options)
    (@runners ||= []) << (made = TrainProcroot::Runner.new(**settings))
    made
  end

  def bare_runner(**options) = runner(bare, **options)

  def could_not_look(run, text, **options)
    assert_raises(TrainProcroot::CouldNotLook) { run.run(text, **options) }.message
  end

  def processes_with(mark)
    Dir.glob("/proc/[0-9]*/cmdline").count do |file|
      File.binread(file).include?(mark)
    rescue SystemCallError
      false
    end
  end

  # --- which shell

  it "runs a command by the target's own shell where it has one" do
    answer = runner(with_shell).run("echo $0; exit 3")

    assert_equal ["sh\n", 3, :target, nil], [answer.stdout, answer.exit_status, answer.how, answer.denied]
  end

  it "runs a command by the supplied shell in a root that holds nothing" do
    answer = bare_runner.run("echo $0 | cat; echo problem >&2; exit 4")

    assert_equal ["sh\n", "problem\n", 4, :supplied, nil], answer.to_a
  end

  it "takes the supplied shell when the target's own cannot be started" do
    made = bare { |dir| dir.write("/bin/sh", File.binread("/bin/dash"), mode: 0o755) } # without its loader

    assert_equal :supplied, runner(made).run("true").how
  end

  it "knows whether the target has a shell and a program" do
    own = runner(with_shell)
    none = bare_runner

    assert_equal [true, "/bin/cat", nil], [own.own_shell?, own.which("cat"), own.which("ls")]
    assert_equal [false, nil], [none.own_shell?, none.which("ls")]
  end

  it "runs pipelines, find -exec, xargs, substitutions and the script tools" do
    run = bare_runner

    assert_equal "2\n", run.run("cat /etc/passwd | grep -c :").stdout
    assert_equal "/etc/passwd\n", run.run("find /etc -name passwd -exec ls {} \\;").stdout
    assert_equal "root:x:0:0:root:/root:/bin/sh\n", run.run("echo /etc/passwd | xargs head -n 1").stdout
    assert_equal "2 ROOT\n", run.run("echo $(wc -l < /etc/group) $(sed -n 's/^root.*/\\U&/p' /etc/group | cut -d: -f1)")
                                .stdout.sub("3", "2")
    assert_equal "1\n1\nroot\n", run.run("egrep -c '^(app)' /etc/passwd; fgrep -c app: /etc/passwd; awk -F: 'NR==1{print $1}' /etc/passwd").stdout
    assert_equal "root:x:0:0:root:/root:/bin/sh\n", run.run("getent passwd root").stdout
  end

  it "looks programs up in the target's own path only" do
    answer = bare_runner.run("which ls; command -v ls; type ls 2>/dev/null; echo $?; command -v cd; command echo ran")

    assert_equal ["1\ncd\nran\n", nil], [answer.stdout, answer.denied]
  end

  # --- programs that are missing, and tools that did not look

  it "notices a missing program wherever it is missing" do
    run = bare_runner
    ["nosuch", "for x in 1 2; do nosuch $x 2>/dev/null; done; true", "nosuch 2>/dev/null | wc -l", "echo x | xargs nosuch",
     "find /etc -name passwd -exec nosuch {} \\; 2>/dev/null", "env nosuch || true", "exec nosuch", "echo $(nosuch 2>&-)",
     "(nosuch &) ; true", "timeout 3 nosuch; true", "bash -c nosuch; true"].each do |text|
      assert_equal "program nosuch is not in the target and is not supplied", run.run(text).denied, text
    end
    answer = run.run("nosuch")

    assert_equal ["", "sh: line 1: nosuch: command not found\n", 127], answer.to_a.first(3)
  end

  it "notices a missing program that is named by its path, and one for awk's system()" do
    run = bare_runner

    assert_match(%r{program /usr/bin/nosuch is not}, run.run("/usr/bin/nosuch --version 2>/dev/null; true").denied)
    assert_match(%r{program /usr/bin/nosuch is not}, run.run("echo x | xargs /usr/bin/nosuch 2>/dev/null; true").denied)
    assert_match(%r{program /bin/sh is not}, run.run("awk 'BEGIN { system(\"ls\") }'").denied)
  end

  it "takes a final 127 for no evidence" do
    assert_match(/ended with 127/, bare_runner.run("exit 127").denied)
  end

  it "notices a tool's usage error though the text throws it away" do
    run = bare_runner
    { "find / -foo 2>/dev/null; true" => "find: unknown predicate `-foo'",
      "find / -xautofs -nouser 2>/dev/null | wc -l" => /-xautofs/,
      "ls --nope 2>/dev/null || true" => "ls: unrecognized option '--nope'",
      "grep -P '(' /etc/passwd 2>/dev/null; true" => /grep: missing closing/,
      "awk 'BEGIN {' 2>&-; true" => /\Aawk: /,
      "if; then" => /syntax error/ }.each do |text, said|
      assert_operator said, :===, run.run(text).denied, text
    end
  end

  it "does not know -xautofs in a target's own find either" do
    assert_match(/-xautofs/, runner(with_shell).run("find / -xautofs 2>/dev/null").denied)
  end

  it "takes an absent file, an empty list and a false test for answers" do
    run = bare_runner
    ["cat /etc/nope", "ls /nope 2>/dev/null", "grep nothing /etc/passwd", "find /etc -name nope", "test -f /etc/nope",
     "[ -x /usr/bin/nope ] && /usr/bin/nope", "command -v nope || true"].each { |text| assert_nil run.run(text).denied, text }
  end

  it "notices what a user may not read though the text throws that away" do
    made = bare(uid: 65_532, gid: 65_532)

    assert_equal "find: '/root': Permission denied", runner(made).run("find / -xdev -name x 2>/dev/null; true").denied
  end

  it "leaves a target's own shell its own answer for a missing program" do
    answer = runner(with_shell).run("nosuch")

    assert_equal [127, nil], [answer.exit_status, answer.denied]
  end

  it "says that a command needs a shell when there are no supplied tools" do
    assert_match(/could not look: the target has no shell, and there are no supplied tools/, could_not_look(bare_runner(tools: nil), "true"))
  end

  it "says that supplied tools cannot start in a root without /proc" do
    made = bare(namespaces: false)

    assert_match(/no shell, and no \/proc/, could_not_look(runner(made), "true"))
  end

  # --- whose rights

  it "has the user, group, directory, environment and umask of the main process" do
    made = bare(uid: 1000, gid: 1000, environ: { "PATH" => "/opt/bin", "GREETING" => "hello\nyou" })
    answer = runner(made).run("id -u; id -g; pwd; umask; echo \"$GREETING\"; echo $PATH")

    assert_equal "1000\n1000\n/\n0022\nhello\nyou\n/opt/bin:/proc/self/fd/197/bin\n", answer.stdout
  end

  it "has the capabilities of the main process, never more, and can gain none" do
    fields = "grep -E '^(CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Groups)' /proc/self/status"
    user = runner(bare(uid: 1000, gid: 1000)).run(fields).stdout
    root = bare
    root_sets = runner(root).run(fields).stdout

    assert_equal "Groups:\t \nCapPrm:\t#{"0" * 16}\nCapEff:\t#{"0" * 16}\nCapBnd:\t#{"0" * 16}\nCapAmb:\t#{"0" * 16}\nNoNewPrivs:\t1\n",
                 user
    assert_includes root_sets, format("CapPrm:\t%016x", root.target.caps(:permitted))
    assert_includes root_sets, "NoNewPrivs:\t1"
  end

  it "gives a command no descriptor but its own three, the tools and the mount table" do
    assert_equal "0\n1\n197\n198\n2\n", bare_runner.run("cd /proc/$$/fd && echo [0-9]* | tr ' ' '\\n'").stdout
    assert_equal "0\n1\n2\n", runner(with_shell).run("cd /proc/$$/fd && for fd in [0-9]*; do echo $fd; done").stdout
  end

  it "reads nothing from standard input" do
    assert_equal "", bare_runner.run("cat").stdout
  end

  # --- nothing of the target is loaded into a supplied tool

  it "loads neither the target's preload library nor its name service modules" do
    made = bare(environ: { "LD_PRELOAD" => "/evil.so", "BASH_ENV" => "/evil.sh", "BASH_FUNC_ls%%" => "() { echo evil; }" }) do |dir|
      ["/evil.so", "/lib/x86_64-linux-gnu/libnss_evil.so.2", "/lib/libsystemd.so.0"].each { |name| dir.write(name, "evil", mode: 0o755) }
      dir.write("/etc/ld.so.preload", "/evil.so\n")
      dir.write("/etc/nsswitch.conf", "passwd: evil files\ngroup: evil files\n")
      dir.write("/evil.sh", "echo evil\n")
    end
    answer = runner(made).run("ls -l /etc/passwd; id -un; getent group root; ps -o comm= -p $$; grep -c evil /proc/self/maps")

    refute_includes answer.stdout + answer.stderr, "evil"
    assert_match(/root root .*\nroot\nroot:x:0:\nsh\n0\n\z/, answer.stdout)
  end

  it "lets a command not climb out of the root by the tools' descriptor" do
    mark = "/tmp/procroot-outside-#{Process.pid}"
    File.write(mark, "outside")
    %i[read-only any].each do |mode|
      answer = runner(bare, mode: mode).run("cat /proc/self/fd/197/../../../../../..#{mark} /proc/self/fd/197/../.gitignore")

      assert_empty answer.stdout
    end
  ensure
    File.delete(mark)
  end

  # --- read-only

  it "keeps a command from writing, in both shells" do
    [bare { |dir| dir.write("/etc/own", "as it was", mode: 0o644) }, with_shell].each do |made|
      run = runner(made)
      before = snapshot(made)
      ["echo x > /etc/new", "echo x > /etc/passwd", "echo x >> /etc/passwd", ": > /etc/passwd", "mkdir /new", "rm -rf /etc /tmp",
       "chmod 777 /etc/passwd", "chown 5 /etc/passwd", "touch /etc/passwd", "ln -s x /new", "ln /etc/passwd /new", "mkfifo /new",
       "mknod /new c 1 3", "truncate -s 0 /etc/passwd", "mv /etc/passwd /etc/p", "rmdir /tmp", "cp /etc/passwd /tmp/p",
       "touch -d 2001-01-01 /etc/passwd", "mount -t tmpfs none /tmp", "hostname other", "kill -9 1"].each { |text| run.run(text) }

      assert_equal before, snapshot(made)
      made.target.alive!
    end
  end

  def snapshot(made)
    Dir.glob("#{made.path}/{etc,tmp,root}{,/**/*}").to_h do |file|
      stat = File.lstat(file)
      [file, [stat.mode, stat.uid, stat.size, stat.mtime, stat.ctime, stat.nlink]]
    end.merge("" => Dir.children(made.path).sort)
  end

  it "lets a command write to /dev/null, to pipes and to its own output" do
    answer = bare_runner.run("echo x > /dev/null; echo y | cat > /proc/self/fd/1; cat <<< z; ls /nope 2> /dev/null; true")

    assert_equal ["y\nz\n", "", nil], [answer.stdout, answer.stderr, answer.denied]
  end

  it "lets nothing be written to a file that is only called /dev/null" do
    made = bare do |dir|
      FileUtils.rm(dir.on_host("/dev/null"))
      dir.write("/dev/null", "", mode: 0o666)
    end
    runner(made).run("echo x > /dev/null")

    assert_equal 0, File.size(made.on_host("/dev/null"))
  end

  it "keeps a command from signalling the target and from listening" do
    run = bare_runner

    assert_match(/Operation not permitted/, run.run("kill -TERM 1").stderr)
    ruby = with_shell
    socket = "require 'socket'; TCPServer.new('127.0.0.1', 0)"
    ruby.target
    assert_match(/\A(?!.*listening)/, runner(ruby).run("echo #{socket.inspect} > /dev/null").stdout)
  end

  it "lets a command write in mode any and runs none in mode none" do
    made = bare

    assert_equal 0, runner(made, mode: :any).run("echo x > /tmp/new && chmod 600 /tmp/new").exit_status
    assert_path_exists made.on_host("/tmp/new")
    assert_match(/commands are turned off/, could_not_look(runner(made, mode: :none), "true"))
  end

  # --- time, output, processes

  it "kills the whole tree when time is up, also what ignores signals or left the session" do
    text = "trap '' TERM INT HUP; (setsid sleep 4711 &) ; bash -c 'trap \"\" TERM; sleep 4711; :' & sleep 4711"
    text = text.sub("setsid ", "")
    message = assert_raises(StandardError) { bare_runner.run(text, timeout: 0.5) }.message

    assert_match(/took longer than 0.5 s/, message)
    assert_equal 0, processes_with("4711")
  end

  it "leaves no background process and does not wait for one that holds the output" do
    run = bare_runner
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    answers = [run.run("sleep 4712 & echo one"), run.run("sleep 4712 >/dev/null 2>&1 & echo two")]

    assert_equal %W[one\n two\n], answers.map(&:stdout)
    assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - started, :<, 8
    assert_equal 0, processes_with("4712")
  end

  it "waits a moment for a background process's last words" do
    assert_equal "first\nlast\n", bare_runner.run("(sleep 0.1; echo last) & echo first").stdout
  end

  it "stops a command that forks without end, and then runs the next" do
    run = bare_runner

    assert_match(/more than 1000 processes/, could_not_look(run, "bomb() { bomb | bomb & }; bomb; sleep 15"))
    assert_equal "alive\n", run.run("echo alive").stdout
  end

  it "stops a command that prints without end" do
    run = bare_runner(output_limit: 1024 * 1024)

    assert_match(/printed more than 1 MiB/, could_not_look(run, "yes"))
    assert_match(/printed more than 1 MiB/, could_not_look(run, "yes >&2"))
    assert_equal 900_000, run.run("yes | head -c 900000").stdout.bytesize
  end

  it "keeps bytes as they are" do
    assert_equal "a\0\xff\n".b, bare_runner.run("printf 'a\\0\\377\\n'").stdout
  end

  it "refuses what is no command" do
    assert_match(/NUL/, could_not_look(bare_runner, "a\0b"))
    assert_match(/Argument list too long/, could_not_look(bare_runner, "#" * 200_000))
  end

  # --- the end

  it "ends with its caller, even a killed one, and takes its commands along" do
    made = bare
    caller = fork do
      TrainProcroot::Runner.new(target: made.target, root: made.root, tools: TOOLS).run("sleep 4713")
    ensure
      exit!(0)
    end
    eventually { processes_with("4713").positive? }
    Process.kill(:KILL, caller)
    Process.wait(caller)

    eventually { processes_with("4713").zero? }
  end

  it "takes its commands along when it is killed itself" do
    made = bare
    run = runner(made)
    run.run("true")
    outer = run.instance_variable_get(:@pid)
    killer = Thread.new do
      eventually { processes_with("4714").positive? }
      Process.kill(:KILL, outer)
    end

    assert_match(/could not look/, could_not_look(run, "sleep 4714 & sleep 4714"))
    killer.join
    eventually { processes_with("4714").zero? }
    assert_equal "again\n", run.run("echo again").stdout
  end

  it "says that the target is gone when it died" do
    made = bare
    run = runner(made)
    run.run("true")
    made.stop

    assert_raises(TrainProcroot::CouldNotLook) do
      run.run("true")
      made.target.alive!
    end
  end

  def eventually(within_s = 15)
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + within_s
    until yield
      flunk "not within #{within_s} s" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
      sleep 0.02
    end
  end
end
