# frozen_string_literal: true

require_relative "answer"

module TrainProcroot
  # Which programs a command line needs, and whether the target has them itself.
  module Programs
    # Words that are no program: the shell's own.
    SHELL_WORDS = %w[. : \[ cd command echo eval exec exit export false if for while until case printf pwd read set
                     shift test then do done else fi true type ulimit umask unset !].freeze
    # What reads files, and is the same wherever it comes from: a supplied one may answer a resource.
    READ_FILES = %w[sh cat grep egrep fgrep find ls head tail wc sort uniq cut tr sed awk stat readlink].freeze
    # Programs that a resource is about: where one is missing, that is the answer. What others show (packet filters, the
    # kernel's audit rules) is there without them.
    ITSELF = %w[docker podman lxc yum Rscript initctl sv firewall-cmd zfs zpool sestatus semodule semanage].freeze
    # One quoted string, escape, redirection (2>&1), separator or run of other characters at a time.
    TOKEN = /'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[<>]&|&>|(?<break>\|\|?|&&?|;|\n|\()|[^'"\\|&;\n(<>]+|[<>]/m
    # A command line inside of one: sh -c '...'
    SHELL = /\b(?:ba|da)?sh -c (?:'([^']*)'|"((?:[^"\\]|\\.)*)")/m
    ASSIGNMENT = /\A[A-Za-z_]\w*=\S*\z/

    class << self
      # The first word of every simple command, without what cannot be known beforehand ($VARIABLE).
      def named_in(text)
        inner = text.scan(SHELL).flat_map { |single, double| named_in(single || double) }
        (simple_commands(text).filter_map { |command| first_word(command) } + inner).uniq - SHELL_WORDS
      end

      def reads_files?(name) = READ_FILES.include?(name)
      def itself?(name) = ITSELF.include?(::File.basename(name))

      # Those that the target does not have.
      def missing(text, context) = named_in(text).reject { |name| find(name, context) }

      # The target's own path to a program, nil when it has none.
      def find(name, context)
        Natives::Existence.new(context).find(name)
      end

      private

      def simple_commands(text)
        text.to_enum(:scan, TOKEN).each_with_object([+""]) do |_, commands|
          match = Regexp.last_match
          match[:break] ? commands << +"" : commands.last << match[0]
        end
      end

      def first_word(command)
        word = command.split.find { |candidate| !ASSIGNMENT.match?(candidate) }&.delete("'\"")
        word if word&.match?(%r{\A[\w./+\[!:-]+\z})
      end
    end
  end
end
