# frozen_string_literal: true

require_relative "../errors"
require_relative "curl_failure"
require_relative "http_proxies"
require_relative "http_response"
require_relative "http_stream"
require_relative "http_trust"
require_relative "http_url"

module TrainProcroot
  module Natives
    # Makes the requests that curl would make of a CurlText::Asked, from the network that it is called in.
    class HttpClient
      # A server that answers curl by name answers this alike; its log tells who it was.
      AGENT = "curl/8.0 (sidescan)"
      # curl's, where none is given or it is negative.
      MOST_REDIRECTS = 50
      KEEP = [%w[Proxy-Connection Keep-Alive]].freeze
      # Where another host leads to is not told who asks.
      AT_HOME = /\A(?:authorization|cookie|host)\z/i

      # asked.data: bytes. names: HostNames. trust: HttpTrust.
      def initialize(asked, names:, environ:, trust:, limit_s:)
        @asked = asked
        @names = names
        @proxies = HttpProxies.new(asked, environ)
        @trust = trust
        @clock = HttpClock.new(connect_s: asked.connect_s, total_s: asked.total_s, limit_s: limit_s)
        @data = asked.data
        @heads = "".b
      end

      # [standard output, standard error, exit status], or :late. Raises CouldNotLook.
      def run
        response = follow(first)
        out = @asked.include ? @heads << response.head : "".b
        check(response.body) if @asked.include
        [out << response.body, "", 0]
      rescue CurlFailure => e
        [@heads, "curl: (#{e.exit_status}) #{e.message}\n", e.exit_status]
      rescue HttpClock::Late
        :late
      end

      private

      # What the auditor's own client would not take for an address is refused, but in a query, which it escapes itself.
      def first
        HttpUrl.malformed if @asked.url.match?(/\A[^?]*[ \x80-\xff]/n)
        HttpUrl.parse(@asked.url)
      rescue CurlFailure => e
        raise CouldNotLook, "#{@asked.url.inspect}: #{e.message}"
      end

      # Raises CurlFailure.
      def follow(url)
        @first = url
        most = @asked.max_redirects&.then { |number| number.negative? ? MOST_REDIRECTS : number }
        0.step do |done|
          response, location = exchange(url, most)
          return response unless location

          @heads << response.head
          raise CurlFailure.new(47, "Maximum (#{most}) redirects followed") if done >= most

          url = url.join(location)
          # curl asks on without what it sent; the method stays, since it was given by name.
          @data = nil if [301, 302, 303].include?(response.status)
        end
      end

      # [response, where it leads]; a response that leads on is not read to its end.
      def exchange(url, most)
        proxy = @proxies.for(url)
        stream = reach(url, proxy)
        stream.write(request(url, proxy))
        response = HttpResponse.new(stream, head_only: @asked.verb == "HEAD")
        location = most && response.location
        response.read_body(decode: !own?("accept-encoding")) unless location
        [response, location]
      ensure
        stream&.close
      end

      def reach(url, proxy)
        to = proxy || url
        stream = HttpStream.connect(addresses(to.host, proxy), to.host, to.port, @clock)
        if url.tls?
          tunnel(stream, url, proxy) if proxy
          stream.secure(url.host, @asked.insecure ? nil : (@store ||= @trust.store))
        end
        stream.connected
        stream
      rescue StandardError
        stream&.close
        raise
      end

      def addresses(host, proxy)
        found = @names.addresses(host)
        return found unless found.empty?
        raise CurlFailure.new(5, "Could not resolve proxy: #{host}") if proxy

        raise CurlFailure.new(6, "Could not resolve host: #{host}")
      end

      def tunnel(stream, url, proxy)
        stream.write(lines("CONNECT #{url.authority(always: true)} HTTP/1.1",
                           [["Host", url.authority(always: true)], *credentials("Proxy-Authorization", proxy.user),
                            ["User-Agent", AGENT], *KEEP]))
        response = HttpResponse.new(stream, head_only: true)
        @heads << response.head
        return if response.status.between?(200, 299)

        raise CurlFailure.new(56, "CONNECT tunnel failed, response #{response.status}")
      end

      def request(url, proxy)
        through = proxy unless url.tls?
        lines("#{@asked.verb} #{"http://#{url.authority}" if through}#{url.target} HTTP/1.1",
              fields(url, through)) << @data.to_s
      end

      def lines(first, fields) = "#{first}\r\n#{fields.map { |name, value| "#{name}: #{value}\r\n" }.join}\r\n".b

      # As curl orders them; what is given takes the place of its own, and an empty value only takes it away.
      def fields(url, proxy)
        home = url.same_origin?(@first)
        own = [["Host", url.authority], *(credentials("Proxy-Authorization", proxy.user) if proxy),
               *credentials("Authorization", url.user || (home ? @asked.user : nil)),
               ["User-Agent", AGENT], ["Accept", "*/*"], *(KEEP if proxy), *body_fields].reject { |name,| own?(name) }
        given = @asked.headers.reject { |name, value| value.empty? || (!home && name.match?(AT_HOME)) }
        host, rest = given.partition { |name,| name.casecmp?("host") }
        own.unshift(["Host", url.authority]) if !home && own?("host")
        [*host, *own, *rest]
      end

      def body_fields
        return [] unless @data

        [["Content-Length", @data.bytesize], %w[Content-Type application/x-www-form-urlencoded]]
      end

      def own?(name) = @asked.headers.any? { |given,| given.casecmp?(name) }

      def credentials(name, user)
        user = "#{user}:" unless user.nil? || user.include?(":")
        user ? [[name, "Basic #{[user].pack('m0')}"]] : []
      end

      # The resource takes any line of a body that begins so for the start of another response.
      def check(body)
        return unless body.delete("\r").match?(%r{^HTTP/}n)

        raise CouldNotLook, "the response's body has a line that begins with HTTP/, which the http resource takes " \
                            "for another response"
      end
    end
  end
end
