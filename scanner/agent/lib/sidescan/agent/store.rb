# frozen_string_literal: true

require "digest"
require "fileutils"

module Sidescan
  module Agent
    # Puts files on the results volume: whole or not at all, and on the disk before anything is said about them.
    class Store
      FILES = %w[result.json evidence.json].freeze

      attr_reader :directory

      # Raises a storage Failure now rather than after a long audit when nothing can be written there.
      # shared: whoever the directory is mounted for may read it, whatever user that is.
      def initialize(directory, shared: false)
        @directory = File.expand_path(directory)
        @shared = shared
        storing("the results directory") do
          self.class.private_directory(@directory)
          File.chmod(0o755, @directory) if @shared && File.stat(@directory).owned?
          probe = part("probe")
          File.write(probe, "probe")
        end
      ensure
        clear
      end

      # A directory for nobody else, as far as it is ours to say so: a volume may belong to another user.
      def self.private_directory(path)
        FileUtils.mkdir_p(path, mode: 0o700)
        File.chmod(0o700, path) if File.stat(path).owned?
      end

      # Copies the file in; fields of the `stored` event for it.
      def put(name, source)
        storing(name) do
          File.open(part(name), File::WRONLY | File::CREAT | File::EXCL, 0o600) do |out|
            IO.copy_stream(source, out)
            out.chmod(0o644) if @shared
            out.fsync
          end
          File.rename(part(name), File.join(@directory, name))
          File.open(@directory, &:fsync)
        end
        { name: name, bytes: File.size(source), sha256: Digest::SHA256.file(source).hexdigest }
      end

      # Removes what a broken attempt left.
      def clear
        FileUtils.rm_f(Dir.glob(part("*"), File::FNM_DOTMATCH))
      end

      private

      def part(name) = File.join(@directory, ".#{name}.#{Process.pid}.part")

      def storing(what)
        yield
      rescue SystemCallError => e
        raise Failure.new("storage", "#{what} cannot be written in #{@directory}: #{e.message}",
                          hint: "give the results a directory with space that the scanner may write to")
      end
    end
  end
end
