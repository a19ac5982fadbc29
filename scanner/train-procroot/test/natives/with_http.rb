# frozen_string_literal: true

require_relative "asking"
require_relative "http_service"

# Tests with such servers and with certificates for them.
module WithHttp
  include Asking

  URL = "http://localhost:%d/%s"
  HOSTS = "127.0.0.1 localhost web.example.org\n"

  def teardown
    (@services || []).each(&:close)
    super
  end

  # rubocop:disable Naming/BlockForwarding -- Ruby 3.1 has no anonymous block beside keywords

  # at: a listening socket; by default on this machine's loopback
  def service(at = TCPServer.new("127.0.0.1", 0), **options, &answer)
    (@services ||= []) << (made = HttpService.new(at, **options, &answer))
    made
  end

  def port(*at, **options, &answer) = service(*at, **options, &answer).port
  # rubocop:enable Naming/BlockForwarding

  # A target in this machine's network.
  def here(**options)
    target_dir(namespaces: :mount, **options) do |made|
      made.write("/etc/hosts", HOSTS)
      yield made if block_given?
    end
  end

  # What curl would be told by the resource.
  def text(url, **options)
    @texts ||= inspec(connect(here))
    @texts.http(url, options).instance_variable_get(:@worker).send(:http_command)
  end

  def asking(url, target: here, **options) = heard { ask(target, text(url, **options), :http) }

  # What curl would have said, also where the http resource gets an error of it.
  def heard
    yield
  rescue TrainProcroot::NoAnswer => e
    e.answer
  end

  def refused(command, asker = :http)
    assert_raises(TrainProcroot::CouldNotLook, command) { ask(@plain ||= here, command, asker) }.message
  end

  # A server that says the same to everyone.
  def saying(bytes, **options) = port(**options) { bytes }

  def ok(body = "fine", *fields)
    "HTTP/1.1 200 OK\r\nContent-Length: #{body.bytesize}\r\n#{fields.map { |field| "#{field}\r\n" }.join}\r\n#{body}"
  end

  def to(location, status = "302 Found") = "HTTP/1.1 #{status}\r\nLocation: #{location}\r\nContent-Length: 0\r\n\r\n"

  # A port that nobody listens on.
  def closed = TCPServer.new("127.0.0.1", 0).then { |one| one.local_address.ip_port.tap { one.close } }

  # A socket that listens in the target's network, whose loopback it sets up.
  def listening_in(target)
    ours, theirs = UNIXSocket.pair
    pid = fork do
      join(target, "net")
      Socket.new(:INET, :DGRAM).ioctl(0x8914, ["lo", 1].pack("a16s").ljust(40, "\0")) # SIOCSIFFLAGS, IFF_UP
      theirs.send_io(TCPServer.new("127.0.0.1", 0))
    ensure
      exit!(0)
    end
    theirs.close
    ours.recv_io(TCPServer)
  ensure
    ours.close
    Process.wait(pid)
  end

  # [certificate, key] for these names, by that authority or by itself.
  def certificate(*names, by: nil)
    key = OpenSSL::PKey::EC.generate("prime256v1")
    made = OpenSSL::X509::Certificate.new
    made.version = 2
    made.serial = rand(1 << 64)
    made.public_key = key
    made.not_before = Time.now - 3600
    made.not_after = Time.now + 3600
    made.subject = OpenSSL::X509::Name.parse("/CN=#{names.first || 'test authority'} #{made.serial}")
    made.issuer = by ? by.first.subject : made.subject
    extensions(made, names).each { |extension| made.add_extension(extension) }
    [made.sign(by ? by.last : key, "SHA256"), key]
  end

  private

  def extensions(made, names)
    factory = OpenSSL::X509::ExtensionFactory.new(made, made)
    alternatives = names.map { |name| name.match?(/\A[\d.]+\z/) ? "IP:#{name}" : "DNS:#{name}" }
    [factory.create_extension("basicConstraints", names.empty? ? "CA:TRUE" : "CA:FALSE", true),
     names.empty? ? nil : factory.create_extension("subjectAltName", alternatives.join(","))].compact
  end
end
