# frozen_string_literal: true

module TrainProcroot
  # What the shell that a system like the target has says of a program that it does not find. The supplied shell is
  # bash; Debian and Ubuntu have dash, Alpine, Wolfi and whatever is built on busybox have ash. Used inside the root.
  module ShellWords
    DEBIAN = %w[/etc/debian_version /var/lib/dpkg].freeze
    RED_HAT = %w[/etc/redhat-release /etc/SuSE-release /etc/system-release /var/lib/rpm /usr/lib/sysimage/rpm].freeze
    LINE = /^sh: line (?<number>\d+): (?<about>.*): (?:(?:command )?not found|No such file or directory)$/n

    class << self
      # Standard error in those words, nil where the program's name is not in what the shell says there.
      def reword(stderr, name)
        said = stderr.b.lines.grep(/not found|No such file or directory/n).any? { |line| line.include?(name.b) }
        said ? stderr.b.gsub(LINE) { line(Regexp.last_match) } : nil
      end

      private

      def line(match)
        case shell
        when :dash then "sh: #{match[:number]}: #{match[:about]}: not found"
        when :ash then "sh: #{match[:about]}: not found"
        else match[0]
        end
      end

      def shell
        return :dash if any?(DEBIAN)

        any?(RED_HAT) ? :bash : :ash
      end

      def any?(paths)
        paths.any? { |path| ::File.exist?(path) }
      rescue ArgumentError
        false
      end
    end
  end
end
