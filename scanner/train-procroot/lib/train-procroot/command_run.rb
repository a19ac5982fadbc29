# frozen_string_literal: true

require "fcntl"
require "socket"
require_relative "landlock"
require_relative "process_tree"
require_relative "seccomp"
require_relative "watch"

module TrainProcroot
  # One command inside the root, from fork to the last of its processes; runs in the runner's inner process
  # (RunnerMain), which is chrooted and has the target's rights already.
  #
  # The answer is complete when the shell has ended and nobody holds its output any more. A background process that
  # still holds it gets GRACE_S more, as a remote shell whose session is closed; then everything that is left is
  # killed, so that nothing outlives the command.
  class CommandRun
    GRACE_S = 0.5
    CHUNK = 65_536
    # From here on the outer process watches the number of processes.
    QUICK_S = 0.05
    EXEC_FAILED = 125
    # What must not end the inner process, or nobody would clear away what the command started: a command that may
    # change things can signal its own user's processes, and the kernel hangs up a stopped group whose leader ended.
    IGNORED = %w[HUP INT QUIT TERM ALRM USR1 USR2].freeze

    # heard: whether all that the command's programs said was heard, and not what reached the runner alone.
    Result = Struct.new(:stdout, :stderr, :exit_status, :denied, :absent, :failure, :exec_errno, :heard,
                        keyword_init: true)

    # shell: path, argv0, env ("K=V" strings). settings: null, ruleset, filter, listen, kept descriptors, cwd.
    def initialize(text, shell:, settings:, limits:, overseer:, lifeline:, watch:)
      @text = text
      @shell = shell
      @settings = settings
      @limits = limits
      @overseer = overseer
      @lifeline = lifeline
      @watch = watch
    end

    def run
      @out = { stdout: "".b, stderr: "".b }
      start
      collect
      finish
    end

    private

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    def start
      @started = now
      out, out_writer = IO.pipe
      err, err_writer = IO.pipe
      status, status_writer = IO.pipe
      # Ruby's pipes do not block, which a program that writes more than fits would take for an error.
      [out_writer, err_writer].each { |io| io.fcntl(Fcntl::F_SETFL, ::File::WRONLY) }
      ours, theirs = UNIXSocket.pair
      @pid = fork { child(out_writer, err_writer, status_writer, theirs) }
      [out_writer, err_writer, status_writer, theirs].compact.each(&:close)
      @readers = { out => :stdout, err => :stderr, status => :status }
      @pidfd = IO.for_fd(Sys.pidfd_open(@pid), "r")
      @watch.listener = @handover = nil
      @handover = ours
    end

    # In the forked child. Nothing here may raise into the caller's code: whatever happens ends in exec or exit.
    def child(out, err, status, handover)
      Process.setsid
      Sys.prctl(1, Signal.list.fetch("KILL")) # PR_SET_PDEATHSIG
      ["PIPE", *IGNORED].each { |name| trap(name, "SYSTEM_DEFAULT") }
      [@settings[:null], out, err].each_with_index { |io, number| Sys.call(:dup3, io.fileno, number, 0) }
      close_others(@shell[:keep])
      confine(handover)
      Sys.execve(@shell[:path], [@shell[:argv0], "-c", @text], @shell[:env])
    rescue SystemCallError => e
      status.syswrite([e.errno].pack("l"))
    ensure
      exit!(EXEC_FAILED)
    end

    # Everything but 0, 1, 2 and what the shell is given goes at the exec.
    def close_others(keep)
      from = 3
      keep.sort.each do |fd|
        Sys.call(:close_range, from, fd - 1, 4) if from < fd
        from = fd + 1
      end
      Sys.call(:close_range, from, 0x7fffffff, 4)
    end

    def confine(handover)
      Landlock.enforce(@settings[:ruleset]) if @settings[:ruleset]
      listener = Seccomp.install(@settings[:filter], listen: true)
      handover.send_io(IO.for_fd(listener, autoclose: false))
    rescue Errno::EBUSY, Errno::EINVAL
      # No notifications here: a filter without them. What is missing then shows in exit 127 and in visible text only.
      Seccomp.install(@settings[:quiet_filter], listen: false)
    end

    def collect
      until finished?
        ready, = IO.select(sources, nil, nil, next_wait)
        (ready || []).each { |io| attend(io) }
        check_time
      end
    end

    # (A splat of an IO would read it.)
    def sources = [*@readers.keys, @lifeline, @exited ? nil : @pidfd, @handover, @watch.listener, @overseer].compact

    def finished? = @failure || (@exited && @readers.empty?)

    def attend(io)
      case io
      when @pidfd then ended
      when @lifeline then lifeline
      when @handover then take_listener
      when @watch.listener then serve
      when @overseer then overseer_says
      else read(io)
      end
    end

    # The outer process has killed too many processes, or it is gone itself.
    def overseer_says
      line = @overseer.hear
      line ? stop(line) : lifeline
    end

    def read(io)
      stream = @readers.fetch(io)
      chunk = io.read_nonblock(CHUNK, exception: false)
      return if chunk == :wait_readable
      return done_with(io) if chunk.nil?
      return @exec_errno = chunk.unpack1("l") if stream == :status

      @out[stream] << chunk
      return unless @out[stream].bytesize > @limits[:output]

      stop("the command printed more than #{@limits[:output] / 1_048_576} MiB")
    end

    def done_with(io)
      @readers.delete(io)
      io.close
    end

    def ended
      no_children?
      @exited = now
    end

    # The caller asks nothing while a command runs: readable means that it is gone.
    def lifeline
      stop("the auditor ended")
      @caller_gone = true
    end

    def take_listener
      @watch.listener = @handover.recv_io(IO, "r+")
      @heard = true
    rescue SocketError, SystemCallError
      nil
    ensure
      @handover.close
      @handover = nil
    end

    def serve
      @watch.serve
      no_children? # orphans come to this process, and end
      stop("the command started more than #{@limits[:processes]} processes") if @watch.refuse_forks
    end

    def next_wait
      return [GRACE_S - (now - @exited), 0].max if @exited
      return QUICK_S unless @overseen

      [@limits[:timeout] - (now - @started), 0.001].max
    end

    def check_time
      running = now - @started
      return stop(:timeout) if !@exited && running > @limits[:timeout]
      return @readers.each_key(&:close).then { @readers.clear } if @exited && now - @exited >= GRACE_S
      return if @overseen || running < QUICK_S

      @overseen = true
      lifeline unless @overseer.tell("watch")
    end

    # The first reason is the one that is told.
    def stop(failure)
      @failure = failure if @failure.nil?
    end

    def finish
      clear_away
      close_all
      @watch.read_stderr(@out[:stderr]) unless @heard
      exit!(1) if @caller_gone
      Result.new(stdout: @out[:stdout], stderr: @out[:stderr], exit_status: @status, failure: @failure,
                 exec_errno: @exec_errno, heard: @heard, denied: @watch.reason || killed, absent: @watch.absent)
    end

    # No descendant may be left; asking the outer process is only worth it when there is one.
    def clear_away
      return if !@overseen && no_children?

      @overseer.tell("clear") or return kill_alone
      until @cleared
        hear if @overseer.to_io.wait_readable(0.002)
        no_children? # what was killed is reaped here
        @watch.serve
      end
    end

    def hear
      line = @overseer.hear
      return stop(line) unless line.nil? || line.start_with?("clear")

      kill_alone if line.nil?
      @cleared = true
    end

    # The outer process was killed. The target's own /proc shows our children, if it has one.
    def kill_alone
      @caller_gone = true
      kill_session unless @exited
      ProcessTree.new(Process.pid).kill(limit_s: 3)
      no_children?
    rescue SystemCallError
      nil
    end

    def kill_session
      Process.kill(:KILL, -@pid)
    rescue Errno::ESRCH
      nil
    end

    def no_children?
      while (ended = Process.wait2(-1, Process::WNOHANG))
        pid, status = ended
        next unless pid == @pid

        @status = status.exitstatus || (128 + status.termsig)
        @killed = status.termsig
      end
      false
    rescue Errno::ECHILD
      true
    end

    # By someone else (the target, or the kernel for want of memory), since its time was not up: what it would have
    # said is not known.
    def killed
      name = Signal.signame(@killed) if @killed
      "the command was killed by SIG#{name}" if %w[KILL TERM].include?(name)
    end

    def close_all
      [*@readers.keys, @pidfd, @handover, @watch.listener].compact.each { |io| io.close unless io.closed? }
      @watch.listener = nil
    end
  end
end
