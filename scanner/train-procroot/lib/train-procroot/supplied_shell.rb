# frozen_string_literal: true

require_relative "shell_words"
require_relative "supplied_tools"

module TrainProcroot
  # The shell that is supplied to a target without one, as a target of its kind would have it: dash where that is
  # Debian's kin, else bash.
  class SuppliedShell
    # A shell's own look-ups answer for the target, so they do not see the supplied directories.
    LOOKUPS = /(?<![\w-])(?:command|type|hash)(?![\w-])/
    # A function takes the built-in's place; it stands on the text's first line, so that no line gets another number.
    BASH = "command() { case $1 in -*[vV]*) %<own>s;; esac; builtin command \"$@\"; }; " \
           "type() { %<own>s; builtin type \"$@\"; }; hash() { %<own>s; builtin hash \"$@\"; }; "
    # dash knows no other way to a built-in than to be without the function: in a shell of its own for a look-up, which
    # changes nothing, and else until it is done.
    DASH_OWN = "unset -f command type hash; %<own>s"
    DASH = "_own_command() { command() { case ${1-} in -*[vV]*) (#{DASH_OWN}; command \"$@\");; " \
           "*) unset -f command; command \"$@\"; set -- \"$?\"; _own_command; return \"$1\";; esac; }; }; " \
           "_own_command; type() { (#{DASH_OWN}; type \"$@\"); }; hash() { (#{DASH_OWN}; hash \"$@\"); }; ".freeze
    # Entries of PATH that only dash understands so: %func has it load code from the target's files, %builtin takes its
    # built-in commands from there.
    MAGIC = /%(?:func|builtin)/n

    # The block says whether the target has a file.
    def initialize(&) = @dash = ShellWords.shell(&) == :dash

    def dash? = @dash
    def path = dash? ? "#{SuppliedTools::DEBIAN}sh" : "#{SuppliedTools::BIN}bash"

    # Where its programs are, in the order of the search.
    def directories = dash? ? [SuppliedTools::DEBIAN, SuppliedTools::BIN] : [SuppliedTools::BIN]

    # A variable of the target's as this shell may have it.
    def harmless(pair)
      return pair unless dash? && pair.start_with?("PATH=")

      "PATH=#{pair.b.delete_prefix('PATH=').split(':', -1).grep_v(MAGIC).join(':')}"
    end

    # What comes behind the target's own PATH.
    def suffix = directories.map { |directory| ":#{directory.chomp('/')}" }.join

    def prepare(text) = LOOKUPS.match?(text) ? prelude + text : text

    # Whether exit status 127 may be what one of the look-ups says, as dash's do.
    def looks_up?(text) = dash? && LOOKUPS.match?(text)

    private

    def prelude = format(dash? ? DASH : BASH, own: own_path)
    def own_path = "#{'local ' unless dash?}PATH=${PATH%#{suffix}}"
  end
end
