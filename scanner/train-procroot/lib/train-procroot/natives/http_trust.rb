# frozen_string_literal: true

require "openssl"
require_relative "../errors"

module TrainProcroot
  module Natives
    # The certificates that the target trusts, where its curl or OpenSSL would look for them.
    class HttpTrust
      # Debian and Alpine; RHEL and Fedora; SUSE; Alpine's OpenSSL.
      BUNDLES = %w[/etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt
                   /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem /etc/ssl/ca-bundle.pem
                   /var/lib/ca-certificates/ca-bundle.pem /etc/ssl/cert.pem].freeze
      # Files that OpenSSL finds there by the hash of their subject.
      FOLDERS = %w[/etc/ssl/certs /etc/pki/tls/certs].freeze
      HASHED = /\A\h{8}\.\d+\z/
      CERTIFICATE = /-----BEGIN (?:X509 )?CERTIFICATE-----.*?-----END (?:X509 )?CERTIFICATE-----/mn
      LIMIT = 16 * 1024 * 1024

      def initialize(target, root)
        @environ = target.environ
        @root = root
      end

      # An OpenSSL::X509::Store. Raises CouldNotLook where the target has no certificate at all, since nobody could say
      # then whether a server's is a good one.
      def store
        store = OpenSSL::X509::Store.new
        certificates = texts.flat_map { |text| text.scan(CERTIFICATE) }.uniq.filter_map { |text| certificate(text) }
        if certificates.empty?
          raise CouldNotLook, "the target has no certificates of authorities to verify a server by; " \
                              "ssl_verify: false asks without"
        end
        certificates.uniq(&:to_der).each { |one| store.add_cert(one) }
        store
      end

      private

      def texts
        file = %w[CURL_CA_BUNDLE SSL_CERT_FILE].filter_map { |name| @environ[name] }.find { |path| !path.empty? }
        folders = @environ["SSL_CERT_DIR"]&.split(":") || FOLDERS
        [*(file ? [file] : BUNDLES).filter_map { |path| @root.read(path, LIMIT) }.first(1),
         *folders.flat_map { |folder| hashed(folder) }]
      end

      def hashed(folder)
        (@root.children(folder) || []).grep(HASHED).filter_map { |name| @root.read("#{folder}/#{name}", LIMIT) }
      end

      # nil for what is none; another one may be the right one.
      def certificate(text)
        OpenSSL::X509::Certificate.new(text)
      rescue OpenSSL::X509::CertificateError
        nil
      end
    end
  end
end
