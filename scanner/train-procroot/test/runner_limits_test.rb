# frozen_string_literal: true

require_relative "with_runner"

# What a command may not do, and how it ends.
class RunnerLimitsTest < ProcrootTest
  include WithRunner

  # --- read-only

  it "keeps a command from writing, in both shells" do
    [bare { |dir| dir.write("/etc/own", "as it was", mode: 0o644) }, with_shell].each do |made|
      run = runner(made)
      before = snapshot(made)
      ["echo x > /etc/new", "echo x > /etc/passwd", "echo x >> /etc/passwd", ": > /etc/passwd", "mkdir /new", "rm -rf /etc /tmp",
       "chmod 777 /etc/passwd", "chown 5 /etc/passwd", "touch /etc/passwd", "ln -s x /new", "ln /etc/passwd /new", "mkfifo /new",
       "mknod /new c 1 3", "truncate -s 0 /etc/passwd", "mv /etc/passwd /etc/p", "rmdir /tmp", "cp /etc/passwd /tmp/p",
       "touch -d 2001-01-01 /etc/passwd", "mount -t tmpfs none /tmp", "hostname other", "kill -9 1"].each do |text|
        run.run(text)
      end

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
end
