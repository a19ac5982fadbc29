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
    # Of one resource only. zfs_pool, zfs_dataset and nftables ask with the path that they did not find, that is with
    # none, so that a word of the question becomes the program; they have said by then that there is no such program.
    ITSELF_TO = { "package" => %w[apt], "cpan" => %w[perl], "zfs_pool" => %w[get], "zfs_dataset" => %w[get],
                  "nftables" => %w[list] }.freeze
    # Resources that fail when their program ends with an error. That it is missing is never "nothing there" to them.
    # (Not postgres_session: it takes that for an empty answer.)
    FAIL_WITHOUT = %w[mysql_session cassandradb_session oracledb_session mssql_session ibmdb2_conf ibmdb2_session
                      opa_api opa_cli linux_audit_system].freeze
    # One quoted string, escape, redirection (2>&1), separator or run of other characters at a time.
    TOKEN = /'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[<>]&|&>|(?<break>\|\|?|&&?|;|\n|\()|[^'"\\|&;\n(<>]+|[<>]/m
    # A command line inside of one: sh -c '...'
    SHELL = /\b(?:ba|da)?sh -c (?:'([^']*)'|"((?:[^"\\]|\\.)*)")/m
    # What a shell gives a program to read, line by line, up to a word.
    HERE_DOCUMENT = /(?<!<)<<-?[ \t]*(?<quote>['"]?)(?<word>\w+)\k<quote>(?<rest>[^\n]*)\n.*?^\s*\k<word>\b/m
    ASSIGNMENT = /\A[A-Za-z_]\w*=\S*\z/

    class << self
      # The first word of every simple command, without what cannot be known beforehand ($VARIABLE).
      def named_in(text)
        text = text.gsub(HERE_DOCUMENT, '\k<rest>')
        inner = text.scan(SHELL).flat_map { |single, double| named_in(single || double) }
        (simple_commands(text).filter_map { |command| first_word(command) } + inner).uniq - SHELL_WORDS
      end

      def reads_files?(name) = READ_FILES.include?(name)

      # That one of the missing programs whose absence is the answer to this resource; nil when it is none.
      def absent(missing, asker)
        return missing.find { |name| !reads_files?(name) } if FAIL_WITHOUT.include?(asker)

        own = ITSELF + ITSELF_TO.fetch(asker, [])
        missing.first if missing.all? { |name| own.include?(::File.basename(name)) }
      end

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
