# frozen_string_literal: true

require_relative "bdb_hash_file"
require_relative "pieces"
require_relative "rpm_header"
require_relative "rpm_ndb_file"
require_relative "sqlite_table"
require_relative "text"

module TrainProcroot
  module Natives
    # The packages that an rpm-based root says it holds: rpm's database in each of its three forms, in either of its
    # places.
    module RpmDatabase
      # Fedora and SUSE, RHEL and Amazon, ostree; often links to one another.
      DIRECTORIES = %w[/usr/lib/sysimage/rpm /var/lib/rpm /usr/share/rpm].freeze
      # As rpm looks for them: what was left behind by a change of the form comes last.
      FILES = { sqlite: "rpmdb.sqlite", ndb: "Packages.db", bdb: "Packages" }.freeze
      MACROS = %w[/usr/lib/rpm/macros /usr/lib/rpm/macros.d/* /usr/lib/rpm/*/macros /etc/rpm/macros
                  /etc/rpm/macros.*].freeze
      MOST_PACKAGES = 200_000

      class << self
        # RpmHeader::Packages in the order of their numbers. Raises CouldNotLook where there is no database: an image
        # that threw it away may hold any package.
        def read(root, directory = nil)
          form, path = find(root, directory)
          packages = []
          each_header(root, form, path) do |number, bytes|
            packages << RpmHeader.parse(number, bytes)
            raise CouldNotLook, "#{path} holds more than #{MOST_PACKAGES} packages" if packages.size > MOST_PACKAGES
          end
          packages.sort_by(&:number)
        end

        # What the database is made of; changes when a package comes or goes, but perhaps not within one second.
        def version(root, directory = nil)
          _form, path = find(root, directory)
          ["", "-wal", "-journal"].map do |end_of_name|
            root.stat("#{path}#{end_of_name}")&.then { |stat| [path, stat.ino, stat.size, stat.mtime] }
          end
        end

        private

        # [form, path of the file]
        def find(root, directory)
          directories = directory ? [directory] : DIRECTORIES
          found = directories.filter_map { |candidate| database_in(root, candidate) }
                             .uniq { |_form, path| root.stat(path)&.then { |stat| [stat.device, stat.ino] } }
          raise CouldNotLook, "the target has no rpm database (#{directories.join(', ')})" if found.empty?

          found.one? ? found.first : configured(root, found)
        end

        def database_in(root, directory)
          form, file = FILES.find { |_form, name| root.file?("#{directory}/#{name}") }
          [form, "#{directory}/#{file}"] if form
        end

        # Two databases that differ: rpm's own configuration says which counts.
        def configured(root, found)
          texts = MACROS.flat_map { |pattern| root.glob(pattern) }.filter_map { |path| Text.read(root, path) }
          named = texts.join("\n").scan(/^%_dbpath[ \t]+(\S+)/).flatten.last.to_s
          found.find do |_form, path|
            named.end_with?(::File.dirname(path).delete_prefix("/usr").delete_prefix("/var"))
          end or
            raise CouldNotLook, "the target has more than one rpm database (#{found.map(&:last).join(', ')})"
        end

        def each_header(root, form, path, &)
          found = case form
                  when :sqlite then sqlite(root, path, &)
                  when :ndb then Pieces.open(root, path) { |file| RpmNdbFile.new(file).each(&) || true }
                  when :bdb then Pieces.open(root, path) { |file| BdbHashFile.new(file).each(&) || true }
                  end
          raise CouldNotLook, "#{path} went away" unless found
        end

        def sqlite(root, path)
          SqliteTable.each_row(root, path, "Packages") do |number, (_number, bytes)|
            raise CouldNotLook, "package #{number} in #{path} is damaged" unless bytes.is_a?(String)

            yield number, bytes
          end
        end
      end
    end
  end
end
