# frozen_string_literal: true

require "net/http"
require "openssl"
require "socket"
require_relative "../errors"
require_relative "http_failure"
require_relative "http_proxy"
require_relative "http_trust"

module TrainProcroot
  module Natives
    # Starts Net::HTTP's connections from the network that it is called in, with the target's names and certificates.
    class HttpConnection
      # For want of our own means: nothing that the other side said.
      OURS = [Errno::EPERM, Errno::EACCES, Errno::EMFILE, Errno::ENFILE, Errno::ENOBUFS, Errno::ENOMEM].freeze

      # names: HostNames. trust: HttpTrust. limit_s: seconds that there are for all.
      def initialize(asked, proxy, names:, trust:, limit_s:)
        @proxy = proxy
        @names = names
        @trust = trust
        @insecure = asked.insecure
        @connect_s = asked.connect_s.to_f.positive? ? asked.connect_s : limit_s
        # The resource says how long all may take, and its own client how long one read may.
        @read_s = [asked.total_s.to_f - asked.connect_s.to_f, 0.0].max.nonzero?
      end

      # A started Net::HTTP: the first of the addresses that takes it; each has its share of the time.
      def start(url)
        to = @proxy || url
        addresses = addresses(to)
        addresses.each_with_index do |address, index|
          return http(url, address, addresses.length).start
        rescue *OURS => e
          raise CouldNotLook, "no connection to #{address} port #{to.port}: #{CouldNotLook.cause_of(e)}"
        rescue SystemCallError, Net::OpenTimeout => e
          nobody(to, e) if index == addresses.length - 1
        end
      end

      private

      def addresses(to)
        found = numeric(to.hostname) || @names.addresses(to.hostname)
        return found unless found.empty?

        raise HttpFailure.new(@proxy ? 5 : 6,
                              "Failed to open TCP connection to #{to.hostname}:#{to.port} (Name or service not known)",
                              "Could not resolve #{@proxy ? 'proxy' : 'host'}: #{to.hostname}")
      end

      # Also 127.1 and 2130706433, which are addresses to a C library.
      def numeric(name)
        Addrinfo.getaddrinfo(name, nil, nil, :STREAM, nil, Socket::AI_NUMERICHOST).map(&:ip_address)
      rescue SocketError
        nil
      end

      def nobody(to, error)
        raise HttpFailure.new(error.is_a?(Timeout::Error) ? 28 : 7, error.message,
                              "Failed to connect to #{to.hostname} port #{to.port}: #{error.message}")
      end

      def http(url, address, share)
        http = Net::HTTP.new(url.hostname, url.port, *(@proxy ? [address, *@proxy.to_a.drop(1)] : [nil]))
        http.ipaddr = address unless @proxy
        http.max_retries = 0
        http.open_timeout = @connect_s / share.to_f
        http.read_timeout = @read_s
        return http unless url.scheme == "https"

        http.use_ssl = true
        http.verify_mode = @insecure ? OpenSSL::SSL::VERIFY_NONE : OpenSSL::SSL::VERIFY_PEER
        http.cert_store = (@store ||= @trust.store) unless @insecure
        http
      end
    end
  end
end
