# frozen_string_literal: true

require "fileutils"

module Sidescan
  module Agent
    # The files that a specification names, wherever the caller had to put them: as they are; in parts, since a
    # ConfigMap holds 1 MiB at most; or in the environment, since an ephemeral container gets no volumes of its own.
    module Files
      SPEC = "SIDESCAN_SPEC"
      FILE = "SIDESCAN_FILE"
      IN_ENVIRONMENT = %r{\Aenv:(\d+)/([^/]+)\z}
      # What the caller put there is nobody else's business.
      PREFIXES = [SPEC, FILE].map { |name| "#{name}_" }.freeze

      module_function

      # The specification with paths of files that are there; what was not is made beneath `directory`.
      def gather(data, directory)
        count = 0
        here = ->(path) { place(path, File.join(directory, (count += 1).to_s)) }
        auditor = %w[inputFiles waiverFiles].to_h { |name| [name, data["auditor"][name].map(&here)] }
        data.merge("profiles" => data["profiles"].map(&here), "auditor" => data["auditor"].merge(auditor))
      end

      # The value of NAME_0, NAME_1 and so on, which are base64. Raises Failure.
      def from_environment(name)
        pattern = /\A#{name}_(\d+)\z/
        numbers = ENV.keys.filter_map { |key| key[pattern, 1] }
        whole(name, numbers)
        numbers.sort_by(&:to_i).map { |number| ENV.fetch("#{name}_#{number}") }.join.unpack1("m0")
      rescue ArgumentError
        missing("the variables #{name}_0 and on are no base64")
      end

      # To be called by every process that is forked.
      def forget
        ENV.delete_if { |name, _| name.start_with?(*PREFIXES) }
      end

      def place(path, directory)
        if (match = IN_ENVIRONMENT.match(path))
          made(directory, match[2]) { |file| file.write(from_environment("#{FILE}_#{match[1]}")) }
        elsif File.exist?(path) || (parts = parts_of(path)).empty?
          path
        else
          made(directory, File.basename(path)) { |file| parts.each { |part| IO.copy_stream(part, file) } }
        end
      end

      def parts_of(path)
        directory, name = File.split(path)
        part = /\A#{Regexp.escape(name)}\.\d{3}\z/
        found = Dir.children(directory).grep(part).sort
        whole(path, found.map { |child| child[-3..] }) if found.any?
        found.map { |child| File.join(directory, child) }
      rescue Errno::ENOENT, Errno::ENOTDIR
        []
      end

      # Numbered from 0 without a gap; a last one that is missing shows in the file itself.
      def whole(what, numbers)
        return if numbers.any? && numbers.map(&:to_i).sort == (0...numbers.length).to_a

        missing(numbers.empty? ? "#{what}_0 is not in the environment" : "parts of #{what} are missing")
      end

      def made(directory, name, &)
        missing("#{name} is no file name") if %w[. ..].include?(name)
        FileUtils.mkdir_p(directory, mode: 0o700)
        File.join(directory, name).tap { |path| File.open(path, "wb", 0o600, &) }
      rescue SystemCallError => e
        raise Failure.new("storage", "#{name} cannot be put together in #{directory}: #{e.message}")
      end

      def missing(what) = raise(Failure.new("usage", what))
    end
  end
end
