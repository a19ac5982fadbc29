# frozen_string_literal: true

require "net/http"
require "openssl"
require "uri"
require "zlib"
require_relative "../errors"
require_relative "http_connection"

module TrainProcroot
  module Natives
    # Makes the request of a CurlText::Asked by Net::HTTP, as the auditor's own client (Faraday over Net::HTTP) makes it
    # inside. It has no limit of time, and reads as many headers as Net::HTTP does: it is for a child that has limits
    # (SeenFromTarget.within).
    class HttpClient
      # Its body as bytes; its head are the headers as Faraday has them, from before the body was decoded.
      Response = Struct.new(:status, :location, :head, :body)

      # A server that answers Faraday by name answers this alike; its log tells who it was.
      AGENT = "Faraday (sidescan)"
      # Bytes of a body; as of a command's output.
      LIMIT = 16 * 1024 * 1024
      # What becomes of a request that is under way.
      BROKEN = [SystemCallError, IOError, SocketError, Net::ProtocolError, Net::HTTPBadResponse,
                Net::HTTPHeaderSyntaxError, Zlib::Error].freeze
      UNTRUSTED = /certificate verify failed|does not match the server certificate/
      # What faraday-follow_redirects follows.
      REDIRECTS = [301, 302, 303, 307, 308].freeze
      FOLLOWED = %w[HEAD OPTIONS GET POST PUT PATCH DELETE].freeze
      # What Faraday escapes in a query and where a redirect leads.
      UNSAFE = %r{%(?!\h\h)|[^\-_.!~*'()a-zA-Z\d;/?:@&=+$,\[\]%#]}n

      # asked.data: bytes. names, trust, limit_s: see HttpConnection.
      def initialize(asked, environ:, **means)
        @asked = asked
        @url = first
        @connection = HttpConnection.new(asked, HttpProxy.for(@url, asked, environ, means[:names]), **means)
        @verb = asked.verb
        @data = asked.data
        @headers = headers
      end

      # The response as bytes, with its head where that is asked for. Raises HttpFailure, CouldNotLook.
      def run
        response = follow(@asked.max_redirects)
        return response.body unless @asked.include

        check(response.body)
        response.head << response.body
      end

      private

      # What the auditor's own client would not take for an address is refused, but in a query, which it escapes itself.
      def first
        text = @asked.url.match?(%r{\A[a-z][a-z0-9+.-]*://}ni) ? @asked.url : "http://#{@asked.url}"
        path, query = text.split("?", 2)
        query &&= URI::DEFAULT_PARSER.escape(query, UNSAFE).gsub("%20", "+")
        url = URI.parse([path, query].compact.join("?"))
        return url if url.is_a?(URI::HTTP) && url.port.between?(1, 65_535) && !url.host.to_s.empty?

        raise CouldNotLook, "#{@asked.url.inspect} is not asked: that is no http:// or https:// address"
      rescue URI::Error => e
        raise CouldNotLook, "#{@asked.url.inspect} is no address: #{e.message}"
      end

      def headers
        user = @asked.user || (@url.password && URI::DEFAULT_PARSER.unescape(@url.userinfo))
        own = { "user-agent" => AGENT }
        own["authorization"] = "Basic #{[user].pack('m0')}" if user
        own["content-type"] = "application/x-www-form-urlencoded" if @data
        own["content-length"] = "0" if !@data && %w[POST PUT PATCH].include?(@verb)
        own.merge(@asked.headers.to_h { |name, value| [name.downcase, value] })
      end

      # left: redirects that may be followed; nil: none is.
      def follow(left)
        loop do
          response = exchange
          return response unless left && REDIRECTS.include?(response.status) && FOLLOWED.include?(@verb)
          raise HttpFailure.new(47, "too many redirects; last one to: #{response.location}") if left.zero?

          left -= 1
          redirect(response)
        end
      end

      def redirect(response)
        location = URI::DEFAULT_PARSER.escape(response.location.to_s.b.split("#").first.to_s, UNSAFE)
        to = @url + location
        raise HttpFailure.new(1, "a redirect to #{location} is not followed") unless to.is_a?(URI::HTTP) && to.host

        if response.status < 304 && !%w[HEAD OPTIONS].include?(@verb)
          @verb = "GET"
          @data = nil
        end
        @headers.delete("authorization") unless location.match?(%r{\A/(?!/)}) || origin(URI.parse(location)) == origin
        @url = to
      rescue URI::Error => e
        raise HttpFailure.new(3, e.message)
      end

      def origin(url = @url) = [url.scheme, url.host, url.port]

      def exchange
        http = @connection.start(@url)
        response = nil
        http.request(request) { |found| response = read(found) }
        response
      rescue EOFError => e
        raise HttpFailure.new(52, e.message)
      rescue Timeout::Error => e
        raise HttpFailure.new(28, e.message)
      rescue OpenSSL::SSL::SSLError => e
        raise HttpFailure.new(e.message.match?(UNTRUSTED) ? 60 : 35, e.message)
      rescue *BROKEN => e
        raise HttpFailure.new(56, e.message)
      ensure
        http.finish if http&.started?
      end

      def request
        made = Net::HTTPGenericRequest.new(@verb, !@data.nil?, @verb != "HEAD", @url.request_uri, @headers)
        made.body = @data
        made
      end

      def read(response)
        head = "HTTP/#{response.http_version} #{response.code} #{response.message}\r\n".b
        response.each_header { |name, value| head << "#{name}: #{value}\r\n".b }
        body = "".b
        response.read_body do |part|
          body << part
          raise CouldNotLook, "the response's body is larger than #{LIMIT >> 20} MiB" if body.bytesize > LIMIT
        end
        Response.new(response.code.to_i, response["location"], head << "\r\n", body)
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
