# frozen_string_literal: true

require_relative "probe"
require_relative "rpm_database"
require_relative "rpm_info"

module TrainProcroot
  module Natives
    # package and packages on Red Hat, Amazon, SUSE, Fedora and their like: `rpm -qi NAME` and `rpm -qa`, from rpm's
    # database. A name is taken literally, whatever it holds; that of a package, of one version of it or with its
    # architecture, as rpm takes it.
    class RpmPackages < Probe
      asked_by "package", "packages"

      # rubocop:disable-next Style/FormatStringToken -- rpm's own
      LIST = "rpm -qa --queryformat '%{NAME}  %{VERSION}-%{RELEASE}  %{ARCH}\\n'"
      QUERY = /\Arpm -qi(?: --dbpath (?<directory>\S+))? (?<label>.*)\z/m
      # A database that was changed so many seconds ago may be changed once more within the same second.
      SETTLED_S = 2

      def answer(command, _asker)
        return list if command == LIST
        return unless (match = QUERY.match(command))

        info(match[:label], match[:directory])
      end

      private

      def packages(directory = nil)
        version = RpmDatabase.version(root, directory)
        return @packages if version == @version

        read = RpmDatabase.read(root, directory)
        settled = version.compact.all? { |_path, _inode, _size, changed| Time.now.to_i - changed > SETTLED_S }
        @packages, @version = settled ? [read, version] : nil
        read
      end

      def list
        lines = packages.map { |p| "#{p.name}  #{p.shown(:version)}-#{p.shown(:release)}  #{p.shown(:arch)}\n" }
        Answer.ok(Text.clean(lines.join.b))
      end

      def info(label, directory)
        found = labelled(packages(directory), label.b)
        return Answer.new("package #{label} is not installed\n", "", 1, :native) if found.empty?

        Answer.ok(Text.clean(found.map { |package| RpmInfo.text(package) }.join))
      end

      # First as it stands, then with its end taken for an architecture.
      def labelled(all, label)
        found = named(all, label)
        return found unless found.empty? && label.include?(".")

        rest, _, arch = label.rpartition(".")
        named(all.select { |package| package.arch == arch }, rest)
      end

      # NAME, NAME-VERSION or NAME-VERSION-RELEASE.
      def named(all, label)
        name = label
        version = nil
        release = nil
        3.times do
          found = all.select do |package|
            package.name == name && version?(package, version) && release?(package, release)
          end
          return found unless found.empty?

          name, dash, part = name.rpartition("-")
          return [] if dash.empty? || name.empty?

          release = version
          version = part
        end
        []
      end

      # As rpm, which takes `*` in a version for any characters, and NUMBER: before it for the epoch.
      def version?(package, version)
        return true if version.nil?

        epoch, version = version.split(":", 2) if version.match?(/\A\d+:/n)
        (epoch.nil? || epoch.to_i == package.epoch.to_i) && alike?(package.version, version)
      end

      def release?(package, release) = release.nil? || alike?(package.release, release)

      def alike?(value, pattern)
        ::File.fnmatch(pattern.gsub(/[\[\]?\\]/n) { |mark| "\\#{mark}" }, value.to_s.b, ::File::FNM_DOTMATCH)
      end
    end
  end
end
