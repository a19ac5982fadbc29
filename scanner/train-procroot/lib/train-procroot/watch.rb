# frozen_string_literal: true

require "io/wait"
require_relative "seccomp"
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
    PAGE = 4096
    PATH_MAX = 4096
    # Text read per write, lines looked at per command and reasons kept: a flood of errors must not become a flood here.
    TEXT_MAX = 1024
    LINES_MAX = 20_000
    REASONS_MAX = 8

    # What a tool says when it did not look: a wrong use of it, or something it may not read.
    USAGE = /#{[
      'unknown predicate', '(?:un(?:recognized|known)|invalid|illegal|bad|ambiguous) option', 'requires an argument',
      'missing (?:argument|operand)', 'missing conversion', 'unknown argument', 'unknown command', 'extra operand',
      'invalid (?:argument|mode|predicate|regular|range)', 'paths must precede', 'possible unquoted', 'syntax error',
      'unterminated', 'unmatched', 'unexpected (?:EOF|end of file|token|newline|argument)', 'bad substitution',
      'bad interpreter', 'cannot create temp', 'missing (?:closing|terminat)', 'nothing to repeat',
      'trailing backslash', 'out of order', 'cannot read table of mounted', 'no file systems processed',
      'cannot allocate', 'resource temporarily unavailable', 'argument list too long'
    ].join('|')}/i
    # Processes come and go; and a shell that looks a program up answers a question.
    NO_EVIDENCE = %r{: .?/proc/(?:\d|self|thread-self)|: (?:type|hash|command): }
    REFUSED = %r{Permission denied|Operation not permitted|Input/output error}

    # Tools of the target's own that are judged like supplied ones, and its shells.
    OWN_TOOLS = %w[sh dash bash ash busybox find grep egrep fgrep ls cat stat head tail wc awk gawk mawk sed sort uniq
                   cut tr xargs du df readlink file cmp diff tac od strings].freeze
    GREPS = %w[grep egrep fgrep].freeze
    # Arguments that are looked at, and files below a directory.
    ARGUMENTS_MAX = 256
    FILES_MAX = 5000

    # After so many forks the processes are counted; no more than that can come on top of the limit.
    FORKS_BETWEEN_COUNTS = 250

    # programs: names in the tools' directory, nil for the target's own shell. reads_all: nothing is hidden from the
    # command's user. The block, asked now and then, says whether there are too many processes.
    def initialize(programs:, tools_bin:, listener: nil, reads_all: false, &too_many)
      @too_many = too_many
      @forks = 0
      @own = programs.nil?
      @programs = programs || OWN_TOOLS
      @reads_all = reads_all
      @tools_bin = tools_bin
      @listener = listener
      @running = {}
      @sought = {}
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
      reasons = @missing.uniq.map { |name| "program #{name} is not in the target and is not supplied" } + @reasons
      reasons.empty? ? nil : reasons.first(REASONS_MAX).join("; ")
    end

    # The name of a program that was sought once and not found, where nothing else speaks against the answer.
    def absent
      settle
      @missing.first if @missing.one? && @reasons.empty?
    end

    private

    def settle
      @sought.each_value { |path| missing(path) }
      @sought.clear
      @partial.each_value { |rest| judge(rest) unless rest.empty? }
      @partial.clear
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

    # A search along PATH tries one directory after the other; ours is the last. A path that the text names itself is
    # tried alone.
    def starts(pid, address, arguments)
      path = string_at(pid, address) or return
      silent(pid, arguments) if GREPS.include?(::File.basename(path)) && !@reads_all
      return if @own

      name = path.delete_prefix(@tools_bin)
      if name != path
        @sought.delete(pid)
        @programs.include?(name) ? @running[pid] = name : missing(name)
      elsif there?(pid, path)
        @sought.delete(pid)
        @running[pid] = nil
      else
        @sought[pid] = path
      end
    end

    def there?(pid, path)
      ::File.exist?(path.start_with?("/") ? path : "/proc/#{pid}/cwd/#{path}")
    end

    # grep -s keeps to itself what it may not read.
    def silent(pid, address)
      words = strings_at(pid, address).drop(1)
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
      pieces = bytes_at(pid, address, [count, 16].min * 16) or return
      pieces.unpack("Q*").each_slice(2) { |start, length| wrote(pid, start, length) if length&.positive? }
    end

    def wrote(pid, address, length)
      return if @lines > LINES_MAX || @running.fetch(pid, true).nil? # a program of the target says what it says

      @closed = false
      text = bytes_at(pid, address, [length, TEXT_MAX].min)
      return (add("what its programs said may not be looked at") if @closed) unless text

      *lines, rest = (@partial[pid] << text).split("\n", -1)
      @partial[pid] = rest.to_s.byteslice(0, TEXT_MAX) # nothing may be written too
      @lines += lines.length
      lines.each { |line| judge(line) }
    end

    def judge(line)
      line = line.dup.force_encoding(Encoding::UTF_8).scrub("?")
      return if line.match?(NO_EVIDENCE)
      return missing(Regexp.last_match(1)) if !@own && line.match(/: ([^:]+): (?:command )?not found\z/)

      name = line[%r{\A(?:\S*/)?([\w.-]+): }, 1]
      return unless name && @programs.include?(name) && line.match?(Regexp.union(USAGE, REFUSED))

      add(line.sub(%r{\A\S*/}, "").sub(/: (?:-c: )?line \d+: /, ": "))
    end

    def missing(name)
      @missing << name.dup.force_encoding(Encoding::UTF_8).scrub("?") if @missing.length < REASONS_MAX
    end

    def add(reason)
      reason = reason.dup.force_encoding(Encoding::UTF_8).scrub("?")
      @reasons << reason unless @reasons.include?(reason) || @reasons.length >= REASONS_MAX
    end

    # A list of strings that ends with a null pointer.
    def strings_at(pid, address)
      pointers = bytes_at(pid, address, ARGUMENTS_MAX * 8) || bytes_at(pid, address, PAGE - (address % PAGE)) || ""
      pointers.unpack("Q*").take_while(&:positive?).filter_map { |pointer| string_at(pid, pointer) }
    end

    # A NUL-ended string in another process, page by page, since the next page may not be mapped.
    def string_at(pid, address)
      text = "".b
      while text.bytesize < PATH_MAX
        part = bytes_at(pid, address, PAGE - (address % PAGE)) or return nil
        ended = part.index("\0")
        return text << part.byteslice(0, ended) if ended

        text << part
        address += part.bytesize
      end
    end

    def bytes_at(pid, address, length)
      buffer = "\0".b * length
      here = [Sys.pointer(buffer), length].pack("JJ")
      there = [address, length].pack("JJ")
      read = Sys.call(:process_vm_readv, pid, Sys.pointer(here), 1, Sys.pointer(there), 1, 0)
      buffer.byteslice(0, read)
    rescue Errno::EPERM, Errno::ENOSYS
      from_file(pid, address, length)
    rescue SystemCallError
      nil # the process is gone
    end

    # The same without the call, which a pod's filter of system calls refuses to all but SYS_PTRACE.
    def from_file(pid, address, length)
      ::File.open("/proc/#{pid}/mem", "rb") { |file| file.pread(length, address) }
    rescue SystemCallError, EOFError => e
      @closed = [Errno::EACCES, Errno::EPERM].include?(e.class)
      nil
    end
  end
end
