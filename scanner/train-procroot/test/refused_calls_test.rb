# frozen_string_literal: true

require "shellwords"
require_relative "with_runner"
require "train-procroot/seccomp"

# A read-only command as root with every capability, in this machine's own root: what Landlock has no right for.
class RefusedCallsTest < ProcrootTest
  include WithRunner

  # What becomes of each piece of Ruby: what it gives, or the error's class.
  def outcomes(codes)
    text = "$VERBOSE = nil; $kept = []; def at(text) = [$kept.push(text).last].pack('p').unpack1('J');" \
           "#{codes.map { |code| "begin; p((#{code})); rescue SystemCallError => e; puts e.class; end" }.join(';')}"
    command = Shellwords.join([RbConfig.ruby, "--disable-gems", "-rsocket", "-retc", "-e", text])
    answer = runner(machine).run(command)
    assert_equal "", answer.stderr
    answer.stdout.lines(chomp: true)
  end

  it "refuses changes of files that need no descriptor opened to write" do
    Dir.mktmpdir do |dir|
      file = File.join(dir, "file").tap { |path| File.write(path, "as it was") }
      seen = outcomes(["File.truncate(#{file.dump}, 0)", "File.open(#{file.dump}, File::RDONLY | File::TRUNC).close",
                       "File.open(#{file.dump}, 3 | File::TRUNC).close",
                       "syscall(469, -100, #{file.dump}, at([8,0,0,0,0].pack('QLLLL')), 24, 0)",
                       "File.open(#{dir.dump}).ioctl(0xc0045877, 0)",
                       "File.open(#{file.dump}).ioctl(0x40087602, [7].pack('q'))"])

      assert_equal ["Errno::EPERM"] * 6, seen
      assert_equal "as it was", File.read(file)
    end
  end

  it "adds no address by a netlink message, and says so of programs that ask with such rights" do
    # RTM_NEWADDR for 127.9.9.9/32 on the first interface, lo; the answer holds the error's number.
    message = "[40, 20, 0x605, 1, 0, 2, 32, 0, 0, 1, 8, 2, 127, 9, 9, 9, 8, 1, 127, 9, 9, 9].pack('LSSLLCCCCLSSC4SSC4')"
    send = "s.send(#{message}, 0, [16, 0, 0, 0].pack('SSLL'))"

    assert_equal [(-Errno::EPERM::Errno).to_s],
                 outcomes(["s = Socket.new(16, 3, 0); #{send}; s.recv(4096)[16, 4].unpack1('l')"])
    refute_includes Socket.ip_address_list.map(&:ip_address), "127.9.9.9"
    error = assert_raises(TrainProcroot::CouldNotLook) { runner(machine).run("iptables -S | wc -l") }
    assert_match(/iptables asks with NET_ADMIN/, error.message)
  end

  it "refuses changes of other processes and of what they share" do
    skip "the numbers are those of x86_64" if TrainProcroot::RefusedCalls::AARCH64
    memory = Integer(IO.popen(%w[ipcmk -M 4096], &:read)[/\d+/])
    seen = outcomes(["syscall(302, #{Process.pid}, 7, at([10,10].pack('QQ')), 0)", # prlimit64
                     "syscall(203, #{Process.pid}, 8, at([1].pack('Q')))", # sched_setaffinity
                     "syscall(31, #{memory}, 0, 0)", "syscall(30, #{memory}, 0, 0)", # shmctl, shmat
                     "syscall(438, syscall(434, #{Process.pid}, 0), 0, 0)", # pidfd_getfd
                     "syscall(29, 0, 4096, 0o1600)", "syscall(103, 5, 0, 0)", "syscall(250, 0, -5, 0)",
                     "syscall(304, 3, 0, 0)"])

    assert_equal ["Errno::EPERM"] * 9, seen
    assert_includes File.read("/proc/sysvipc/shm"), " #{memory} "
  ensure
    system("ipcrm", "-m", memory.to_s) if memory
  end

  it "refuses changes of the network that sockets are asked for" do
    seen = outcomes(["Socket.new(:INET, :DGRAM).ioctl(0x8914, ['lo', 0].pack('a16sx14'))", # SIOCSIFFLAGS: down
                     "Socket.new(:INET, :RAW, 255).setsockopt(0, 64, '')"]) # IPT_SO_SET_REPLACE

    assert_equal ["Errno::EPERM"] * 2, seen
    refute_equal 0, File.read("/sys/class/net/lo/flags").hex & 1
  end

  it "leaves what only asks" do
    seen = outcomes(["Process.getrlimit(7).size", "Socket.getifaddrs.any?", "Etc.nprocessors > 0",
                     "File.read('/etc/passwd').empty?", "Process.setrlimit(:CORE, 0)",
                     "Socket.new(:INET, :DGRAM).ioctl(0x8913, ['lo', 0].pack('a16sx14'))"])

    assert_equal %w[2 true true false nil 0], seen
  end

  it "lets signals only to the command's own group where Landlock knows none" do
    reader, writer = IO.pipe
    other = spawn("sleep", "600")
    pid = fork do
      Process.setsid
      TrainProcroot::Sys.prctl(38, 1)
      filter = TrainProcroot::Seccomp.program(refuse: true, notify: false, listen: false, signals: true)
      TrainProcroot::Seccomp.install(filter, listen: false)
      trap("USR1") { writer.puts "own" }
      writer.puts(attempt { Process.kill(:KILL, other) }, attempt { Process.kill(0, other) },
                  attempt { Process.kill(:KILL, -1) })
      Process.kill(:USR1, 0)
      sleep 0.1
      exit!(0)
    end
    Process.wait(pid)
    writer.close

    assert_equal %w[EPERM 1 EPERM own], reader.read.split
  ensure
    Process.kill(:KILL, other)
    Process.wait(other)
  end

  def attempt
    yield
  rescue Errno::EPERM
    "EPERM"
  end

  it "does not take for an answer what Landlock hides of other processes" do
    run = runner(machine)
    hidden = ["readlink /proc/#{@sleeper}/exe", "ls -l /proc/[0-9]*/fd 2>/dev/null", "ss -tlnp | grep evil",
              "netstat -plunt", "lsof -i"]
    hidden.each { |text| assert_match(/looks into other processes/, could_not_look(run, text)) }
    ["ls /proc/self/fd", "cat /proc/#{@sleeper}/status", "echo ss -t | sed -n p"].each do |text|
      assert_equal 0, run.run(text).exit_status
    end
  end

  it "does not take for an answer what a command said before it was killed by someone else" do
    run = runner(machine)

    assert_match(/killed by SIGKILL/, run.run("kill -9 $$").denied)
    assert_nil run.run("exit 137").denied
  end
end
