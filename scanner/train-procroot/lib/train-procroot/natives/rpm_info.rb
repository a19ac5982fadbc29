# frozen_string_literal: true

require_relative "rpm_header"

module TrainProcroot
  module Natives
    # What `rpm -qi` prints of a package (rpm 4.18; dates in UTC).
    module RpmInfo
      PUBLIC_KEYS = { 1 => "RSA", 17 => "DSA", 19 => "ECDSA", 22 => "EdDSA" }.freeze
      HASHES = { 1 => "MD5", 2 => "SHA1", 3 => "RIPEMD160", 8 => "SHA256", 9 => "SHA384", 10 => "SHA512",
                 11 => "SHA224" }.freeze
      CREATED = 2
      ISSUER = 16

      class << self
        def text(package)
          [*identity(package), *origin(package), optional("Packager", package.packager),
           optional("Vendor", package.vendor), optional("URL", package.url), optional("Bug URL", package.bug_url),
           line("Summary", first(package.summary)), "Description :\n", first(package.description),
           "\n"].compact.map { |part| part.to_s.b }.join
        end

        private

        def identity(package)
          [line("Name", package.shown(:name)), optional("Epoch", package.epoch),
           line("Version", package.shown(:version)), line("Release", package.shown(:release)),
           optional("DistTag", package.dist_tag), line("Architecture", package.shown(:arch)),
           line("Install Date", package.install_time ? date(package.install_time) : "(not installed)"),
           line("Group", first(package.group)), line("Size", package.long_size || package.shown(:size)),
           package.license ? line("License", package.license) : "\n"]
        end

        def origin(package)
          [line("Signature", signature(package)), line("Source RPM", package.shown(:source)),
           line("Build Date", date(package.build_time)), line("Build Host", package.shown(:build_host)),
           relocations(package.prefixes)]
        end

        def line(title, value) = "#{title.ljust(12)}: ".b << value.to_s.b << "\n"

        def optional(title, value) = value && line(title, value)

        # Of texts in several languages, that without one.
        def first(texts) = Array(texts).first || "(none)"

        def relocations(prefixes)
          prefixes && line("Relocations", Array(prefixes).map { |prefix| "#{prefix} " }.join)
        end

        def date(seconds)
          seconds ? Time.at(seconds).utc.strftime("%a %b %e %H:%M:%S %Y") : "(none)"
        end

        def signature(package)
          bytes = package.dsa || package.rsa || package.sig_gpg || package.sig_pgp
          return "(none)" unless bytes.is_a?(String)

          described(packet(bytes)) || "(not an OpenPGP signature)"
        end

        # The body of an OpenPGP packet of kind 2, nil for any other.
        def packet(bytes)
          head, one, two = bytes.unpack("C3")
          return unless head && one

          if head.anybits?(0x40)
            return unless head & 0x3f == 2

            one < 192 ? bytes.byteslice(2..) : bytes.byteslice(3..)
          elsif (head >> 2) & 0xf == 2 && two
            bytes.byteslice([2, 3, 5, 5][head & 3]..) # after one, two or four bytes of length
          end
        end

        def described(body)
          case body&.getbyte(0)
          when 3
            time, key, public_key, hash = body.unpack("x3Na8CC")
          when 4
            public_key, hash, length = body.unpack("x2CCn")
            fields = subpackets(body, 6, length.to_i)
            rest = 6 + length.to_i
            if rest + 2 <= body.bytesize
              fields = subpackets(body, rest + 2,
                                  body.unpack1("@#{rest}n").to_i).merge(fields)
            end
            time = fields[CREATED]&.unpack1("N")
            key = fields[ISSUER]
          end
          return unless public_key && hash

          "#{PUBLIC_KEYS.fetch(public_key, 'Unknown public key algorithm')}/#{HASHES.fetch(hash, 'Unknown hash')}, " \
            "#{date(time || 0)}, Key ID #{(key || ("\0" * 8)).unpack1('H*')}"
        end

        # {kind => content}
        def subpackets(body, place, length)
          ends = [place + length, body.bytesize].min
          found = {}
          while place < ends
            size = body.getbyte(place)
            return found if size.nil? || size.zero? || size >= 192 # longer ones are none of those that matter

            found[body.getbyte(place + 1).to_i & 0x7f] = body.byteslice(place + 2, size - 1).to_s
            place += 1 + size
          end
          found
        end
      end
    end
  end
end
