# frozen_string_literal: true

require "json"
require_relative "command_run"
require_relative "errors"
require_relative "landlock"
require_relative "privileges"
require_relative "process_tree"
require_relative "seccomp"
require_relative "shell_words"
require_relative "supplied_shell"
require_relative "supplied_tools"
require_relative "watch"

module TrainProcroot
  # The runner's inner process: enters the root, becomes the target's user, then answers one request after the other.
  class RunnerInner
    DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    # Variables of the target by which its code would get into a supplied shell or tool, or that change what tools
    # mean.
    NOT_FOR_SUPPLIED = /\A(?:(?:LD_|MALLOC_|BASH_FUNC_).*|
      GLIBC_TUNABLES|GCONV_PATH|LOCPATH|NLSPATH|GETCONF_DIR|POSIXLY_CORRECT|_POSIX2_VERSION|
      ENV|BASH_ENV|BASH_COMPAT|BASHOPTS|SHELLOPTS|PS4|CDPATH|GLOBIGNORE|PROMPT_COMMAND|
      GREP_OPTIONS|GREP_COLORS|AWKPATH|AWKLIBPATH|
      LSCOLORS|LS_COLORS|TIME_STYLE|QUOTING_STYLE|BLOCK_SIZE|DF_BLOCK_SIZE
    )=/mx
    # What would show the scanner's side of a namespace that could not be entered.
    SHOWS = {
      net: %r{\b(?:ss|ip|netstat|nc|ncat|curl|wget|ifconfig|route|arp|hostname|sysctl)\b|/proc/\S*net\b|/sys/class/net},
      uts: %r{\b(?:hostname|uname|hostnamectl)\b|/proc/sys/kernel/(?:host|domain)name},
      ipc: /\b(?:ipcs|lsipc|ipcrm)\b/,
      mnt: %r{/proc/(?:self/)?mount(?:s|info)|/etc/mtab}
    }.freeze
    OWN_MOUNT_TOOLS = /\b(?:df|mount|findmnt|mountpoint|lsblk)\b/
    # What Landlock hides from a read-only command, since it would lead into other processes: their links under /proc,
    # so that a socket has no process and a search for programs finds none.
    LOOKS_INTO_PROCESSES = %r{
      /proc/(?!self/|thread-self/|\$\$/)[^/\s]+/(?:task/[^/\s]+/)?(?:exe|cwd|root|fd|fdinfo|ns|map_files)\b |
      \b(?:ss|netstat)\b[^|;&\n]*\s-(?:[a-zA-Z0-9]*p|-process(?:es)?\b|-program\b) | \b(?:lsof|fuser|pwdx|lsns)\b
    }x
    ABSENT = [Errno::ENOENT, Errno::ENOEXEC, Errno::EACCES, Errno::ENOTDIR].map { |error| error::Errno }.freeze

    # requests: socket to the caller. overseer: Overseer. settings: what was opened outside.
    def initialize(spec, requests:, root_fd:, settings:, namespaces:, overseer:)
      @spec = spec
      @requests = requests
      @root_fd = root_fd
      @tools = settings[:tools]
      @null = settings[:null]
      @namespaces = namespaces
      @overseer = overseer
    end

    def run
      enter
      reply({ "ready" => true, "own_shell" => @own_shell })
      while (line = @requests.gets)
        answer(JSON.parse(line))
      end
    rescue CouldNotLook => e
      reply({ "error" => e.message })
    rescue Errno::EPIPE
      nil # the caller is gone
    rescue StandardError => e
      where = e.backtrace.first(6).join(" ")
      reply({ "error" => "the process that runs commands failed: #{e.class}: #{e.message} (#{where})" })
    end

    private

    def enter
      CommandRun::IGNORED.each { |name| trap(name, "IGNORE") }
      enter_root
      Privileges.become(uid: @spec["uid"], gid: @spec["gid"], groups: @spec["groups"],
                        capabilities: @spec["capabilities"])
      Sys.prctl(Sys::PR_SET_DUMPABLE, 0) # the target's user may not look into this process
      Sys.prctl(36, 1) # PR_SET_CHILD_SUBREAPER
      ::File.umask(0o022)
      Process.setrlimit(:CORE, 0)
      go_to(@spec["cwd"].unpack1("m"))
      @own_shell = ::File.file?("/bin/sh") && ::File.executable?("/bin/sh")
      @supplied = SuppliedShell.new { |path| ::File.exist?(path) }
      @environ = @spec["environ"].map { |pair| pair.unpack1("m") }
      keep_harmless
    end

    def enter_root
      @namespaces.enter_mounts
      Sys.call(:fchdir, @root_fd)
      Dir.chroot(".")
      Dir.chdir("/")
    rescue Errno::EPERM
      raise CouldNotLook, "there is no right to enter the target's root for a command (SYS_CHROOT)"
    end

    def go_to(directory)
      Dir.chdir(directory)
    rescue SystemCallError, ArgumentError
      Dir.chdir("/")
    end

    def keep_harmless
      read_only = @spec["mode"] == "read-only"
      if read_only && Landlock.abi.zero?
        raise CouldNotLook, "this kernel has no Landlock, so a command could not be kept from writing " \
                            "(--commands any runs it all the same)"
      end

      readable = @tools.descriptors
      @ruleset = if read_only
                   Landlock.read_only(root: @root_fd, readable: readable)
                 elsif !@tools.detached && Landlock.abi.positive?
                   Landlock.confined(root: @root_fd, readable: readable)
                 end
      refused = { refuse: read_only, signals: Landlock.abi < Landlock::KNOWS_SIGNALS }
      @filters = { own: Seccomp.program(**refused, notify: true, children: glibc_shell?),
                   supplied: Seccomp.program(**refused, notify: true, children: @supplied.dash?),
                   quiet: Seccomp.program(**refused, notify: false, listen: false) }
    end

    # Whether the target's own shell is one whose new processes tell of themselves. musl's do not, but a fork of musl's
    # is not interrupted.
    def glibc_shell?
      ::File.open("/bin/sh", ::File::RDONLY | ::File::NONBLOCK | ::File::NOCTTY) do |file|
        file.stat.file? && file.read(4096).to_s.b.include?("/ld-linux")
      end
    rescue SystemCallError
      false
    end

    def answer(request)
      text = request["text"].unpack1("m")
      reply_with(*attempt(text, request["timeout"]))
    rescue CouldNotLook => e
      reply({ "error" => e.message })
    end

    def attempt(text, timeout)
      refuse_foreign_views(text)
      refuse_hidden_views(text)
      if @own_shell
        result = command(text, timeout, own: true)
        return [:target, result] unless ABSENT.include?(result.exec_errno)

        @own_shell = false # there, but it cannot be started: its loader is missing, say
      end
      [:supplied, supplied(text, timeout)]
    end

    def supplied(text, timeout)
      raise CouldNotLook, "the target has no shell, and #{@tools.missing}" if @tools.missing

      unless ::File.exist?(@supplied.path)
        raise CouldNotLook,
              "the target has no shell, and no /proc of its own processes in which a supplied one could be started"
      end

      result = command(@supplied.prepare(text), timeout, own: false)
      return result unless result.exit_status == 127

      # All that the shell did not find is a look-up's answer, or what no program is called.
      result.heard && !result.denied && (@supplied.looks_up?(text) || result.absent) ? result : not_found(result)
    end

    # What the command could not do without was not found. Where the control gets to see that, it is the answer that it
    # would get inside, in the words of the shell there; where the text hides it, it is none.
    def not_found(result)
      words = result.absent && ShellWords.reword(result.stderr, result.absent)
      if words
        result.stderr = words
        result.denied = nil
      else
        result.absent = nil
        result.denied ||= "the command ended with 127: a program is not in the target and is not supplied"
      end
      result
    end

    def command(text, timeout, own:)
      limits = { timeout: timeout, output: @spec["output_limit"], processes: @spec["process_limit"] }
      CommandRun.new(text, shell: own ? own_shell : supplied_shell, settings: settings(own), limits: limits,
                           overseer: @overseer, lifeline: @requests, watch: watch(own)).run
    end

    # Asked while a fork waits for its answer, so nothing grows meanwhile.
    def too_many?
      line = @overseer.tell("count") ? @overseer.hear.to_s : ""
      line.start_with?("count") ? line.split.last.to_i > @spec["process_limit"] : true
    end

    def settings(own)
      filter = @filters[own ? :own : :supplied]
      { null: @null, ruleset: @ruleset, filter: filter, quiet_filter: @filters[:quiet] }
    end

    def watch(own)
      supplied = @tools.programs.slice(*@supplied.directories) unless own
      Watch.new(supplied: supplied, reads_all: reads_all?) { too_many? }
    end

    # CAP_DAC_OVERRIDE or CAP_DAC_READ_SEARCH
    def reads_all? = @spec["uid"].zero? && @spec["capabilities"].anybits?(0b110)

    def own_shell
      { path: "/bin/sh", argv0: "sh", env: with_path(@environ, ""), keep: [] }
    end

    def supplied_shell
      harmless = @environ.grep_v(NOT_FOR_SUPPLIED).map { |pair| @supplied.harmless(pair) }
      { path: @supplied.path, argv0: "sh", env: with_path(harmless, @supplied.suffix), keep: @tools.descriptors }
    end

    def with_path(pairs, more)
      path = pairs.find { |pair| pair.start_with?("PATH=") }&.delete_prefix("PATH=")
      path = DEFAULT_PATH if path.to_s.empty?
      pairs.reject { |pair| pair.start_with?("PATH=") } + ["PATH=#{path}#{more}"]
    end

    # A question about the target must not be answered from the scanner's network, host name or mounts.
    def refuse_foreign_views(text)
      kind = @namespaces.refused.find { |refused| SHOWS[refused]&.match?(text) }
      kind ||= :mnt if @own_shell && @namespaces.refused.include?(:mnt) && OWN_MOUNT_TOOLS.match?(text)
      return unless kind

      raise CouldNotLook, "the command asks for what is in the target's #{kind} namespace, which may not be entered"
    end

    def refuse_hidden_views(text)
      return unless @spec["mode"] == "read-only" && LOOKS_INTO_PROCESSES.match?(text)

      raise CouldNotLook, "the command looks into other processes, which the kernel keeps from a read-only command " \
                          "(--commands any runs it with the target's rights)"
    end

    def reply_with(how, result)
      raise CouldNotLook, result.failure if result.failure.is_a?(String)
      raise CouldNotLook, shell_failed(how, result.exec_errno) if result.exec_errno

      header = { "how" => how, "exit_status" => result.exit_status, "denied" => result.denied,
                 "absent" => result.exit_status == 127 && !result.denied ? result.absent : nil,
                 "timeout" => result.failure == :timeout }
      reply(header, result.stdout, result.stderr)
    end

    def shell_failed(how, errno)
      whose = how == :target ? "target's own" : "supplied"
      "the #{whose} shell could not be started: #{SystemCallError.new(errno).message}"
    end

    # One line of JSON, then the bytes that it announces.
    def reply(header, stdout = "", stderr = "")
      lengths = { "stdout" => stdout.bytesize, "stderr" => stderr.bytesize }
      @requests.write("#{JSON.generate(header.merge(lengths))}\n", stdout, stderr)
    end
  end
end
