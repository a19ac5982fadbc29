# frozen_string_literal: true

require "fileutils"
require "zlib"

module Sidescan
  module Agent
    # Specification and files out of the environment, for an ephemeral container, which gets no volumes of its own. NAME
    # holds the number of pieces, NAME_0 and on hold them; joined they are base64 of gzip of JSON:
    # {"spec": ..., "files": {PATH: base64}}.
    class Bundle
      # Takes the pieces out of the environment: nothing that is started later is to have them.
      def initialize(name)
        @name = name
        @count = ENV.delete(name)
        @pieces = Array.new(@count.to_i.clamp(0, 10_000)) { |number| ENV.delete("#{name}_#{number}") }
      end

      # The specification's text; its files are written where it expects them. Raises Failure.
      def open
        missing
        data = JSON.parse(Zlib.gunzip(@pieces.join.unpack1("m0")))
        data.fetch("files").each { |path, content| write(path, content.unpack1("m0")) }
        JSON.generate(data.fetch("spec"))
      rescue ArgumentError, Zlib::Error, JSON::ParserError, KeyError, NoMethodError
        raise Failure.new("usage", "#{@name} and its pieces are not a specification with its files")
      end

      private

      def missing
        absent = @pieces.index(nil)
        return unless absent || @pieces.empty?

        name = @count ? "#{@name}_#{absent}" : @name
        raise Failure.new("usage", "the variable #{name} is not in the environment")
      end

      def write(path, content)
        FileUtils.mkdir_p(File.dirname(path), mode: 0o700)
        File.binwrite(path, content, perm: 0o600)
      rescue SystemCallError => e
        raise Failure.new("storage", "#{path} cannot be written: #{e.message}",
                          hint: "an ephemeral container needs a root file system that is not read-only")
      end
    end
  end
end
