# frozen_string_literal: true

require "socket"

module TrainProcroot
  # What /proc/net/tcp6 and udp6 leave out: whether an IPv6 socket also takes IPv4. Asked of the kernel as ss does
  # (netlink, sock_diag), in the network namespace of whoever calls.
  module SocketDiag
    NETLINK = 16
    SOCK_DIAG = 4
    BY_FAMILY = 20
    DONE = 3
    ERROR = 2
    REQUEST_DUMP = 0x301
    # Listening and unconnected ones.
    STATES = (1 << 10) | (1 << 7)
    V6ONLY = 11
    # Sizes of struct nlmsghdr and of struct inet_diag_msg.
    HEADER = 16
    MESSAGE = 72

    class << self
      # {inode => true, false or nil} of TCP and UDP sockets, IPv4 before IPv6, in the kernel's own order; nil for IPv4.
      def v6only
        [Socket::IPPROTO_TCP, Socket::IPPROTO_UDP].product([Socket::AF_INET, Socket::AF_INET6])
                                                  .map { |protocol, family| dump(family, protocol) }.reduce({}, :merge)
      end

      private

      def dump(family, protocol)
        socket = Socket.new(NETLINK, Socket::SOCK_DGRAM, SOCK_DIAG)
        request = [family, protocol, 0, 0, STATES, "\0" * 48].pack("C4La48")
        socket.send([HEADER + request.bytesize, BY_FAMILY, REQUEST_DUMP, 1, 0].pack("LSSLL") + request, 0)
        found = {}
        nil until done?(socket, found)
        found
      ensure
        socket&.close
      end

      # Takes one datagram; true after the last.
      def done?(socket, found)
        raise IOError, "the kernel does not answer" unless socket.wait_readable(2)

        rest = socket.recv(1 << 17)
        until rest.bytesize < HEADER
          length, type = rest.unpack("LS")
          raise IOError, "sock_diag is refused" if type == ERROR || length < HEADER
          return true if type == DONE

          body = rest.byteslice(HEADER, length - HEADER)
          found[body.unpack1("@68L")] = attribute(body) if body.bytesize >= MESSAGE
          rest = rest.byteslice((length + 3) & ~3, rest.bytesize) || ""
        end
        false
      end

      def attribute(body)
        at = MESSAGE
        while at + 4 <= body.bytesize
          length, type = body.unpack("@#{at}SS")
          return body.getbyte(at + 4) == 1 if type == V6ONLY
          break if length < 4

          at += (length + 3) & ~3
        end
        nil
      end
    end
  end
end
