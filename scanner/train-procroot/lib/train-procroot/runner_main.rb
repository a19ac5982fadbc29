# frozen_string_literal: true

# The process that runs commands for Runner: small, without gems, so that a fork is cheap. Started as
#     ruby --disable-gems runner_main.rb REQUEST_FD ROOT_FD        (standard input: the caller's lifeline)
# It is two processes. The outer one keeps the rights it was started with: it enters the target's namespaces, and
# kills whole process trees. The inner one enters the root, becomes the target's user for good, and forks each
# command. Each ends when the other or the caller does. Everything is loaded before the root is entered: nothing of
# the target is ever loaded.

require "json"
require "socket"
require_relative "errors"
require_relative "sys"
require_relative "command_run"
require_relative "landlock"
require_relative "namespaces"
require_relative "overseer"
require_relative "privileges"
require_relative "process_tree"
require_relative "runner_inner"
require_relative "seccomp"
require_relative "supplied_tools"
require_relative "watch"

module TrainProcroot
  # The outer process.
  class RunnerMain
    PR_SET_CHILD_SUBREAPER = 36
    LOOK_S = 0.05
    REAP_S = 2

    def initialize(requests, root_fd)
      @requests = requests
      @root_fd = root_fd
    end

    def run
      Sys.prctl(Sys::PR_SET_DUMPABLE, 0) # neither the target's user nor anyone like it may look into these processes
      # Readable when the caller has ended, whoever else holds the lifeline.
      @caller = IO.for_fd(Sys.pidfd_open(Process.ppid), "r")
      spec = JSON.parse(@requests.gets || exit!(0))
      Sys.prctl(PR_SET_CHILD_SUBREAPER, 1)
      start_inner(spec)
      oversee
    ensure
      @tree&.kill
      reap
      exit!(0)
    end

    private

    # The inner process is a member of the target's pid namespace, which cannot end while one of its processes is not
    # reaped: whoever inherits an orphan, a sidecar's first process say, may take its time or never do it.
    def reap
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + REAP_S
      while Process.clock_gettime(Process::CLOCK_MONOTONIC) < deadline
        sleep 0.001 unless Process.wait(-1, Process::WNOHANG)
      end
    rescue Errno::ECHILD
      nil
    end

    def start_inner(spec)
      # Opened outside: the target may have no /dev/null, and /proc of this process is gone inside.
      settings = { null: ::File.open(::File::NULL), tools: SuppliedTools.open(*spec.values_at("tools", "pid", "tools_holder")) }
      namespaces = Namespaces.new(spec["pid"], as: spec.values_at("uid", "gid")).tap(&:enter_before_fork)
      ours, theirs = UNIXSocket.pair
      @inner = fork do
        ours.close
        $stdin.close
        RunnerInner.new(spec, requests: @requests, root_fd: @root_fd, settings: settings, namespaces: namespaces,
                              overseer: Overseer.new(theirs)).run
      ensure
        exit!(1)
      end
      theirs.close
      @requests.close
      @control = ours
      @limit = spec["process_limit"]
      hurry
      @tree = ProcessTree.new(@inner, as: spec.values_at("uid", "gid"))
    rescue StandardError => e
      @requests.puts(JSON.generate(error: e.message)) unless @requests.closed?
      exit!(0)
    end

    # Whoever is to stop a storm of processes must get its turn; without the right it goes without.
    def hurry
      Process.setpriority(Process::PRIO_PROCESS, 0, -10)
    rescue SystemCallError
      nil
    end

    def oversee
      watching = false
      loop do
        ready, = IO.select([$stdin, @caller, @control], nil, nil, watching ? LOOK_S : nil)
        return if ready&.intersect?([$stdin, @caller])

        line = ready ? @control.gets : nil
        return if ready && line.nil?

        watching = heed(line.to_s.chomp, watching)
      end
    end

    def heed(order, watching)
      case order
      when "watch" then true
      when "count" then count(watching)
      when "clear"
        @control.puts("clear #{@tree.kill}")
        false
      else
        watching && !too_many?
      end
    end

    # The inner process is told "count", or, when everything was killed for its number just now, why.
    def count(watching)
      number = @tree.size
      return !too_many?(number) if number > @limit

      @control.puts("count #{number}")
      watching
    end

    def too_many?(number = @tree.size)
      return false unless number > @limit

      @tree.kill
      @control.puts("the command started more than #{@limit} processes")
      true
    end
  end
end

TrainProcroot::RunnerMain.new(UNIXSocket.for_fd(Integer(ARGV[0])), Integer(ARGV[1])).run if $PROGRAM_NAME == __FILE__
