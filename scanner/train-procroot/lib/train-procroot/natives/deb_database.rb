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

      # One stanza of the database. There may be thousands, most of which nobody asks about: fields are read on demand.
      Package = Struct.new(:stanza) do
        def name = @name ||= field("Package")
        def version = field("Version").to_s
        def architecture = @architecture ||= field("Architecture").to_s
        def status = @status ||= status_field || INSTALLED.split
        def wanted = status[0]
        def flag = status[1]
        def state = status[2]
        def absent? = state == "not-installed"
        def installed? = !absent? && state != "config-files"

        # dpkg -s prints what it knows of an absent package, were it only its priority.
        def informative?
          !absent? || wanted != "unknown" || stanza.scan(/^([^\s:]+):/).flatten.-(%w[Package Status Architecture]).any?
        end

        def abbreviation
          "#{WANT.fetch(wanted, 'u')}#{STATE.fetch(state, 'n')}#{flag == 'ok' ? ' ' : 'R'}"
        end

        # With the status that a file of status.d lacks, in its place.
        def text
          return stanza if status_field

          stanza.gsub(/^Status:.*\n?/i, "").sub(/^Package:.*$/i) { |line| "#{line}\nStatus: #{INSTALLED}" }
        end

        private

        def status_field
          words = field("Status").to_s.split
          words if words.size == 3
        end

        def field(name) = stanza[/^#{name}:[ \t]*(.*?)[ \t]*$/i, 1]
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
          text.split(/\n(?:[ \t]*\n)+/).map { |stanza| Package.new(stanza.strip) }
              .reject { |package| package.name.to_s.empty? }
        end

        private

        def status_d(root)
          names = (root.children(STATUS_D) || []).reject { |name| name.end_with?(".md5sums".b) }
          names.filter_map { |name| Text.read(root, "#{STATUS_D}/#{name}", limit: LIMIT) }
        end
      end
    end
  end
end
