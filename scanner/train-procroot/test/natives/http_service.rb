# frozen_string_literal: true

require "openssl"
require "socket"

# A small HTTP server of a test's own, which says byte for byte what the test wants.
class HttpService
  attr_reader :port, :requests

  # The block is given a request's text and the connection, and gives the bytes of the answer (nil: it wrote them).
  # early: what is said before anything was asked.
  def initialize(socket, tls: nil, early: nil, &answer)
    @socket = socket
    @port = socket.local_address.ip_port
    @tls = tls
    @early = early
    @answer = answer
    @requests = Queue.new
    @threads = [Thread.new { accept }]
  end

  # What was asked so far.
  def asked = Array.new(@requests.size) { @requests.pop }

  def close
    @threads.each { |thread| thread.kill.join }
    @socket.close
  end

  private

  def accept
    loop do
      connection = @socket.accept
      @threads << Thread.new { serve(connection) }
    end
  end

  def serve(connection)
    connection = secured(connection) if @tls
    return connection.write(@early) if @early

    request = read(connection)
    @requests << request
    bytes = @answer.call(request, connection)
    connection.write(bytes) if bytes
  rescue SystemCallError, OpenSSL::SSL::SSLError
    nil # the other side went away, or did not trust this one
  ensure
    connection.close
  end

  def secured(connection)
    context = OpenSSL::SSL::SSLContext.new
    context.cert, context.key = @tls
    OpenSSL::SSL::SSLSocket.new(connection, context).tap { |ssl| ssl.sync_close = true }.accept
  end

  def read(connection)
    text = +""
    text << (connection.gets || break) until text.end_with?("\r\n\r\n")
    text << connection.read(text[/^content-length: (\d+)/i, 1].to_i)
  end
end
