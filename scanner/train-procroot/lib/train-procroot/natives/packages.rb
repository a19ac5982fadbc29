# frozen_string_literal: true

require_relative "probe"
require_relative "deb_database"

module TrainProcroot
  module Natives
    # package and packages on Debian and its like: `dpkg -s NAME` and `dpkg-query -W`, from the package database.
    class Packages < Probe
      asked_by "package", "packages"

      LIST = "dpkg-query -W -f='${db:Status-Abbrev}  ${Package}  ${Version}  ${Architecture}\\n'"

      def answer(command, _asker)
        return list if command == LIST

        show(Regexp.last_match[:name]) if command =~ /\Adpkg -s (?<name>.*)\z/m
      end

      private

      # Parsed anew only when the database changed.
      def packages
        version = DebDatabase.version(root)
        @packages = nil if version != @version
        @version = version
        @packages ||= DebDatabase.read(root)
      end

      # dpkg takes names in either case, and NAME:ARCHITECTURE.
      def show(specifier)
        name, architecture = specifier.downcase.split(":", 2)
        named = packages.select { |package| package.name == name && [nil, package.architecture].include?(architecture) }
        return ambiguous(specifier) if named.count(&:installed?) > 1

        found = named.find(&:installed?) || named.first
        found&.informative? ? Answer.ok("#{found.text}\n") : unknown(specifier)
      end

      def list
        known = packages.reject(&:absent?).sort_by { |package| [package.name, package.architecture] }
        Answer.ok(known.map { |p| "#{p.abbreviation}  #{p.name}  #{p.version}  #{p.architecture}\n" }.join)
      end

      def unknown(specifier)
        Answer.failed(1, "dpkg-query: package '#{specifier}' is not installed and no information is available\n" \
                         "Use dpkg --info (= dpkg-deb --info) to examine archive files.\n")
      end

      def ambiguous(specifier)
        Answer.failed(2, "dpkg-query: error: --status needs a valid package name but '#{specifier}' is not: " \
                         "ambiguous package name '#{specifier}' with more than one installed instance\n\n" \
                         "Use --help for help about querying packages.\n")
      end
    end
  end
end
