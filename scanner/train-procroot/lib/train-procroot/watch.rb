# frozen_string_literal: true

require "io/wait"
require_relative "foreign_memory"
require_relative "seccomp"
require_relative "shell_words"
require_relative "sys"

module TrainProcroot
  # Sees, by the kernel's notifications (Seccomp), what a shell and its children start and what they write to standard
  # error, also where the text throws that away. From it: the reasons why the command's answer is no evidence, and which
  # program a supplied shell did not find. For every shell it holds forks, so that no command outgrows the limit before
  # it is killed.
  class Watch
    RECEIVE = 0xc0502100
    SEND = 0xc0182101
    CONTINUE = 1
    ROUND = 100
    # Text read per write, lines looked at per command and reasons kept: a flood of errors must not become a flood here.
    TEXT_MAX = 1024
    LINES_MAX = 20_000
    REASONS_MAX = 8

    # What a tool says when it did not look: a wrong use of it, or something it may not read. (dash's call to become
    # another program waits for the watch, and is interrupted when one of its children ends meanwhile.)
    USAGE = /#{[
      'unknown predicate', '(?:un(?:recognized|known)|invalid|illegal|bad|ambiguous) option', 'requires an argument',
      'missing (?:argument|operand)', 'missing conversion', 'unknown argument', 'unknown command', 'extra operand',
      'invalid (?:argument|mode|predicate|regular|range)', 'paths must precede', 'possible unquoted', 'syntax error',
      'unterminated', 'unmatched', 'unexpected (?:EOF|end of file|token|newline|argument)', 'bad substitution',
      'bad interpreter', 'cannot execute', 'cannot create temp', 'missing (?:closing|terminat)', 'nothing to repeat',
      'trailing backslash', 'out of order', 'cannot read table of mounted', 'no file systems processed',
      'cannot allocate', 'resource temporarily unavailable', 'argument list too long', 'interrupted system call'
    ].join('|')}/i
    # Processes come and go; a shell that looks a program up answers a question, and a file to be read in is no program.
    NO_EVIDENCE = %r{: .?/proc/(?:\d|self|thread-self)|: (?:type|hash|command): |: \.: [^:]+: not found\z}
    REFUSED = %r{Permission denied|Operation not permitted|Input/output error}

    # Tools of the target's own that are judged like supplied ones, and its shells.
    OWN_TOOLS = %w[sh dash bash ash busybox find grep egrep fgrep ls cat stat head tail wc awk gawk mawk sed sort uniq
                   cut tr xargs du df readlink file cmp diff tac od strings].freeze
    GREPS = %w[grep egrep fgrep].freeze
    # What the kernel starts; a shell takes anything else for its own text.
    PROGRAM = /\A(?:#!|\x7FELF)/n
    # Files below a directory that are looked at.
    FILES_MAX = 5000

    # After so many forks the processes are counted; no more than that can come on top of the limit.
    FORKS_BETWEEN_COUNTS = 250

    # supplied: names of programs by directory, in the order of the search, nil for the target's own shell. reads_all:
    # nothing is hidden from the command's user. The block, asked now and then, says whether there are too many
    # processes.
    def initialize(supplied:, listener: nil, reads_all: false, &too_many)
      @too_many = too_many
      @forks = 0
      @own = supplied.nil?
      @supplied = supplied || {}
      @programs = supplied&.values&.flatten || OWN_TOOLS
      @reads_all = reads_all
      @listener = listener
      @memory = ForeignMemory.new
      @running = {}
      @sought = {}
      @told = {}
      @before = {}
      @partial = Hash.new { |hash, pid| hash[pid] = "".b }
      @lines = 0
      @reasons = []
      @missing = []
    end

    attr_accessor :listener
    # Whether forks are refused, since there were too many processes.
    attr_reader :refuse_forks

    # Answers the notifications that wait, a round of them, so that the time limit gets its turn. Closes the listener
    # when all that it listens to have ended.
    def serve
      ROUND.times { @listener&.wait_readable(0) ? receive : break }
    end

    # Text of standard error as it reached the runner, for kernels without notifications.
    def read_stderr(text)
      text.each_line(chomp: true) { |line| judge(line) }
    end

    # Why the answer is no evidence, or nil.
    def reason
      settle
      missing = @missing.uniq - ShellWords::ONLY_BASH
      reasons = missing.map { |name| "program #{name} is not in the target and is not supplied" } + @reasons
      reasons.empty? ? nil : reasons.first(REASONS_MAX).join("; ")
    end

    # The name of a program that was sought once and not found, where nothing else speaks against the answer.
    def absent
      settle
      programs = @missing - ShellWords::ONLY_BASH
      [*programs, *@missing].first if programs.length < 2 && @reasons.empty?
    end

    private

    def settle
      @partial.each { |pid, rest| judge(rest, pid) unless rest.empty? }
      @partial.clear
      @sought.each_value { |path| missing(path) }
      @sought.clear
    end

    def receive
      notification = "\0".b * 80
      @listener.ioctl(RECEIVE, notification)
      id, pid, number, *arguments = notification.unpack("QLx4lx12QQQ")
      error = heed(pid, number, arguments)
    rescue Errno::ENOENT, Errno::EINTR
      close if Sys.hung_up?(@listener.fileno) # otherwise: the process ended meanwhile
    ensure
      answer(id, error) if id
    end

    # The error that the call gets, nil when it may go on.
    def heed(pid, number, arguments)
      case number
      when Seccomp::WRITE then wrote(pid, *arguments.drop(1))
      when Seccomp::WRITEV then wrote_pieces(pid, *arguments.drop(1))
      when Seccomp::EXECVE then starts(pid, *arguments.first(2))
      else return forks
      end
      nil
    end

    def close
      @listener.close
      @listener = nil
    end

    def answer(id, error)
      @listener.ioctl(SEND, [id, 0, -error.to_i, error ? 0 : CONTINUE].pack("QqlL"))
    rescue Errno::ENOENT, Errno::EINPROGRESS
      nil
    end

    # The error that a fork gets, nil when it may go on. A new process that is told so goes on too; it is killed soon.
    def forks
      @forks += 1
      @refuse_forks ||= (@forks % FORKS_BETWEEN_COUNTS).zero? && @too_many&.call
      Errno::EAGAIN::Errno if @refuse_forks
    end

    # A search along PATH tries one directory after the other; ours are the last. A path that the text names itself is
    # tried alone.
    def starts(pid, address, arguments)
      path = @memory.string(pid, address) or return
      silent(pid, arguments) if GREPS.include?(::File.basename(path)) && !@reads_all
      return if @own

      @sought.delete(pid)
      directory = @supplied.keys.find { |ours| path.start_with?(ours) }
      name = path.delete_prefix(directory.to_s)
      if @supplied.fetch(directory, []).include?(name) then @running[pid] = name
      elsif directory && directory == @supplied.keys.last then missing(@told[pid] = name)
      elsif directory.nil? && ::File.exist?(file = from(pid, path)) then becomes(pid, path, file)
      else @sought[pid] = path
      end
    end

    def from(pid, path) = path.start_with?("/") ? path : "/proc/#{pid}/cwd/#{path}"

    # A program of the target's own, if it can be started; what runs there until then is kept, to see whether it was.
    def becomes(pid, path, file)
      @before[pid] = [image(pid), path, file] unless theirs?(pid)
      @running[pid] = nil
    end

    def theirs?(pid) = @running.fetch(pid, true).nil?

    def image(pid)
      stat = ::File.stat("/proc/#{pid}/exe")
      [stat.dev, stat.ino]
    rescue SystemCallError
      nil
    end

    # Where it could not be started, since it may not be or has an interpreter that is missing, the shell or tool that
    # tried says something of it.
    def failed_to_start(pid)
      image, path, file = @before[pid]
      return unless image && image == image(pid)

      @running.delete(pid)
      return unless ::File.executable?(file) && PROGRAM.match?(::File.binread(file, 4).to_s)

      add("#{@told[pid] = path} could not be started: its interpreter or loader is not in the target")
    rescue SystemCallError
      nil
    end

    # grep -s keeps to itself what it may not read.
    def silent(pid, address)
      words = @memory.strings(pid, address).drop(1)
      return unless words.any? { |word| word.match?(/\A-[a-zA-Z]*s|\A--no-m/n) }

      files = words.reject { |word| word.start_with?("-") }
      files.shift unless words.any? { |word| word.match?(/\A-[a-zA-Z]*[ef]|\A--(?:reg|fil)/n) } # the pattern
      files.each do |word|
        hidden = unreadable(word.start_with?("/") ? word : "/proc/#{pid}/cwd/#{word}")
        add("grep -s says nothing of #{word}: #{hidden}") if hidden
      end
    end

    # Why a file, or what is below a directory, cannot be read as a whole; nil when it can.
    def unreadable(path)
      left = FILES_MAX
      waiting = [path]
      while (file = waiting.shift)
        return "more than #{FILES_MAX} files" if (left -= 1).negative?
        return "Permission denied" if ::File.exist?(file) && !::File.readable?(file)

        waiting.concat(Dir.children(file).map { |name| "#{file}/#{name}" }) if ::File.lstat(file).directory?
      end
    rescue Errno::ENOENT, Errno::ENOTDIR, ArgumentError
      nil # it is not there, and grep finds nothing in it
    rescue SystemCallError => e
      SystemCallError.new(e.errno).message
    end

    # As many pieces as fit what is read of one write.
    def wrote_pieces(pid, address, count)
      pieces = @memory.bytes(pid, address, [count, 16].min * 16) or return
      pieces.unpack("Q*").each_slice(2) { |start, length| wrote(pid, start, length) if length&.positive? }
    end

    def wrote(pid, address, length)
      failed_to_start(pid) if theirs?(pid)
      return if @lines > LINES_MAX || theirs?(pid) # a program of the target says what it says

      text = @memory.bytes(pid, address, [length, TEXT_MAX].min)
      return (add("what its programs said may not be looked at") if @memory.closed) unless text

      *lines, rest = (@partial[pid] << text).split("\n", -1)
      @partial[pid] = rest.to_s.byteslice(0, TEXT_MAX) # nothing may be written too
      @lines += lines.length
      lines.each { |line| judge(line, pid) }
    end

    def judge(line, pid = nil)
      line = line.dup.force_encoding(Encoding::UTF_8).scrub("?")
      return if line.match?(NO_EVIDENCE)
      return unfound(Regexp.last_match(1), pid) if !@own && line.match(/: ([^:]+): (?:command )?not found\z/)

      name = line[%r{\A(?:\S*/)?([\w.-]+): }, 1]
      return unless name && @programs.include?(name) && line.match?(Regexp.union(USAGE, REFUSED))

      add(line.sub(%r{\A\S*/}, "").sub(/: (?:-c: )?line \d+: /, ": "))
    end

    # dash says so after it tried to start the program, in the same process: once is enough.
    def unfound(name, pid)
      return if pid && @told.delete(pid)&.b == name.b

      @sought.delete(pid) if @sought[pid]&.b == name.b
      missing(name)
    end

    def missing(name)
      @missing << name.dup.force_encoding(Encoding::UTF_8).scrub("?") if @missing.length < REASONS_MAX
    end

    def add(reason)
      reason = reason.dup.force_encoding(Encoding::UTF_8).scrub("?")
      @reasons << reason unless @reasons.include?(reason) || @reasons.length >= REASONS_MAX
    end
  end
end
