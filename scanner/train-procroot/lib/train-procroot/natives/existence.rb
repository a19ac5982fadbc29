# frozen_string_literal: true

require_relative "probe"
require_relative "text"

module TrainProcroot
  module Natives
    # "Is there a program X?", in the shapes InSpec and profiles ask it, answered from the target's own PATH.
    #
    # Two askers must be told apart. A control that says "must not hold ss" gets the truth. A resource that asks
    # whether it may use ss to list ports gets yes, because the list is answered natively: an honest no would make
    # it report no ports at all.
    class Existence < Probe
      asked_by ANY

      # What a shell without PATH in its environment searches (dash's default).
      DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

      # Words that a shell itself knows: no program, but `type` finds them where there is a shell.
      SHELL_WORDS = %w(. : [ alias bg break case cd command continue do done echo elif else esac eval exec exit export
                       false fg fi for getopts hash if in jobs kill local printf pwd read readonly return set shift
                       test then times trap true type ulimit umask unalias unset until wait while { } !).freeze
      BASH_WORDS = %w([[ ]] bind builtin caller compgen complete compopt coproc declare dirs disown enable fc function
                      help history let logout mapfile popd pushd readarray select shopt source suspend time
                      typeset).freeze

      # Any shell's: what is none of these is not worth a look at the target's shell.
      WORDS = (SHELL_WORDS + BASH_WORDS).freeze

      # InSpec's own. It does not quote the name: with one of "$`\' in it, the shell would see something else.
      INSPEC = /\A(?:sh -c 'type "(?<type>[^"$`\\']*)"'|which "(?<which>[^"$`\\]*)")\z/
      # A profile's own, of one plain word.
      PLAIN = %r{\A(?:(?<how>type|which|command -v) |sh -c '(?<how>type|command -v) )(?<name>[\w./+:@%-]+)'?\z}

      def answer(command, asker)
        if (match = INSPEC.match(command))
          return found(match[:type] || match[:which]) if Probe.stands_for?(match[:type] || match[:which], asker)

          match[:type] ? type(match[:type]) : which(match[:which])
        elsif (match = PLAIN.match(command)) && !shell
          # The target's own shell answers this itself; a supplied one would find the supplied tools.
          match[:how] == "type" ? type(match[:name]) : which(match[:name])
        end
      end

      # The path under which the target's own PATH (or the name itself, when it has a slash) leads to a program
      # that the target's user may execute; nil when there is none.
      def find(name)
        return if name.empty?
        return (name if program?(name)) if name.include?("/")

        path = (target.environ["PATH"] || DEFAULT_PATH).split(":", -1)
        path.map { |directory| directory.empty? ? name.b : "#{directory.b.chomp('/')}/#{name.b}" }
            .find { |candidate| program?(candidate) }
      end

      private

      def type(name)
        return Answer.ok("#{name} is a shell builtin\n") if WORDS.include?(name) && shell_words.include?(name)
        return found(name) if name.include?("/") && shell&.end_with?("dash") && root.exist?(absolute(name))

        (path = find(name)) ? found(name, path) : Answer.failed(127, "sh: 1: type: #{name}: not found\n")
      end

      def which(name)
        (path = find(name)) ? Answer.ok("#{Text.clean(path)}\n") : Answer.failed(1)
      end

      def found(name, path = name)
        Answer.ok("#{name} is #{Text.clean(path)}\n")
      end

      def shell_words
        return [] unless shell

        shell.end_with?("bash") ? SHELL_WORDS + BASH_WORDS : SHELL_WORDS
      end

      # The real path of the target's own shell, nil when it has none.
      def shell
        root.realpath("/bin/sh") if program?("/bin/sh")
      end

      def program?(path)
        root.file?(absolute(path)) && root.executable?(absolute(path))
      end

      def absolute(path)
        path.start_with?("/") ? path : ::File.join(target.cwd, path)
      end
    end
  end
end
