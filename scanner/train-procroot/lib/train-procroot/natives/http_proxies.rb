# frozen_string_literal: true

require "ipaddr"
require_relative "../errors"

module TrainProcroot
  module Natives
    # Which proxy a request takes: the one that was given, else the one that the environment of the target's main
    # process names, by curl's rules. But what is on the target's own loopback is never asked of another machine's,
    # unless the proxy was given: the auditor's own client leaves it alone, too.
    class HttpProxies
      def initialize(asked, environ)
        @asked = asked
        @environ = environ
        @except = (environ["no_proxy"] || environ["NO_PROXY"]).to_s.downcase.split(/[\s,]+/).reject(&:empty?)
      end

      # The proxy's HttpUrl, or nil.
      def for(url)
        text = @asked.proxy || from_environment(url)
        return if @asked.no_proxy || text.to_s.empty? || excepted?(url.host)

        proxy = HttpUrl.parse(text.sub(%r{/\z}, ""))
        raise CouldNotLook, "a proxy that is asked by #{proxy.scheme}:// is not used" if proxy.tls?

        proxy.port = 1080 unless text.match?(%r{\A(?:[a-z]+://)?[^/]*:\d+/?\z}i)
        proxy.user = @asked.proxy_user if given_user?
        proxy
      rescue CurlFailure
        raise CouldNotLook, "the proxy #{text} is none that can be used here"
      end

      private

      def given_user? = ![nil, "", ":"].include?(@asked.proxy_user)

      def from_environment(url)
        return if loopback?(url.host)

        # HTTP_PROXY in capitals is a client's header to a CGI program.
        names = url.tls? ? %w[https_proxy HTTPS_PROXY] : %w[http_proxy]
        [*names, "all_proxy", "ALL_PROXY"].filter_map { |name| @environ[name] }.first
      end

      def loopback?(host)
        host.match?(/\A(?:.*\.)?localhost\.?\z/i) || address(host)&.loopback? || false
      end

      def excepted?(host)
        return true if @except == ["*"]

        host = host.downcase.chomp(".")
        number = address(host)
        @except.any? { |one| number ? covers?(one, number) : beneath?(host, one) }
      end

      def beneath?(host, domain)
        domain = domain.delete_prefix(".").chomp(".")
        !domain.empty? && (host == domain || host.end_with?(".#{domain}"))
      end

      def covers?(range, number)
        range = address(range.delete("[]")) and range.family == number.family && range.include?(number)
      end

      def address(text)
        IPAddr.new(text) if text.match?(%r{\A[\h.:]+(?:/\d+)?\z})
      rescue IPAddr::Error
        nil
      end
    end
  end
end
