# frozen_string_literal: true

require "zlib"
require_relative "../errors"
require_relative "curl_failure"

module TrainProcroot
  module Natives
    # Reads one response from a stream, as strictly as curl does, and no more of it than is an answer.
    class HttpResponse
      # Of a body; as of a command's output.
      LIMIT = 16 * 1024 * 1024
      # Of a line, and of all lines before a body, as curl has them.
      LINE_LIMIT = 100 * 1024
      HEAD_LIMIT = 300 * 1024
      # Interim responses (100 Continue) before the one that counts.
      INTERIM_LIMIT = 20

      attr_reader :status, :body

      # head_only: no body follows, whatever the headers say.
      def initialize(stream, head_only: false)
        @stream = stream
        @head_only = head_only
        @interim = "".b
        read_head
        INTERIM_LIMIT.times { pass_interim if interim? }
        weird("Too many interim responses") if interim?
      end

      # Every line of the last head with that name, unfolded.
      def values(name) = @fields.filter_map { |key, value| value if key.casecmp?(name) }

      def location = values("location").reject(&:empty?).last.then { |found| found if status.between?(300, 399) }

      # decode: as the auditor's own client would, which asks for compressed content by itself.
      def read_body(decode:)
        @body = raw_body
        @body = decoded(@body) if decode
        self
      end

      # The head as it was sent, after those of interim responses, but that repeated fields are one line, as they are
      # one value to the auditor's own client: the resource would keep the last and drop the others.
      def head
        first, *lines = @head.lines
        kept = {}
        lines.each do |line|
          name = line[/\A[^:\s]+(?=:)/n]&.downcase || kept.length
          more = ", #{line.partition(':').last.strip}"
          kept[name] = kept[name]&.sub(/(?=\r?\n\z)/n) { more } || line
        end
        "#{@interim}#{first}#{kept.values.join}"
      end

      private

      def interim? = status.between?(100, 199) && status != 101

      def weird(words) = raise(CurlFailure.new(8, words))

      def too_large(what) = raise(CouldNotLook, "the response's #{what}, which is no answer any more")

      def pass_interim
        @interim << @head
        read_head
      end

      def read_head
        @head = line.to_s
        read_status
        @fields = []
        loop do
          text = line || weird("The response ended within its headers")
          @head << text
          too_large("headers are larger than #{HEAD_LIMIT} bytes") if @head.bytesize > HEAD_LIMIT
          break if text.chomp.empty?

          field(text)
        end
      end

      def line = @stream.line(LINE_LIMIT) { too_large("headers have a line of more than #{LINE_LIMIT} bytes") }

      def read_status
        raise CurlFailure.new(52, "Empty reply from server") if @head.empty?

        @status = @head[%r{\AHTTP/\d(?:\.\d)? (\d{3})(?=[ \r\n])}n, 1]&.to_i
        raise CurlFailure.new(1, "Received HTTP/0.9 when not allowed") unless @status
      end

      def field(text)
        weird("Nul byte in header") if text.include?("\0")
        if text.match?(/\A[ \t]/n) && !@fields.empty?
          @fields.last[1] << " " << text.strip
        else
          name, value = text.split(":", 2)
          weird("Header without colon") unless value
          @fields << [name.strip, value.strip]
        end
      end

      def raw_body
        return "".b if @head_only || [204, 304].include?(status) || status < 200
        return chunked if values("transfer-encoding").join(",").match?(/(?:\A|,)\s*chunked\s*\z/ni)

        lengths = values("content-length").flat_map { |value| value.split(/\s*,\s*/) }.uniq
        return until_end if lengths.empty?

        weird("Invalid Content-Length: value") unless lengths.one? && lengths.first.match?(/\A\d{1,18}\z/n)
        exactly(Integer(lengths.first, 10), "".b)
      end

      def until_end
        found = "".b
        while (chunk = @stream.read(LIMIT))
          found << chunk
          check(found.bytesize)
        end
        found
      end

      def exactly(length, found)
        check(found.bytesize + length)
        while length.positive?
          chunk = @stream.read(length) or ended(length)
          length -= chunk.bytesize
          found << chunk
        end
        found
      end

      def chunked
        found = "".b
        loop do
          size = line.to_s[/\A(\h{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n\z/n, 1] or broken
          return found if size.hex.zero? # what trails is nothing to the resource

          exactly(size.hex, found)
          broken unless line.to_s.match?(/\A\r?\n\z/n)
        end
      end

      def check(size) = size > LIMIT && too_large("body is larger than #{LIMIT / 1_048_576} MiB")

      def broken = raise(CurlFailure.new(56, "Illegal or missing hexadecimal sequence in chunked-encoding"))

      def ended(left)
        raise CurlFailure.new(18, "transfer closed with #{left} bytes remaining to read")
      end

      def decoded(bytes)
        return bytes if bytes.empty? || !values("content-encoding").join.match?(/\A(?:x-)?(?:gzip|deflate)\z/ni)

        inflate(bytes)
      rescue Zlib::Error => e
        raise CouldNotLook, "the response's compressed body cannot be read: #{e.message}"
      end

      # Both forms by their first bytes; deflate may also come bare.
      def inflate(bytes)
        bare = bytes.getbyte(0) & 0x0f != 8 && !bytes.start_with?("\x1f\x8b".b)
        inflater = Zlib::Inflate.new(bare ? -Zlib::MAX_WBITS : Zlib::MAX_WBITS + 32)
        found = "".b
        inflater.inflate(bytes) do |part|
          found << part
          check(found.bytesize)
        end
        raise Zlib::Error, "it ends early" unless inflater.finished?

        found
      ensure
        inflater&.close
      end
    end
  end
end
