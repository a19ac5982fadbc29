# frozen_string_literal: true

require "uri"
require_relative "../errors"

module TrainProcroot
  module Natives
    # The proxy of a request: the one that was given, else the one that the environment of the target's main process
    # names for the address, by the rules of Ruby's own URI#find_proxy (which asks the names of this machine).
    HttpProxy = Struct.new(:hostname, :port, :user, :password) do
      # url: a URI; names: HostNames. nil for none. Raises CouldNotLook for one that cannot be used here.
      def self.for(url, asked, environ, names)
        return if asked.no_proxy
        return read(asked.proxy, asked.proxy_user) unless asked.proxy.to_s.empty?

        # HTTP_PROXY in capitals is a client's header to a CGI program.
        text = environ["#{url.scheme}_proxy"] || (environ["HTTPS_PROXY"] if url.scheme == "https")
        read(text, nil) unless text.to_s.empty? || excepted?(url, environ, names)
      end

      def self.excepted?(url, environ, names)
        address = address(url.hostname, names)
        return true if address&.match?(/\A127\.|\A::1\z/)

        except = environ["no_proxy"] || environ["NO_PROXY"]
        except && !URI::Generic.use_proxy?(url.hostname, address, url.port, except)
      end

      # nil also where no name server answers: behind a proxy it need not.
      def self.address(host, names)
        names.addresses(host).first
      rescue CouldNotLook
        nil
      end

      def self.read(text, user)
        url = URI.parse(text.include?("://") ? text : "http://#{text}")
        unless url.instance_of?(URI::HTTP) && url.host
          raise CouldNotLook, "the proxy #{text} is not used: only those that are asked by http:// are"
        end

        user = url.userinfo && URI::DEFAULT_PARSER.unescape(url.userinfo) if ["", ":"].include?(user.to_s)
        new(url.hostname, url.port, *user&.split(":", 2))
      rescue URI::InvalidURIError
        raise CouldNotLook, "the proxy #{text} is none that can be used here"
      end
      private_class_method :excepted?, :address, :read
    end
  end
end
