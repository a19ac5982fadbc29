# frozen_string_literal: true

require "socket"
require_relative "asking"
require_relative "comparison"

# What InSpec's resources say of processes, sockets, mounts and parameters through procroot is what they say where ps,
# ss and their like run.
class SameKernelValuesTest < ComparisonTest
  include Asking

  it "processes, but for what changes while one looks (cpu, time, start to the second)" do
    needs "ps"
    name = "sidescan-compare-#{Process.pid}"
    stray(["sleep", name], "77")
    Process.setpriority(Process::PRIO_PROCESS, stray(["sleep", "#{name}-nice"], "77"), 5)
    [name, "#{name}-nice", /\A#{name}/, "no-such-process"].each do |pattern|
      assert_same_answer("processes #{pattern}") do |i|
        i.processes(pattern).entries.map { |e| e.to_h.slice(:label, :pid, :vsz, :rss, :tty, :stat, :user, :command) }
      end
    end
    assert_equal ["SN"], native.processes("#{name}-nice").states
    assert_in_delta(*[local, native].map { |i| seconds(i.processes(name).start.first) }, 2)
  end

  it "command lines of any bytes, in a locale that knows UTF-8 and in the plain one" do
    needs "ps"
    ["a\n\tb\x01c\x7Fd", "caf\u00e9\xFFg", "sep\u2028arated", "\e[0m", "end  \n\n", "\n", "-"].each do |word|
      pid = stray([RbConfig.ruby, "ru\nb\ty"], "--disable-gems", "-e", "sleep 79", "--", word)
      { "C" => false, "C.UTF-8" => true }.each do |locale, utf8|
        theirs = IO.popen([{ "LC_ALL" => locale }, "ps", "wwo", "command=", "-p", pid.to_s], &:read).chomp
        ours = TrainProcroot::Natives::ProcessReading.of(pid).command(utf8: utf8)
        assert_equal theirs.b, ours.b, "#{locale} #{word.dump}"
      end
    end
  end

  it "every process of this machine, where it is its own target, but for the scanner and for containers on it" do
    needs "ps"
    stray("sleep", "78")
    steady = 0
    # A kernel worker may take another name and its old one back between two looks: only what never agrees differs.
    wrong = Array.new(5) do
      before, ours, after = [local, native, local].map { |i| shown(i) }
      refute ours.key?(Process.pid)
      lasting = before.select { |pid, row| after[pid] == row && here?(pid) && !own?(pid) }
      steady = [steady, lasting.size].max
      lasting.reject { |pid, row| ours[pid] == row }.to_h { |pid, row| [pid, [row, ours[pid]].inspect[0, 300]] }
    end
    assert_operator steady, :>, 1
    assert_empty(wrong.reduce { |all, some| all.slice(*some.keys) })
  end

  it "listening ports, IPv4 and IPv6, TCP and UDP, with the process that has them" do
    needs "ss"
    with_sockets do |ports|
      ports.each do |port|
        %i[addresses protocols processes pids listening?].each do |question|
          assert_same_answer("#{port} #{question}", expecting: :something) { |i| i.port(port).public_send(question) }
        end
      end
      assert_same_answer("all ports") { |i| i.port.where { ports.include?(port) }.entries.map(&:to_h) }
      assert_same_answer("by address") { |i| i.port("127.0.0.1", ports.first).listening? }
      assert_same_answer("by wrong address") { |i| i.port("127.0.0.2", ports.first).listening? }
    end
    refute native.port(1).listening?
  end

  it "mounts" do
    needs "mount"
    %w[/ /proc /dev/pts /tmp /no/such/mount].each do |path|
      assert_same_answer(path) { |i| i.mount(path).mounted? }
      assert_same_answer(path) { |i| i.file(path).mounted? }
      %i[count device type options].each do |question|
        assert_same_answer("#{path} #{question}") { |i| i.mount(path).public_send(question) }
      end
    end
  end

  it "what mount prints of every mount" do
    needs "mount"
    # Containers of this machine come and go: compared while nothing was mounted meanwhile.
    before = after = ours = nil
    10.times do
      before = `mount`.lines(chomp: true)
      ours = TrainProcroot::Natives::Mounts.all(native.backend.target).map(&:to_s)
      after = `mount`.lines(chomp: true)
      break if before == after
    end
    assert_equal before, after
    assert_equal before, ours
  end

  it "kernel parameters" do
    needs "/sbin/sysctl"
    %w[kernel.ostype kernel.randomize_va_space fs.file-max net.ipv4.ip_forward net/ipv4/ip_forward
       net.ipv4.conf.all.rp_filter kernel.hostname vm.swappiness kernel.sem kernel.no_such
       net.ipv6.conf.lo.disable_ipv6 fs.protected_hardlinks
       net.ipv4.conf.*.forwarding kernel.printk ../etc/passwd].each do |name|
      assert_same_answer(name) { |i| i.kernel_parameter(name).value }
    end
  end

  it "all kernel parameters at once" do
    needs "/sbin/sysctl"
    # Interfaces of containers come and go meanwhile, and their parameters with them.
    passing = /\.(?:conf|neigh)\.(?!all\.|default\.|lo\.|eth\d)/
    theirs, ours = [local, native].map do |i|
      i.kernel_parameters.entries.to_h { |e| [e.parameter, e.value] }.reject { |name, _| name.match?(passing) }
    end
    counters = /random|nr_|inode|dentry|file-nr|netfilter|stat|uuid|ns_last_pid|urandom|pty/
    assert_equal [], (theirs.keys - ours.keys) | (ours.keys - theirs.keys)
    assert_equal [], (theirs.to_a - ours.to_a).map(&:first).grep_v(counters)
  end

  it "sizes of file systems" do
    needs "df"
    %w[/ /proc /dev/shm /tmp /etc/passwd].each do |path|
      %i[type size_kb name].each do |question|
        assert_same_answer("#{path} #{question}") do |i|
          i.filesystem(path).public_send(question)
        end
      end
      assert_in_delta(*[local, native].map { |i| i.filesystem(path).free_kb }, 200_000)
    end
    [local, native].each { |i| assert_raises(Inspec::Exceptions::ResourceFailed) { i.filesystem("/no/such").size_kb } }
  end

  it "network interfaces" do
    needs "/sbin/ip", "find"
    assert_same_answer("interfaces", expecting: :something) { |i| i.interfaces.names.sort }
    (Socket.getifaddrs.map(&:name).uniq + ["none0"]).each do |name|
      %i[exists? up? speed ipv4_cidrs ipv6_cidrs].each do |question|
        assert_same_answer("#{name} #{question}") { |i| i.interface(name).public_send(question) }
      end
    end
  end

  private

  # In this machine's own mount namespace, and not of the scanner's?
  def here?(pid)
    File.readlink("/proc/#{pid}/ns/mnt") == File.readlink("/proc/self/ns/mnt")
  rescue SystemCallError
    false
  end

  def shown(inspec) = inspec.processes(/.*/).entries.to_h { |e| [e.pid, [e.user, e.tty, e.command]] }

  # This process, or one below it: a runner that another test has not ended yet is two of them.
  def own?(pid)
    pid = File.read("/proc/#{pid}/status")[/^PPid:\s*(\d+)/, 1].to_i until pid == Process.pid || pid.zero?
    pid.positive?
  rescue SystemCallError
    false
  end

  def seconds(clock) = clock.split(":").map(&:to_i).reduce { |sum, part| (sum * 60) + part }

  def with_sockets
    sockets = [TCPServer.new("127.0.0.1", 0), TCPServer.new("::1", 0), TCPServer.new("0.0.0.0", 0),
               udp(Socket::AF_INET, "127.0.0.1"), udp(Socket::AF_INET6, "::1"), six(0), six(1)]
    yield(sockets.map { |socket| socket.local_address.ip_port })
  ensure
    sockets&.each(&:close)
  end

  def udp(family, address) = UDPSocket.new(family).tap { |socket| socket.bind(address, 0) }

  # An IPv6 wildcard, for IPv4 too (0) or not (1).
  def six(only)
    Socket.new(:INET6, :STREAM).tap do |socket|
      socket.setsockopt(:IPV6, :V6ONLY, only)
      socket.bind(Addrinfo.tcp("::", 0))
      socket.listen(1)
    end
  end
end
