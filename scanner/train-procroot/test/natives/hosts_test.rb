# frozen_string_literal: true

require "resolv"
require "socket"
require_relative "asking"
require_relative "../inspec_helper"

# host: names by the target's own files, and what can be reached from its network.
class HostsTest < InspecTest
  include Asking

  HOSTS = <<~HOSTS
    127.0.0.1 localhost
    ::1 localhost ip6-localhost
    10.9.8.7 app.example.org app # the app
    10.9.8.6 APP
    2001:db8::7 six.example.org app
    #10.0.0.1 commented
    nonsense broken
  HOSTS

  # namespaces: :mount is this machine's network, true one of its own.
  def named(namespaces: :mount, **files)
    target_dir(namespaces: namespaces) do |t|
      { "hosts" => HOSTS }.merge(files.transform_keys(&:to_s)).each { |name, text| t.write("/etc/#{name}", text) }
    end
  end

  def found(target, name) = out(target, "getent ahosts #{name}", :host).scan(/^(\S+) +STREAM/).flatten

  it "finds in the target's files what getent finds there" do
    skip "needs getent to compare with" unless File.exist?("/usr/bin/getent")
    [[:mount, ""], [true, ""], [:mount, "multi on\n"], [true, "multi on\n"]].each do |namespaces, settings|
      target = named(namespaces: namespaces, "host.conf": settings)
      target.add_programs("/usr/bin/getent")
      target.start
      %w[localhost app app.example.org APP six.example.org commented broken 10.1.2.3 ::1 ip6-localhost].each do |name|
        theirs, status = Open3.capture2e("nsenter", "--net=/proc/#{target.pid}/ns/net", "chroot", target.path,
                                         "/usr/bin/getent", "ahosts", name)
        ours = ask(target, "getent ahosts #{name}", :host)
        # The name that it is properly called by is not the resource's business.
        assert_equal [theirs.lines.map { |line| line.split.first(2) }, status.exitstatus],
                     [ours.stdout.lines.map { |line| line.split.first(2) }, ours.exit_status],
                     "#{namespaces} #{settings}#{name}"
      end
    end
  end

  it "lets InSpec's host resource say whether a name has an address" do
    host = inspec(connect(named)).host("app")
    assert host.resolvable?
    assert_includes host.ipaddress, "10.9.8.7"
    refute inspec(connect(named)).host("nosuch").resolvable?
    ["a;id", "$(id)", "-x", "", "a b", "x" * 300].each { |name| assert_empty found(named, name), name }
  end

  it "asks the name servers of the target's resolv.conf, with its search list" do
    name_server do |port|
      with_port(port) do
        target = named("resolv.conf" => "nameserver 127.0.0.1\nsearch example.net\n")
        assert_equal %w[10.0.0.5], found(target, "web")
        assert_equal %w[10.0.0.6], found(target, "web.example.com")
        assert_empty found(target, "nosuch.example.com")
        assert_equal 2, ask(target, "getent ahosts nosuch.example.com", :host).exit_status
      end
    end
  end

  it "does not take a name server's silence, or a service that it cannot ask, for a name that does not exist" do
    silent = UDPSocket.new.tap { |socket| socket.bind("127.0.0.1", 0) }
    target = named("resolv.conf" => "nameserver 127.0.0.1\n")
    with_port(silent.local_address.ip_port) { assert_raises(TrainProcroot::CouldNotLook) { found(target, "nosuch") } }
    other = named("nsswitch.conf" => "hosts: files ldap dns\n")
    assert_raises(TrainProcroot::CouldNotLook) { found(other, "nosuch") }
    assert_includes found(other, "app"), "10.9.8.7"
  ensure
    silent&.close
  end

  it "says what can be reached by TCP and UDP from the target's network, and what the other side says" do
    closed = TCPServer.new("127.0.0.1", 0).then { |one| one.local_address.ip_port.tap { one.close } }
    server = TCPServer.new("127.0.0.1", 0)
    greeter = Thread.new { server.accept.then { |socket| socket.write("hello\n") && socket.close } }
    port = server.local_address.ip_port
    host = inspec(connect(named)).host("localhost", port: port, protocol: "tcp")
    assert host.reachable?
    assert_equal "hello\n", host.socket
    assert_match(/succeeded/, host.connection)
    refute inspec(connect(named(namespaces: true))).host("localhost", port: port, protocol: "tcp").reachable?
    greeter.join
    answer = ask(named, "echo | nc -v -w 1  127.0.0.1 #{closed}", :host)
    assert_equal [1, "nc: connect to 127.0.0.1 (127.0.0.1) port #{closed} (tcp) failed: Connection refused\n"],
                 [answer.exit_status, answer.stderr]
    assert_equal 1, ask(named, "echo | nc -v -w 1 -u 127.0.0.1 #{closed}", :host).exit_status
    udp = UDPSocket.new.tap { |socket| socket.bind("127.0.0.1", 0) }
    assert inspec(connect(named)).host("127.0.0.1", port: udp.local_address.ip_port, protocol: "udp").reachable?
    assert_equal 1, ask(named, "echo | nc -v -w 1  nosuch 80", :host).exit_status
    assert_equal 1, ask(named, "echo | nc -v -w 1  127.0.0.1 99999", :host).exit_status
  ensure
    [server, udp].compact.each(&:close)
  end

  it "says what answers a ping" do
    assert_equal([0, 2], %w[127.0.0.1 nosuch].map { |name| ask(named, "ping -w 1 -c 1 #{name}", :host).exit_status })
    assert inspec(connect(named)).host("localhost").reachable?
  rescue TrainProcroot::CouldNotLook => e
    skip e.message # no right to send a ping here
  end

  it "leaves a control's own commands alone" do
    assert_nil ask(named, "getent ahosts localhost", :command)
    refute inspec(connect(named)).command("nc").exist?
  end

  RECORDS = { "web.example.net" => "10.0.0.5", "web.example.com" => "10.0.0.6" }.freeze

  private

  def with_port(port)
    names = TrainProcroot::Natives::HostNames
    before = names::PORT
    names.send(:remove_const, :PORT)
    names.const_set(:PORT, port)
    yield
  ensure
    names.send(:remove_const, :PORT)
    names.const_set(:PORT, before)
  end

  # A name server of this test's own.
  def name_server
    socket = UDPSocket.new.tap { |one| one.bind("127.0.0.1", 0) }
    server = Thread.new do
      loop do
        bytes, from = socket.recvfrom(4096)
        socket.send(reply(Resolv::DNS::Message.decode(bytes)).encode, 0, from[3], from[1])
      end
    end
    yield socket.local_address.ip_port
  ensure
    server&.kill
    server&.join
    socket&.close
  end

  def reply(query)
    name, type = query.question.first
    answer = Resolv::DNS::Message.new(query.id)
    answer.qr = 1
    answer.add_question(name, type)
    address = RECORDS[name.to_s]
    answer.rcode = 3 unless address
    answer.add_answer(name, 60, type.new(address)) if address && type == Resolv::DNS::Resource::IN::A
    answer
  end
end
