# frozen_string_literal: true

require "fileutils"

module Sidescan
  module Agent
    # The files that a specification names, where they do not lie there as they are but in parts PATH.000, PATH.001 and
    # so on: a ConfigMap holds 1 MiB at most.
    module Files
      module_function

      # The specification with paths of files that are there; what was in parts is joined beneath `directory`.
      def gather(data, directory)
        count = 0
        here = ->(path) { place(path, File.join(directory, (count += 1).to_s)) }
        auditor = %w[inputFiles waiverFiles].to_h { |name| [name, data["auditor"][name].map(&here)] }
        data.merge("profiles" => data["profiles"].map(&here), "auditor" => data["auditor"].merge(auditor))
      end

      def place(path, directory)
        return path if File.exist?(path) || (parts = parts_of(path)).empty?

        FileUtils.mkdir_p(directory, mode: 0o700)
        File.join(directory, File.basename(path)).tap do |whole|
          File.open(whole, "wb", 0o600) { |file| parts.each { |part| IO.copy_stream(part, file) } }
        end
      rescue SystemCallError => e
        raise Failure.new("storage", "#{path} cannot be put together in #{directory}: #{e.message}")
      end

      # Numbered from 0 without a gap; a last one that is missing shows in the file itself.
      def parts_of(path)
        directory, name = File.split(path)
        part = /\A#{Regexp.escape(name)}\.\d{3}\z/
        found = Dir.children(directory).grep(part).sort
        return found.map { |child| File.join(directory, child) } if found == numbered(name, found.length)

        raise Failure.new("usage", "parts of #{path} are missing")
      rescue Errno::ENOENT, Errno::ENOTDIR
        []
      end

      def numbered(name, count) = Array.new(count) { |number| format("%<name>s.%<number>03d", name:, number:) }
    end
  end
end
