# frozen_string_literal: true

require_relative "helper"

# The ssl resource: handshakes from the target's network.
class HandshakeTest < Minitest::Test
  include AgentTest

  # Tells its port and speaks TLS 1.2 only.
  SERVER = <<~'RUBY'
    require "openssl"
    require "socket"
    Socket.new(:INET, :DGRAM).ioctl(0x8914, ["lo", 1].pack("a16s").ljust(40, "\0")) # SIOCSIFFLAGS, IFF_UP
    key = OpenSSL::PKey::RSA.new(2048)
    made = OpenSSL::X509::Certificate.new
    made.subject = made.issuer = OpenSSL::X509::Name.parse("/CN=localhost")
    made.public_key, made.serial, made.not_before, made.not_after = key, 1, Time.now - 60, Time.now + 3600
    context = OpenSSL::SSL::SSLContext.new
    context.cert, context.key = made.sign(key, "SHA256"), key
    context.min_version = context.max_version = OpenSSL::SSL::TLS1_2_VERSION
    server = TCPServer.new("127.0.0.1", 0)
    File.write("#{ARGV[0]}.new", server.local_address.ip_port.to_s)
    File.rename("#{ARGV[0]}.new", ARGV[0])
    loop do
      connection = server.accept
      Thread.new { OpenSSL::SSL::SSLSocket.new(connection, context).accept rescue connection.close }
    end
  RUBY

  def controls(host, port)
    <<~RUBY
      server = #{{ host: host, port: port }.compact.inspect}
      control("speaks") { describe(ssl(server)) { it { should be_enabled } } }
      control("tls1.2") { describe(ssl(server).protocols("tls1.2")) { it { should be_enabled } } }
      control("tls1.0") { describe(ssl(server).protocols("tls1.0")) { it { should_not be_enabled } } }
      control("weak") { describe(ssl(server).ciphers(/rc4/i)) { it { should_not be_enabled } } }
    RUBY
  end

  def test_a_server_is_asked_in_the_targets_own_network_by_the_name_that_it_has_there
    needs_root("it makes a process with a network of its own")
    pid = start("unshare", "--net", RbConfig.ruby, "-e", SERVER, "#{@dir}/port")
    port = eventually(30) { File.exist?("#{@dir}/port") && File.read("#{@dir}/port").to_i }
    ["127.0.0.1", "localhost", nil].each do |host|
      talk = run_agent(spec({ pid: pid }, profile(controls(host, port))))
      assert_equal({ "speaks" => ["passed"], "tls1.2" => ["passed"], "tls1.0" => ["passed"], "weak" => ["passed"] },
                   talk.statuses, host)
    end
    # Nobody is there in this machine's network.
    assert_equal [["failed"]], run_agent(spec({ pid: target }, profile(controls(nil, port)))).statuses.values.uniq
  end

  def test_a_server_that_was_not_reached_is_no_evidence
    controls = <<~RUBY
      control("ssl") { describe(ssl(host: "127.0.0.1", port: 1)) { it { should_not be_enabled } } }
      control("far") { describe(ssl(host: "192.0.2.1", port: 1, timeout: 0.2)) { it { should_not be_enabled } } }
      control("nobody") { describe(ssl(host: "no such name", port: 1)) { it { should_not be_enabled } } }
    RUBY
    [target, (start("unshare", "--net", "sleep", "600") if Process.uid.zero?)].compact.each do |pid|
      talk = run_agent(spec({ pid: pid }, profile(controls)))
      results = talk.result["profiles"].flat_map { |made| made["controls"] }.flat_map { |made| made["results"] }
      assert_equal(%w[failed failed failed], results.map { |result| result["status"] })
      results.each { |result| assert_match(/could not look: no TLS server was reached/, result.to_s) }
    end
  end
end
