# frozen_string_literal: true

require "shellwords"
require "socket"
require_relative "with_runner"

# What a command may not do, and how it ends.
class RunnerLimitsTest < ProcrootTest
  include WithRunner

  # --- read-only

  CHANGES = [
    "echo x > /etc/new", "echo x > /etc/passwd", "echo x >> /etc/passwd", ": > /etc/passwd", "mkdir /new",
    "rm -rf /etc /tmp", "chmod 777 /etc/passwd", "chown 5 /etc/passwd", "touch /etc/passwd", "ln -s x /new",
    "ln /etc/passwd /new", "mkfifo /new", "mknod /new c 1 3", "truncate -s 0 /etc/passwd", "mv /etc/passwd /etc/p",
    "rmdir /tmp", "cp /etc/passwd /tmp/p", "touch -d 2001-01-01 /etc/passwd", "mount -t tmpfs none /tmp",
    "hostname other", "kill -9 1"
  ].freeze

  it "keeps a command from writing, in both shells" do
    [bare { |dir| dir.write("/etc/own", "as it was", mode: 0o644) }, with_shell].each do |made|
      run = runner(made)
      before = snapshot(made)
      CHANGES.each { |text| run.run(text) }

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
    answer = bare_runner.run("echo x > /dev/null; echo y | cat > /proc/self/fd/1; cat <<< z; " \
                             "ls /nope 2> /dev/null; true")

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

  it "keeps a command from signalling the target" do
    assert_match(/Operation not permitted/, bare_runner.run("kill -TERM 1").stderr)
  end

  # --- the network, tried with this machine's own Ruby

  it "keeps a command from binding a TCP port and from listening without one" do
    bind = "TCPServer.new('127.0.0.1', 0)"
    listen = "Socket.new(:INET, :STREAM).listen(1)"

    assert_equal %w[done done], [socket(bind, mode: :any), socket(listen, mode: :any)]
    assert_equal "Errno::EPERM", socket(listen)
    skip "this kernel's Landlock knows no TCP ports" if TrainProcroot::Landlock.abi < 4
    assert_equal "Errno::EACCES", socket(bind)
    assert_equal "Errno::EACCES", socket("TCPServer.new('::', 0)") if File.exist?("/proc/net/if_inet6")
  end

  it "keeps a command from a socket that has no file" do
    skip "this kernel's Landlock knows no abstract sockets" if TrainProcroot::Landlock.abi < 6
    name = "\0procroot-test-#{Process.pid}"
    server = UNIXServer.new(name)
    connect = "UNIXSocket.new(#{name.dump})"

    assert_equal %w[done Errno::EPERM], [socket(connect, mode: :any), socket(connect)]
  ensure
    server&.close
  end

  # What becomes of a piece of Ruby in a target whose root is this machine's: "done", or the error's class.
  def socket(code, **options)
    text = "begin; #{code}; puts 'done'; rescue SystemCallError => e; puts e.class; end"
    command = Shellwords.join([RbConfig.ruby, "--disable-gems", "-rsocket", "-e", text])
    runner(machine, **options).run(command).stdout.chomp
  end

  it "lets a command write in mode any and runs none in mode none" do
    made = bare

    assert_equal 0, runner(made, mode: :any).run("echo x > /tmp/new && chmod 600 /tmp/new").exit_status
    assert_path_exists made.on_host("/tmp/new")
    assert_match(/commands are turned off/, could_not_look(runner(made, mode: :none), "true"))
  end

  # --- time, output, processes

  it "kills the whole tree when time is up, also what ignores signals or left the session" do
    daemon = "(setsid -f sleep #{MARK} > /dev/null 2>&1)"
    text = "trap '' TERM INT HUP; #{daemon}; (setsid sh -c '#{daemon}; sleep #{MARK}' &); " \
           "sh -c 'trap \"\" TERM; sleep #{MARK}; :' & sleep #{MARK}"
    own = with_shell { |dir| dir.add_programs("/usr/bin/setsid") }
    [own, bare].each do |made|
      started = Thread.new { eventually { sleepers == 5 } }
      message = assert_raises(StandardError) { runner(made).run(text, timeout: 1.5) }.message
      left = processes_with(MARK)
      started.join

      assert_match(/took longer than 1.5 s/, message)
      assert_equal 0, left
    end
  end

  it "leaves no background process and does not wait for one that holds the output" do
    run = bare_runner
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    answers = [run.run("sleep #{MARK} & echo one"), run.run("sleep #{MARK} >/dev/null 2>&1 & echo two")]

    assert_equal %W[one\n two\n], answers.map(&:stdout)
    assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - started, :<, 8
    assert_equal 0, processes_with(MARK)
  end

  it "waits a moment for a background process's last words" do
    assert_equal "first\nlast\n", bare_runner.run("(sleep 0.1; echo last) & echo first").stdout
  end

  it "stops a command that forks without end, and then runs the next" do
    run = bare_runner

    assert_match(/more than 1000 processes/, could_not_look(run, "bomb() { bomb | bomb & }; bomb; sleep 15"))
    assert_equal "alive\n", run.run("echo alive").stdout
  end

  it "stops the target's own shell when it forks without end" do
    run = runner(with_shell)

    assert_match(/more than 1000 processes/, could_not_look(run, "bomb() { bomb | bomb & }; bomb; sleep 15"))
    assert_equal "alive\n", run.run("echo alive").stdout
  end

  it "lets the target's own shell fork while an older child ends" do
    found = runner(with_shell).run("for round in 1 2 3 4 5; do #{'(exit 1) | true;' * 100} done; echo done")

    assert_equal ["done\n", "", 0], [found.stdout, found.stderr, found.exit_status]
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
      TrainProcroot::Runner.new(target: made.target, root: made.root, tools: TOOLS).run("sleep #{MARK}")
    ensure
      exit!(0)
    end
    eventually { processes_with(MARK).positive? }
    Process.kill(:KILL, caller)
    Process.wait(caller)

    eventually { processes_with(MARK).zero? }
  end

  it "takes its commands along when it is killed itself" do
    made = bare
    run = runner(made)
    run.run("true")
    outer = run.instance_variable_get(:@pid)
    killer = Thread.new do
      eventually { sleepers == 2 }
      Process.kill(:KILL, outer)
    end

    assert_match(/could not look/, could_not_look(run, "sleep #{MARK} & sleep #{MARK}"))
    killer.join
    eventually { processes_with(MARK).zero? }
    assert_equal "again\n", run.run("echo again").stdout
  end

  # As they fall under load: the inner process finds out late, or after the outer one left words unread.
  it "takes its commands along when it is killed while it was not heard" do
    %i[outer inner].each do |held|
      run = bare_runner
      run.run("true")
      outer = run.instance_variable_get(:@pid)
      inner = Integer(File.read("/proc/#{outer}/task/#{outer}/children"))
      killer = Thread.new do
        eventually { sleepers == 2 }
        Process.kill(:STOP, held == :outer ? outer : inner)
        sleep 0.2
        Process.kill(:KILL, outer)
        Process.kill(:CONT, inner)
      end

      assert_match(/could not look/, could_not_look(run, "sleep #{MARK} & sleep #{MARK}"))
      killer.join
      eventually { processes_with(MARK).zero? }
    end
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
