# frozen_string_literal: true

require "ipaddr"
require_relative "../errors"
require_relative "curl_failure"

module TrainProcroot
  module Natives
    # Where a request goes. target: path and query, as they were written (nothing is normalised; what may not stand in a
    # request is escaped); host: a name or an address without brackets.
    HttpUrl = Struct.new(:scheme, :user, :host, :port, :target)

    # Reads addresses as curl does.
    class HttpUrl
      FORM = %r{
        \A(?:(?<scheme>[a-z][a-z0-9+.-]*)://)?
        (?:(?<user>[^/?#]*)@)?
        (?<host>\[[\h:.]+\]|[\w.-]+)(?::(?<port>\d{1,5}))?
        (?<path>/[^?#]*)?(?<query>\?[^#]*)?(?:\#.*)?\z
      }xni
      PORTS = { "http" => 80, "https" => 443 }.freeze
      SCHEME = %r{\A([a-z][a-z0-9+.-]*)://}ni
      # As a redirect may have it: mailto:, javascript:
      ANY_SCHEME = /\A([a-z][a-z0-9+.-]*):/ni
      # 127.1, 0x7f.0.0.1 and 2130706433 are addresses to a C library, and no names.
      ODD_ADDRESS = /\A(?:0x\h+|\d+)(?:\.(?:0x\h+|\d+))*\.?\z/ni

      class << self
        # Raises CurlFailure for what is none, as curl does.
        def parse(text)
          scheme = (text[SCHEME, 1] || "http").downcase
          refuse(scheme) unless PORTS.key?(scheme)
          found = FORM.match(text.b) or malformed
          port = found[:port] ? Integer(found[:port], 10) : PORTS[scheme]
          malformed unless port.between?(1, 65_535)
          new(scheme, found[:user] && unescape(found[:user]), host(found[:host]), port,
              escape("#{found[:path] || '/'}#{found[:query]}"))
        end

        def malformed = raise(CurlFailure.new(3, "URL using bad/illegal format or missing URL"))

        # curl would fetch some of them, too; here it is not done.
        def refuse(scheme)
          raise CouldNotLook, "#{scheme}:// is not asked, http:// and https:// are" if scheme.match?(/\Aftp/i)

          raise CurlFailure.new(1, "Protocol \"#{scheme}\" not supported or disabled in libcurl")
        end

        private

        def host(text)
          return IPAddr.new(text.delete("[]")).to_s if text.start_with?("[")
          raise CouldNotLook, "#{text} is an odd way to write an address" if odd?(text)

          text
        rescue IPAddr::Error
          malformed
        end

        def odd?(text) = text.match?(ODD_ADDRESS) && !text.match?(/\A(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})\z/n)

        # Spaces and other bytes than ASCII's. A control character has no place there.
        def escape(text)
          malformed if text.match?(/[\x00-\x1f\x7f]/n)
          text.gsub(/[ \x80-\xff]/n) { |byte| format("%%%02X", byte.ord) }
        end

        def unescape(text) = text.gsub(/%(\h\h)/n) { Regexp.last_match[1].hex.chr }
      end

      # Where a Location header leads. Only http and https are followed.
      def join(location)
        return HttpUrl.parse("#{scheme}:#{location}") if location.start_with?("//")
        return HttpUrl.parse(location) if location.match?(SCHEME)

        HttpUrl.refuse(location[ANY_SCHEME, 1]) if location.match?(ANY_SCHEME)

        path, query = location.match(/\A([^?#]*)(\?[^#]*)?/n).captures
        old, old_query = target.match(/\A([^?]*)(.*)/n).captures
        return HttpUrl.parse("#{origin}#{old}#{query || old_query}") if path.empty?

        path = old[%r{\A.*/}n] + path unless path.start_with?("/")
        HttpUrl.parse("#{origin}#{without_dots(path)}#{query}")
      end

      def origin = "#{scheme}://#{authority(always: true)}"
      def same_origin?(other) = origin == other.origin
      def tls? = scheme == "https"

      # host[:port], as a Host header has it.
      def authority(always: false)
        name = host.include?(":") ? "[#{host}]" : host
        always || port != PORTS[scheme] ? "#{name}:#{port}" : name
      end

      private

      # RFC 3986, 5.2.4
      def without_dots(path)
        kept = []
        parts = path.split("/", -1).drop(1)
        parts.each { |part| part == ".." ? kept.pop : (kept << part unless part == ".") }
        kept << "" if %w[. ..].include?(parts.last)
        "/#{kept.join('/')}"
      end
    end
  end
end
