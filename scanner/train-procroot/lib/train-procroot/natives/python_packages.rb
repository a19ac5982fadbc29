# frozen_string_literal: true

require_relative "existence"
require_relative "probe"
require_relative "text"

module TrainProcroot
  module Natives
    # pip: `pip show NAME`, from the METADATA of the installed distributions.
    class PythonPackages < Probe
      asked_by "pip"

      SHOW = %r{\A(?<pip>(?:/[\w.+/-]*/)?pip[\w.]*) show (?<name>.*)\z}m
      NAME = /\A[A-Za-z0-9][\w.-]*\z/
      LIMIT = 4 * 1024 * 1024
      # Where a Python of the system, and one that was installed beside it, have their packages; the first that has a
      # package counts.
      SYSTEM = %w[/usr/local/lib/python3*/dist-packages /usr/local/lib/python3*/site-packages
                  /usr/local/lib64/python3*/site-packages /usr/lib/python3/dist-packages
                  /usr/lib/python3*/site-packages /usr/lib64/python3*/site-packages
                  /usr/lib/python2*/dist-packages /usr/lib/python2*/site-packages].freeze
      BESIDE_SYSTEM = %w[/bin /usr/bin /usr/local/bin].freeze
      DISTRIBUTION = /\A([^-]+(?:-(?!\d)[^-]+)*?)(?:-.*)?\.(?:dist|egg)-info\z/
      FIELDS = %w[Name Version Summary Home-page Author Author-email License].freeze

      def answer(command, _asker)
        match = SHOW.match(command) or return

        directories = directories(match[:pip])
        return Answer.failed(127, "sh: 1: #{match[:pip]}: not found\n") if directories.empty?

        show(directories, match[:name])
      end

      private

      def show(directories, name)
        wanted = canonical(name)
        directory, file = find(directories, wanted) if name.match?(NAME)
        return Answer.failed(1, "WARNING: Package(s) not found: #{name}\n") if file.nil?

        head = (Text.read(root, file, limit: LIMIT) || "").split(/\r?\n\r?\n/, 2).first.to_s
        lines = FIELDS.map { |field| "#{field}: #{head[/^#{field}:[ \t]*(.*?)\s*$/i, 1]}\n" }
        Answer.ok("#{lines.join}Location: #{Text.printable(directory)}\n")
      end

      # The pip of a virtual environment, or of a Python elsewhere, has its own; so has one whose first line names such
      # a Python.
      def directories(pip)
        path = pip.start_with?("/") ? pip : Existence.new(context).find(pip)
        own = own_directories(path) if path
        return own if own && !own.empty?
        return [] if pip.start_with?("/") && !BESIDE_SYSTEM.include?(::File.dirname(pip)) && !root.file?(pip)

        [*SYSTEM, *("#{home}/.local/lib/python3*/site-packages" if home)].flat_map { |pattern| root.glob(pattern) }
      end

      def own_directories(path)
        python = interpreter(path) || path
        prefix = ::File.dirname(python, 2)
        return if prefix == "/" || prefix == "/usr" || !prefix.start_with?("/")

        version = ::File.basename(python)[/\d+\.\d+/]
        own = root.glob("#{prefix}/lib*/python#{version || '*'}/site-packages")
        settings = Text.read(root, "#{prefix}/pyvenv.cfg", limit: LIMIT).to_s
        shared = settings.match?(/^include-system-site-packages\s*=\s*true/i)
        shared ? own + SYSTEM.flat_map { |pattern| root.glob(pattern) } : own
      end

      # From a script's first line.
      def interpreter(path)
        real = root.realpath(path)
        stat = root.stat(real) unless real.empty?
        return unless stat&.file? && stat.size < LIMIT

        root.read(real, LIMIT).to_s[%r{\A#!\s*(/\S+)}n, 1]
      end

      # [directory, file with the metadata]
      def find(directories, wanted)
        directories.each do |directory|
          entry = (root.children(directory) || []).find { |name| distribution(name) == wanted }
          next unless entry

          path = "#{directory}/#{entry}"
          file = ["#{path}/METADATA", "#{path}/PKG-INFO", path].find { |candidate| root.file?(candidate) }
          return [directory, file] if file
        end
        nil
      end

      # NAME-VERSION.dist-info, NAME-VERSION-py3.11.egg-info, NAME.egg-info
      def distribution(entry)
        name = entry.dup.force_encoding(Encoding::UTF_8).scrub("?")[DISTRIBUTION, 1]
        name && canonical(name)
      end

      # As Python compares names.
      def canonical(name) = name.downcase.gsub(/[-_.]+/, "-")
    end
  end
end
