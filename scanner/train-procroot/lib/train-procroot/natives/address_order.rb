# frozen_string_literal: true

require "ipaddr"
require "socket"

module TrainProcroot
  module Natives
    # In which order getaddrinfo gives the addresses of a name (RFC 3484 as glibc has it), seen from the network that
    # this process is in: those first that can be reached, and by an address of the same kind.
    module AddressOrder
      # Label and precedence by network; the first that fits counts.
      POLICY = { "::1/128" => [0, 50], "::ffff:0:0/96" => [4, 10], "2002::/16" => [2, 30], "2001::/32" => [7, 40],
                 "fec0::/10" => [5, 40], "fc00::/7" => [6, 40], "::/96" => [3, 20], "::/0" => [1, 40] }
               .transform_keys { |network| IPAddr.new(network) }.freeze
      LINK = %w[fe80::/10 ::1/128 ::ffff:127.0.0.0/104 ::ffff:169.254.0.0/112].map { |network| IPAddr.new(network) }
                                                                              .freeze
      SITE = IPAddr.new("fec0::/10")

      class << self
        # Comparable: the smaller, the earlier.
        def rank(address)
          own = source(address)
          there = mapped(address)
          return [1, 0, 0, -precedence(there), scope(there)] if own.nil?

          here = mapped(own)
          [0, same(scope(there), scope(here)), same(label(there), label(here)), -precedence(there), scope(there)]
        end

        private

        # The address of this end, nil where there is no way to the other. Nothing is sent.
        def source(address)
          UDPSocket.open(address.include?(":") ? Socket::AF_INET6 : Socket::AF_INET) do |socket|
            socket.connect(address, 9)
            socket.local_address.ip_address.sub(/%.*/, "")
          end
        rescue SystemCallError, SocketError
          nil
        end

        def mapped(address) = IPAddr.new(address).then { |one| one.ipv4? ? one.ipv4_mapped : one }

        def same(one, other) = one == other ? 0 : 1

        def scope(address)
          return 2 if LINK.any? { |network| network.include?(address) }

          SITE.include?(address) ? 5 : 14
        end

        def label(address) = policy(address).first

        def precedence(address) = policy(address).last

        def policy(address) = POLICY.find { |network, _| network.include?(address) }.last
      end
    end
  end
end
