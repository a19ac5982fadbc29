# frozen_string_literal: true

require "openssl"
require "socket"

module Fidelity
  # What the target serves: HTTP on 8088, the same over TLS 1.2 on 8443. Listens when it is made, so that it can be started from inside a root without any Ruby.
  class WebService
    # Lines of a request that every client writes alike.
    ECHOED = %r{^(?:[A-Z]+ /|host:|x-ask:|content-type:|accept-language:|a=b)}i

    def initialize
      @plain = TCPServer.new("127.0.0.1", 8088)
      @tls = ["127.0.0.1", "::1"].map { |address| TCPServer.new(address, 8443) }
      @context = context
    end

    # Never returns.
    def run
      [Thread.new { serve(@plain) }, *@tls.map { |server| Thread.new { serve(server) { |connection| secured(connection) } } }].each(&:join)
    end

    private

    def context
      key = OpenSSL::PKey::RSA.new(2048)
      made = OpenSSL::X509::Certificate.new
      made.subject = made.issuer = OpenSSL::X509::Name.parse("/CN=localhost")
      made.public_key = key
      made.serial = 1
      made.not_before = Time.now - 3600
      made.not_after = Time.now + 86_400
      OpenSSL::SSL::SSLContext.new.tap do |found|
        found.cert = made.sign(key, "SHA256")
        found.key = key
        found.min_version = found.max_version = OpenSSL::SSL::TLS1_2_VERSION
      end
    end

    def secured(connection) = OpenSSL::SSL::SSLSocket.new(connection, @context).tap { |made| made.sync_close = true }.accept

    def serve(server)
      loop do
        connection = server.accept
        Thread.new do
          stream = block_given? ? yield(connection) : connection
          answer(stream)
        rescue SystemCallError, OpenSSL::SSL::SSLError
          nil # the other side went away, or only wanted to shake hands
        ensure
          (stream || connection).close
        end
      end
    end

    def answer(stream)
      request = +""
      request << (stream.gets || return) until request.end_with?("\r\n\r\n")
      request << stream.read(request[/^content-length: (\d+)/i, 1].to_i)
      verb, path = request.split(" ", 3)
      status, body, *fields = response(path, request)
      head = ["HTTP/1.1 #{status}", "Content-Length: #{body.bytesize}", "Connection: close", *fields].join("\r\n")
      stream.write("#{head}\r\n\r\n#{body unless verb == 'HEAD'}")
    end

    def response(path, request)
      case path
      when "/" then ["200 OK", "hello", "Content-Type: text/plain; charset=utf-8", "X-App: One Two", "Set-Cookie: a=1", "Set-Cookie: b=2; Secure", "X-Empty:"]
      when "/moved" then ["302 Found", "over there", "Location: /again?q=1"]
      when "/again?q=1" then ["301 Moved Permanently", "", "Location: http://127.0.0.1:8088/echo?from=again"]
      when "/loop" then ["307 Temporary Redirect", "", "Location: /loop"]
      when "/auth" then request.include?("Basic dTpw") ? ["200 OK", "in"] : ["401 Unauthorized", "who?", "WWW-Authenticate: Basic realm=\"app\""]
      when "/big" then ["200 OK", "#{"0123456789\n" * 100_000}end"]
      when "/bytes" then ["200 OK", "caf\u00e9 \u2603"]
      when %r{^/echo} then ["200 OK", request.lines(chomp: true).grep(ECHOED).sort.join("|")]
      else ["404 Not Found", "none of #{path}", "Content-Type: text/html"]
      end
    end
  end
end
