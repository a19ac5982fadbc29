# frozen_string_literal: true

require_relative "probe"
require_relative "text"

module TrainProcroot
  module Natives
    # package and packages on Alpine, Wolfi and Chainguard: `apk info -vv --no-network | grep NAME` and `apk list`, from
    # apk's database. The lines are in the order of the database, which apk has kept sorted since 2.14.
    class ApkPackages < Probe
      asked_by "package", "packages"

      LIST = "apk list --no-network --installed"
      INFO = /\Aapk info -vv --no-network \| grep (?<pattern>.*)\z/m
      # The second is where apk 3 keeps it; often one is a link to the other.
      DATABASES = %w[/lib/apk/db/installed /usr/lib/apk/db/installed].freeze
      LIMIT = 64 * 1024 * 1024

      Package = Struct.new(:name, :version, :arch, :description, :license, :origin) do
        def label = "#{name}-#{version}"
        def info = "#{label} - #{description}"
        def listed = "#{label} #{arch} {#{origin || name}} (#{license}) [installed]"
      end
      FIELDS = { "P" => :name, "V" => :version, "A" => :arch, "T" => :description, "L" => :license,
                 "o" => :origin }.freeze

      def answer(command, _asker)
        return Answer.ok(packages.map { |package| "#{package.listed}\n" }.join) if command == LIST

        info(Regexp.last_match[:pattern]) if command =~ INFO
      end

      private

      # What grep finds in the list. A name is a basic regular expression to it, in which only these mean themselves.
      def info(name)
        return Answer.failed(2, "Usage: grep [OPTION]... PATTERNS [FILE]...\n") if name.strip.empty?

        pattern = name.match?(/\A[\w.+@:~-]+\z/) ? /#{Regexp.escape(name).gsub('\.', '.')}/ : /#{Regexp.escape(name)}/
        found = packages.map(&:info).grep(pattern)
        found.empty? ? Answer.failed(1) : Answer.ok(found.map { |line| "#{line}\n" }.join)
      end

      # Raises CouldNotLook where there is no database: an image that threw it away may hold any package.
      def packages
        found = DATABASES.select { |path| root.file?(path) }
                         .uniq { |path| root.stat(path)&.then { |stat| [stat.device, stat.ino] } }
        raise CouldNotLook, "the target has no apk database (#{DATABASES.join(', ')})" if found.empty?
        raise CouldNotLook, "the target has two apk databases (#{found.join(', ')})" if found.size > 1

        parse(Text.read(root, found.first, limit: LIMIT) || raise(CouldNotLook, "#{found.first} went away"))
      end

      def parse(text)
        text.split(/\n\n+/).filter_map do |stanza|
          package = Package.new
          stanza.each_line(chomp: true) do |line|
            # From here on the files of the package are listed, whose lines have letters of their own.
            break if line.start_with?("F:")

            field = FIELDS[line[0]]
            package[field] ||= line[2..] if field && line[1] == ":"
          end
          damaged(stanza) if package.name.to_s.empty? && !stanza.strip.empty?
          package unless stanza.strip.empty?
        end
      end

      def damaged(stanza)
        raise CouldNotLook, "the target's apk database is damaged at #{stanza[0, 60].inspect}"
      end
    end
  end
end
