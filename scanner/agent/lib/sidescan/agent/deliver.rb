# frozen_string_literal: true

require "stringio"
require "zlib"

module Sidescan
  module Agent
    # Sends a stored file as numbered pieces of gzip + base64, then what they must add up to.
    class Deliver
      # Bytes of base64 text per chunk (CHUNK_BYTES in src/protocol/events.ts), of which each decodes by itself.
      CHUNK = 12_000
      RAW = CHUNK / 4 * 3

      def initialize(emitter)
        @emitter = emitter
      end

      # For whoever fetches a stored file instead of reading its pieces; exit code.
      def self.print(name, directory, out)
        out.binmode
        Zlib::GzipWriter.new(out).tap { |gzip| IO.copy_stream(File.join(directory, name), gzip) }.close
        0
      rescue SystemCallError => e
        warn "sidescan-agent: #{name} cannot be read: #{e.message}"
        1
      end

      # file: as in the `stored` event.
      def send_file(path, file)
        packed = gzip(File.binread(path))
        pieces = (packed.bytesize.to_f / RAW).ceil
        pieces.times do |n|
          @emitter.emit("chunk", file: file[:name], n: n, data: [packed.byteslice(n * RAW, RAW)].pack("m0"))
        end
        @emitter.emit("delivered", file: file, chunks: pieces, gzipBytes: packed.bytesize)
      end

      private

      # In a thread of its own: Ruby's zlib fails with BufError when a signal, such as that of a child's end, comes
      # while it packs, and signals interrupt the main thread alone.
      def gzip(data)
        Thread.new do
          Thread.current.report_on_exception = false
          io = StringIO.new("".b)
          Zlib::GzipWriter.new(io).tap { |writer| writer.mtime = 1 }.tap { |writer| writer.write(data) }.close
          io.string
        end.value
      end
    end
  end
end
