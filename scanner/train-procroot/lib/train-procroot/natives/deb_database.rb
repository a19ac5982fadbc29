# frozen_string_literal: true

require_relative "../errors"
require_relative "text"

module TrainProcroot
  module Natives
    # The packages that a Debian root says it holds: /var/lib/dpkg/status, and one file for each package in
    # /var/lib/dpkg/status.d, which is how distroless images are built.
    module DebDatabase
      STATUS = "/var/lib/dpkg/status"
      STATUS_D = "/var/lib/dpkg/status.d"
      LIMIT = 64 * 1024 * 1024
      # What status.d leaves out: whatever is in the image is installed.
      INSTALLED = "install ok installed"

      # The three characters of ${db:Status-Abbrev}: wanted action, state, error flag; "ii " in the best case.
      WANT = { "unknown" => "u", "install" => "i", "hold" => "h", "deinstall" => "r", "purge" => "p" }.freeze
      STATE = { "not-installed" => "n", "config-files" => "c", "half-installed" => "H", "unpacked" => "U",
                "half-configured" => "F", "triggers-awaited" => "W", "triggers-pending" => "t",
                "installed" => "i" }.freeze

      # One stanza of the database: its text, and its fields by lower-case name.
      Package = Struct.new(:stanza, :fields) do
        def name = fields.fetch("package")
        def version = fields.fetch("version", "")
        def architecture = fields.fetch("architecture", "")
        def wanted = fields.fetch("status").split[0]
        def flag = fields.fetch("status").split[1]
        def state = fields.fetch("status").split[2]
        def absent? = state == "not-installed"
        def installed? = !absent? && state != "config-files"

        # dpkg -s prints what it knows of an absent package, were it only its priority.
        def informative? = !absent? || wanted != "unknown" || (fields.keys - %w[package status architecture]).any?

        def abbreviation
          "#{WANT.fetch(wanted, 'u')}#{STATE.fetch(state, 'n')}#{flag == 'ok' ? ' ' : 'R'}"
        end
      end

      class << self
        # Raises CouldNotLook where there is no database: an image that threw it away may hold any package.
        def read(root)
          texts = [Text.read(root, STATUS, limit: LIMIT), *status_d(root)].compact
          raise CouldNotLook, "the target has no dpkg database (#{STATUS}, #{STATUS_D})" if texts.empty?

          texts.flat_map { |text| parse(text) }.uniq { |package| [package.name, package.architecture] }
        end

        # Changes whenever a package comes or goes.
        def version(root)
          [STATUS, STATUS_D].map { |path| root.stat(path)&.then { |stat| [stat.ino, stat.size, stat.mtime] } }
        end

        def parse(text)
          text.split(/\n(?:[ \t]*\n)+/).filter_map { |stanza| package(stanza) }
        end

        private

        def status_d(root)
          names = (root.children(STATUS_D) || []).reject { |name| name.end_with?(".md5sums".b) }
          names.filter_map { |name| Text.read(root, "#{STATUS_D}/#{name}", limit: LIMIT) }
        end

        def package(stanza)
          lines = stanza.lines(chomp: true).reject { |line| line.strip.empty? }
          fields = lines.grep(/\A[^\s:#]+:/).to_h do |line|
            line.split(":", 2).then { |key, value| [key.downcase, value.strip] }
          end
          return if fields["package"].to_s.empty?
          return Package.new(lines.join("\n"), fields) if fields["status"].to_s.split.size == 3

          Package.new(with_status(lines).join("\n"), fields.merge("status" => INSTALLED))
        end

        def with_status(lines)
          kept = lines.grep_v(/\Astatus:/i)
          kept.insert(kept.index { |line| line.match?(/\Apackage:/i) } + 1, "Status: #{INSTALLED}")
        end
      end
    end
  end
end
