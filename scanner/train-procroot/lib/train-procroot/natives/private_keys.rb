# frozen_string_literal: true

require "openssl"
require_relative "probe"
require_relative "text"

module TrainProcroot
  module Natives
    # x509_private_key: what `openssl rsa -check` and `openssl ... -modulus | openssl md5` say of a key and of a
    # certificate in the target, by the scanner's own OpenSSL.
    class PrivateKeys < Probe
      asked_by "x509_private_key"
      stands_for "openssl"

      OPENSSL = %r{(?:/\S+/)?openssl}
      PASSPHRASE = /(?: -passin pass:(?<passphrase>.*?))?/
      CHECK = /\A#{OPENSSL} rsa -in (?<path>\S+) -check -noout#{PASSPHRASE}\z/
      KEY = /\Aopenssl rsa -noout -modulus -in (?<path>\S+)#{PASSPHRASE} \| openssl md5\z/
      CERTIFICATE = /\Aopenssl x509 -noout -modulus -in (?<path>\S+) \| openssl md5\z/
      LIMIT = 1024 * 1024
      # Larger ones are checked for hours.
      MOST_BITS = 16_384

      def answer(command, _asker)
        case command
        when CHECK then check(*Regexp.last_match.values_at(:path, :passphrase))
        when KEY then digest(key(*Regexp.last_match.values_at(:path, :passphrase)))
        when CERTIFICATE then digest(certificate(Regexp.last_match[:path])&.public_key)
        end
      end

      private

      def check(path, passphrase)
        key = key(path, passphrase)
        return Answer.failed(1, "Could not read private key from #{path}\n") if key.nil?
        raise CouldNotLook, "#{path} holds a key of #{key.n.num_bits} bits" if key.n.num_bits > MOST_BITS

        Answer.ok(consistent?(key) ? "RSA key ok\n" : "RSA key not ok\n")
      end

      # An RSA key, nil for anything else. Without the right passphrase there is none.
      def key(path, passphrase)
        key = OpenSSL::PKey.read(content(path) || (return nil), passphrase.to_s)
        key if key.is_a?(OpenSSL::PKey::RSA) && key.private?
      rescue OpenSSL::PKey::PKeyError
        nil
      end

      def certificate(path)
        OpenSSL::X509::Certificate.new(content(path) || (return nil))
      rescue OpenSSL::X509::CertificateError
        nil
      end

      def content(path) = root.read(path, LIMIT)

      # As RSA_check_key: the primes, and that the numbers belong together.
      def consistent?(key)
        first = key.p
        second = key.q
        return false unless [first, second].all? { |number| number&.prime? } && first * second == key.n

        one = OpenSSL::BN.new(1)
        inner = first - one
        outer = second - one
        least, = (inner * outer) / inner.gcd(outer)
        (key.d * key.e) % least == one && key.dmp1 == key.d % inner && key.dmq1 == key.d % outer &&
          (key.iqmp * second) % first == one
      end

      def digest(public_key)
        # md5 of nothing, as of a pipe that nobody wrote to.
        modulus = public_key.respond_to?(:n) ? "Modulus=#{public_key.n.to_s(16)}\n" : ""
        Answer.ok("MD5(stdin)= #{OpenSSL::Digest::MD5.hexdigest(modulus)}\n")
      end
    end
  end
end
