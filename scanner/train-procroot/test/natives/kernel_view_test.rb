# frozen_string_literal: true

require "socket"
require_relative "asking"

# What the kernel answers according to the namespaces of whoever asks: ports, mounts, parameters.
class KernelViewTest < ProcrootTest
  include Asking

  LISTEN = <<~'RUBY'
    require "socket"
    $listening = [TCPServer.new("0.0.0.0", 7001), UDPSocket.new.tap { |u| u.bind("0.0.0.0", 7002) }]
    [[7003, 0], [7004, 1]].each do |port, only|
      s = Socket.new(:INET6, :STREAM)
      s.setsockopt(:IPV6, :V6ONLY, only)
      s.bind(Addrinfo.tcp("::", port))
      s.listen(1)
      $listening << s
    end
    File.write("/proc/self/comm", "v6only:1\" ,(x")
    $stdout.puts "ready"
    $stdout.flush
    sleep
  RUBY

  it "lists what listens in the target's own network, by the pid that the target sees" do
    target = target_dir.start
    here = TCPServer.new("127.0.0.1", 0)
    listen_in(target)
    lines = out(target, "ss -tulpen", :port).lines(chomp: true).drop(1).sort_by { |line| line[/:(70\d\d) /, 1] }.rotate
    assert_equal(["udp 0.0.0.0:7002", "tcp *:7003", "tcp [::]:7004", "tcp 0.0.0.0:7001"],
                 lines.map { |line| line.split.values_at(0, 4).join(" ") })
    refute(lines.any? { |line| line.include?(":#{here.local_address.ip_port} ") })
    assert_match(/users:\(\("v6only\?1\? ,\?x",pid=\d,fd=\d+\)\)/, lines.last)
    assert_equal([false, false, true, false], lines.map { |line| line.include?("v6only:1") })
  ensure
    here&.close
  end

  it "lists one port when one is asked for" do
    target = target_dir.start
    listen_in(target)
    assert_equal 2, out(target, "ss -tulpen '( dport = 7001 or sport = 7001 )'", :port).lines.size
    assert_equal 1, out(target, "ss -tulpen '( dport = 7999 or sport = 7999 )'", :port).lines.size
  end

  it "still lists ports where the kernel cannot be asked which are for IPv6 only" do
    target = target_dir.start
    listen_in(target)
    TrainProcroot::SocketDiag.stub(:v6only, -> { raise IOError }) do
      lines = out(target, "ss -tulpen", :port).lines(chomp: true).drop(1)
      assert_equal ["*:7003", "*:7004"], lines.map { |line| line.split[4] }.grep(/700[34]/).sort
    end
  end

  it "tells the target's own host name, and what the firmware says where the target can see it" do
    target = target_dir { |made| made.write("/sys/class/dmi/id/sys_vendor", "A vendor\n") }.start
    system("nsenter", "--target", target.pid.to_s, "--uts", "hostname", "its-own-name", exception: true)

    assert_equal "its-own-name\n", out(target, "hostname", :sys_info)
    assert_equal "A vendor\n", out(target, "cat /sys/class/dmi/id/sys_vendor", :sys_info)
    assert_equal 1, ask(target, "cat /sys/class/dmi/id/product_name", :sys_info).exit_status
    assert_nil ask(target, "cat /etc/shadow", :sys_info)
    assert_nil ask(target, "hostname", :command)
    assert_equal "its-own-name\n", out(target, "hostname -s", :sys_info)
    assert_equal 1, ask(target, "hostname -f", :sys_info).exit_status
    target.write("/etc/hosts", "10.1.1.1 its-own-name.example.org its-own-name\n")
    assert_equal "its-own-name.example.org\n", out(target, "hostname -f", :sys_info)
    assert_equal "example.org\n", out(target, "hostname -d", :sys_info)
    assert_equal "\n", out(target, "hostname -I", :sys_info)
  end

  it "reads parameters from inside the target's namespaces" do
    target = target_dir.start
    sysctl = ->(key) { ask(target, "/sbin/sysctl -q -n #{key}", :kernel_parameter) }
    assert_equal 1, sysctl["net.ipv4.conf.eth0.rp_filter"].exit_status
    assert_equal 0, sysctl["net.ipv4.conf.lo.rp_filter"].exit_status
    assert_equal File.read("/proc/sys/vm/swappiness"), sysctl["vm.swappiness"].stdout
    in_namespaces(target, "uts") { File.write("/proc/sys/kernel/hostname", "the-target") }
    assert_equal "the-target\n", sysctl["kernel.hostname"].stdout
    refute_equal "the-target", Socket.gethostname
    assert_includes out(target, "/sbin/sysctl -a", :kernel_parameters), "kernel.hostname = the-target\n"
  end

  it "does not pass the scanner's network off as the target's where it may not enter" do
    target = target_dir.start
    TrainProcroot::Sys.stub(:setns, ->(*) { raise Errno::EPERM }) do
      error = assert_raises(TrainProcroot::CouldNotLook) { ask(target, "/sbin/sysctl -q -n net.ipv4.ip_forward", :kernel_parameter) }
      assert_includes error.message, "net namespace cannot be entered"
      assert_equal 0, ask(target, "/sbin/sysctl -q -n vm.swappiness", :kernel_parameter).exit_status
    end
  end

  it "says so when a parameter does not exist, and follows no path out of /proc/sys" do
    ["kernel.none", "../self/environ", "kernel/../../self/environ", "kernel.*"].each do |key|
      assert_equal 1, ask(target_dir, "/sbin/sysctl -q -n #{key}", :kernel_parameter).exit_status, key
    end
    assert_nil ask(target_dir, "/sbin/sysctl -q -n $(id)", :kernel_parameter)
  end

  it "shows the target's mounts, not the scanner's" do
    target = target_dir.start
    mount = ->(path) { ask(target, "mount | grep -- ' on #{path} '", :mount) }
    assert_equal "proc on /proc type proc (rw,relatime)\n", mount["/proc"].stdout
    assert_equal 1, mount["/dev/shm"].exit_status
    assert_equal 1, mount["/.*"].exit_status
  end

  it "reads a mount table whatever is in it" do
    table = "1 0 8:1 / /a\\040b\\012c rw,nosuid shared:1 - ext4 /dev/x\\011y rw,data=ordered\n" \
            "2 0 8:1 / /ro rw - tmpfs  ro,size=1k\n" \
            "3 0 8:1 /sub \xFF ro,noexec - overlay overlay rw,lowerdir=/l\nbroken\n"
    assert_equal ["/dev/x?y on /a b?c type ext4 (rw,nosuid,data=ordered)", "none on /ro type tmpfs (ro,size=1k)",
                  "overlay on ? type overlay (ro,noexec,lowerdir=/l)"],
                 TrainProcroot::Natives::Mounts.parse(table.b).map(&:to_s)
  end

  it "prints the environment of the main process, whatever bytes it holds" do
    target = target_dir(environ: { "A" => "1=2", "BAD" => "\xFF".b, "EMPTY" => "" })
    lines = out(target, "env", :os_env).lines(chomp: true)
    assert_equal ["A=1=2", "BAD=\uFFFD", "EMPTY="], lines.sort & ["A=1=2", "BAD=\uFFFD", "EMPTY="]
    assert_nil ask(target, "env", :command)
  end

  it "shows the interfaces of the target's own network, and no state where its root has no /sys" do
    target = target_dir.start
    assert_equal "lo\n", out(target, "ls /sys/class/net", :interfaces)
    details = ->(name) { ask(target, "find /sys/class/net/#{name}/ -maxdepth 1 -type f -exec sh -c 'x'", :interface) }
    assert_equal 1, details["eth0"].exit_status
    assert_raises(TrainProcroot::CouldNotLook) { details["lo"] }
    assert_equal 1, ask(target, "/sbin/ip -br -4 address show dev eth0", :interface).exit_status
  end

  private

  def listen_in(target)
    reader, writer = IO.pipe
    stray(RbConfig.ruby, "--disable-gems", "-e", LISTEN, target: target, out: writer, chdir: "/")
    writer.close
    assert_equal "ready\n", reader.gets
  end

  # Runs the block in namespaces of the target.
  def in_namespaces(target, *kinds)
    Process.wait(fork do
      kinds.each { |kind| join(target, kind) }
      yield
    ensure
      exit!(0)
    end)
  end
end
