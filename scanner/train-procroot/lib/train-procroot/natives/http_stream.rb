# frozen_string_literal: true

require "openssl"
require "socket"
require_relative "../errors"
require_relative "curl_failure"
require_relative "http_clock"

module TrainProcroot
  module Natives
    # A connection that is read and written within a time: TCP, and TLS over it.
    class HttpStream
      CHUNK = 16_384
      # For want of our own means: nothing that the other side said.
      OURS = [Errno::EPERM, Errno::EACCES, Errno::EMFILE, Errno::ENFILE, Errno::ENOBUFS, Errno::ENOMEM].freeze
      # What OpenSSL says of another side that speaks no TLS. Other quarrels may be over what the scanner's own OpenSSL
      # is willing to do, which the target's may see otherwise.
      NO_TLS = /wrong version number|unexpected eof|http request|packet length|record layer|SSL_connect SYSCALL/

      attr_reader :received

      # name: as curl tells it.
      def self.connect(addresses, name, port, clock)
        clock.connecting
        socket = addresses.each_with_index.lazy.filter_map do |address, index|
          try(address, port, clock, addresses.length - index)
        end.first
        return new(socket, clock) if socket

        raise CurlFailure.new(7, "Failed to connect to #{name} port #{port} after 0 ms: Couldn't connect to server")
      end

      # nil where nobody is there. others: addresses left, of which each gets its share of the time.
      def self.try(address, port, clock, others)
        socket = Socket.new(address.include?(":") ? :INET6 : :INET, :STREAM)
        if socket.connect_nonblock(to = Socket.sockaddr_in(port, address), exception: false) == :wait_writable
          clock.wait(socket, :wait_writable, most: (clock.left / others if others > 1)) or raise Errno::ETIMEDOUT
          socket.connect_nonblock(to)
        end
        socket
      rescue Errno::EISCONN
        socket
      rescue *OURS => e
        socket&.close
        raise CouldNotLook, "no connection to #{address} port #{port} could be made: #{CouldNotLook.cause_of(e)}"
      rescue SystemCallError
        socket&.close
        nil
      rescue CurlFailure, HttpClock::Late
        socket.close
        raise
      end
      private_class_method :try

      def initialize(socket, clock)
        @io = socket
        @clock = clock
        @buffer = "".b
        @received = 0
      end

      # trust: an OpenSSL::X509::Store, nil to trust anyone.
      def secure(name, trust)
        context = OpenSSL::SSL::SSLContext.new
        context.verify_mode = trust ? OpenSSL::SSL::VERIFY_PEER : OpenSSL::SSL::VERIFY_NONE
        context.verify_hostname = false # after the handshake, for addresses too
        context.cert_store = trust
        @io = OpenSSL::SSL::SSLSocket.new(@io, context)
        @io.sync_close = true
        @io.hostname = name.delete_suffix(".") unless name.match?(/\A[\h:]*:[\h:.]*\z|\A[\d.]+\z/n)
        repeat { @io.connect_nonblock(exception: false) }
        check_name(name) if trust
      rescue OpenSSL::SSL::SSLError => e
        no_tls(e, name)
      rescue SystemCallError
        raise CurlFailure.new(35, "OpenSSL SSL_connect: Connection reset by peer in connection to #{name}")
      end

      def connected = @clock.connected

      def write(bytes)
        until bytes.empty?
          sent = repeat { @io.write_nonblock(bytes.byteslice(0, CHUNK), exception: false) }
          bytes = bytes.byteslice(sent..)
        end
      rescue SystemCallError, OpenSSL::SSL::SSLError
        nil # an answer may have come all the same
      end

      # Up to that many bytes, nil at the end.
      def read(most)
        return if @buffer.empty? && !fill

        @buffer.slice!(0, most)
      end

      # A line with its end; what is there at the end of all; nil after it. The block says that it is too long.
      def line(most)
        until (ended = @buffer.index("\n"))
          yield if @buffer.bytesize > most
          break unless fill
        end
        yield if ended && ended > most
        @buffer.slice!(0..(ended || -1)) unless @buffer.empty?
      end

      def close
        @io.close
      rescue SystemCallError, OpenSSL::SSL::SSLError
        nil
      end

      private

      # false at the end.
      def fill
        chunk = repeat { @io.read_nonblock(CHUNK, exception: false) } or return false
        @received += chunk.bytesize
        @buffer << chunk
        true
      rescue SystemCallError => e
        raise CurlFailure.new(56, "Recv failure: #{CouldNotLook.cause_of(e)}")
      rescue OpenSSL::SSL::SSLError => e
        raise CurlFailure.new(56, "OpenSSL SSL_read: #{e.message}")
      end

      def repeat
        while %i[wait_readable wait_writable].include?(done = yield)
          @clock.wait(@io, done, got: @received)
        end
        done
      end

      def check_name(name)
        return if OpenSSL::SSL.verify_certificate_identity(@io.peer_cert, name)

        raise CurlFailure.new(60, "SSL: no alternative certificate subject name matches target host name '#{name}'")
      end

      def no_tls(error, name)
        if error.message.include?("certificate verify failed")
          raise CurlFailure.new(60, "SSL certificate problem: #{error.message[/\(([^()]*)\)\s*\z/, 1]}")
        end
        raise CurlFailure.new(35, error.message) if error.message.match?(NO_TLS)

        raise CouldNotLook, "the scanner's OpenSSL and #{name} found no way to talk: #{error.message}"
      end
    end
  end
end
