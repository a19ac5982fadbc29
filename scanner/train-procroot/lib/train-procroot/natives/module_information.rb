# frozen_string_literal: true

require "etc"
require "zlib"
require_relative "../errors"
require_relative "text"

module TrainProcroot
  module Natives
    # What a kernel module says of itself (`modinfo -F FIELD NAME`), from the target's /lib/modules of the running
    # kernel. A container has none of that as a rule.
    class ModuleInformation
      LIMIT = 64 * 1024 * 1024
      ELF = "\x7FELF\x02\x01".b

      def initialize(root)
        @root = root
        @directory = "/lib/modules/#{Etc.uname.fetch(:release)}"
      end

      # The field's values, nil where there is no such module.
      def values(name, field)
        name = name.tr("-", "_")
        path = file_of(name)
        return built_in(name)&.filter_map { |key, value| value if key == field } if path.nil?

        pairs(section(content(path), path)).filter_map { |key, value| value if key == field }
      end

      private

      def file_of(name)
        lines = (Text.read(@root, "#{@directory}/modules.dep", limit: LIMIT) || "").lines
        line = lines.find { |one| one[%r{([^/:]+?)\.ko[^/:]*:}, 1]&.tr("-", "_") == name }
        line && "#{@directory}/#{line[/\A[^:]+/]}"
      end

      # What is built into the kernel says "NAME.FIELD=VALUE".
      def built_in(name)
        all = pairs(@root.read("#{@directory}/modules.builtin.modinfo", LIMIT) || "".b)
        own = all.filter_map { |key, value| [key.delete_prefix("#{name}."), value] if key.start_with?("#{name}.") }
        own unless own.empty?
      end

      def content(path)
        bytes = @root.read(path, LIMIT) or raise CouldNotLook, "#{path} is not there, though modules.dep names it"
        return bytes unless path.end_with?(".gz")

        Zlib::GzipReader.new(StringIO.new(bytes)).read(LIMIT).to_s
      rescue Zlib::Error
        raise CouldNotLook, "#{path} is no gzip file"
      end

      # The part called .modinfo.
      def section(bytes, path)
        raise CouldNotLook, "#{path} is compressed in a way that is not read here" unless bytes.start_with?(ELF)

        place, = bytes.unpack("@40Q")
        size, count, names = bytes.unpack("@58SSS")
        headers = Array.new(count) { |index| bytes.unpack("@#{place + (index * size)}LLQQQQ") }
        texts = headers.fetch(names)[4]
        found = headers.find { |name, *| bytes.unpack1("@#{texts + name}Z*") == ".modinfo" }
        found ? bytes.byteslice(found[4], found[5]).to_s : "".b
      rescue ArgumentError, IndexError, TypeError, NoMethodError
        raise CouldNotLook, "#{path} is no kernel module that can be read"
      end

      def pairs(bytes)
        Text.clean(bytes).split("\0").filter_map { |pair| pair.split("=", 2) if pair.include?("=") }
      end
    end
  end
end
