# frozen_string_literal: true

require "socket"
require_relative "../errors"

module TrainProcroot
  module Natives
    # Can an address be reached? Called inside the target's network namespace.
    module Reach
      WAIT_S = 1
      # Of what the other side says.
      MOST = 64 * 1024
      ECHO = { 4 => [8, 0, Socket::IPPROTO_ICMP], 6 => [128, 129, Socket::IPPROTO_ICMPV6] }.freeze

      class << self
        # What the other side says to an empty line within a second. Raises SystemCallError.
        def tcp(address, port)
          Socket.tcp(address, port, connect_timeout: WAIT_S) do |socket|
            socket.write("\n")
            heard(socket)
          end
        end

        # Nobody need answer; someone may say that nobody is there.
        def udp(address, port)
          UDPSocket.open(family(address)) do |socket|
            socket.connect(address, port)
            # The refusal of the first comes with the second.
            2.times do
              socket.send("\n", 0)
              socket.wait_readable(WAIT_S / 2.0) and return socket.recv(MOST)
            end
            ""
          end
        end

        # Does it answer an echo request within a second?
        def echo?(address)
          request, reply, = ECHO.fetch(address.include?(":") ? 6 : 4)
          socket = icmp(address)
          socket.connect(Socket.sockaddr_in(0, address))
          packet = [request, 0, 0, Process.pid & 0xffff, 1].pack("CCnnn") << "sidescan"
          packet[2, 2] = [checksum(packet)].pack("n")
          socket.send(packet, 0)
          answered?(socket, reply, address)
        rescue Errno::ECONNREFUSED, Errno::EHOSTUNREACH, Errno::ENETUNREACH
          false
        ensure
          socket&.close
        end

        private

        def family(address) = address.include?(":") ? Socket::AF_INET6 : Socket::AF_INET

        # All that comes until the other side ends or is silent for a second.
        def heard(socket)
          text = +""
          while text.bytesize < MOST && socket.wait_readable(WAIT_S)
            text << (socket.read_nonblock(4096, exception: false) || break).to_s
          end
          text
        rescue SystemCallError
          text
        end

        # A socket for everybody where the kernel allows it, else root's.
        def icmp(address)
          protocol = ECHO.fetch(address.include?(":") ? 6 : 4).last
          Socket.new(family(address), Socket::SOCK_DGRAM, protocol)
        rescue Errno::EACCES, Errno::EPERM, Errno::EPROTONOSUPPORT
          begin
            Socket.new(family(address), Socket::SOCK_RAW, protocol)
          rescue Errno::EACCES, Errno::EPERM
            raise CouldNotLook, "whether #{address} answers a ping: there is no right to send one (NET_RAW)"
          end
        end

        def answered?(socket, reply, address)
          ends = now + WAIT_S
          while (left = ends - now).positive? && socket.wait_readable(left)
            packet = socket.recv(1500)
            # A root's IPv4 socket gives the header of the packet, too.
            packet = packet.byteslice(((packet.getbyte(0).to_i & 15) * 4)..) if raw?(socket) && !address.include?(":")
            return true if packet.to_s.getbyte(0) == reply
          end
          false
        end

        def raw?(socket) = socket.getsockopt(:SOCKET, :TYPE).int == Socket::SOCK_RAW

        def checksum(packet)
          sum = packet.ljust(packet.bytesize + (packet.bytesize % 2), "\0").unpack("n*").sum
          sum = (sum & 0xffff) + (sum >> 16) while sum > 0xffff
          ~sum & 0xffff
        end

        def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
  end
end
