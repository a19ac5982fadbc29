# frozen_string_literal: true

module TrainProcroot
  # The shell that a system like the target has, and what it says of a program that it does not find. Debian and Ubuntu
  # have dash, which is supplied to their kin too and speaks for itself; Alpine, Wolfi and whatever is built on busybox
  # have ash. Those and the rest are supplied with bash, whose words are changed where ash has others.
  module ShellWords
    ALPINE = %w[/etc/alpine-release /etc/apk /lib/apk/db /usr/lib/apk/db].freeze
    DEBIAN = %w[/etc/debian_version /var/lib/dpkg].freeze
    RED_HAT = %w[/etc/redhat-release /etc/SuSE-release /etc/system-release /var/lib/rpm /usr/lib/sysimage/rpm].freeze
    LINE = /^sh: line (?<number>\d+): (?<about>.*): (?:(?:command )?not found|No such file or directory)$/n

    # What only bash knows, and no package of Debian's has a program for: one that dash does not find is none inside
    # either.
    ONLY_BASH = %w([[ ]] builtin caller compgen compopt coproc declare dirs disown function let mapfile popd pushd
                   readarray shopt source typeset).freeze

    class << self
      # :dash, :ash or :bash. The block says whether the target has a file.
      def shell(&)
        return :ash if ALPINE.any?(&)
        return :dash if DEBIAN.any?(&)

        RED_HAT.any?(&) ? :bash : :ash
      end

      # Standard error in those words, nil where the program's name is not in what the shell says there.
      def reword(stderr, name)
        said = stderr.b.lines.grep(/not found|No such file or directory/n).any? { |line| line.include?(name.b) }
        return unless said

        shell = shell { |path| ::File.exist?(path) }
        stderr.b.gsub(LINE) { line(shell, *Regexp.last_match.values_at(:number, :about), Regexp.last_match[0]) }
      end

      # The line itself.
      def not_found(name, &)
        missing = name.include?("/") ? "No such file or directory" : "command not found"
        "#{line(shell(&), 1, name, "sh: line 1: #{name}: #{missing}")}\n"
      end

      private

      def line(shell, number, about, bash)
        case shell
        when :dash then "sh: #{number}: #{about}: not found"
        when :ash then "sh: #{about}: not found"
        else bash
        end
      end
    end
  end
end
