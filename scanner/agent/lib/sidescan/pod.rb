# frozen_string_literal: true

require "json"
require_relative "pod/calls"
require_relative "pod/failure"
require_relative "pod/surroundings"
require_relative "pod/target"

module Sidescan
  # The first process of a local audit, as `pause` is that of a Kubernetes pod: it stands in fresh namespaces, makes
  # a target out of a directory, starts the agent beside it, and waits. Its end is the end of everything in its pid
  # namespace, by the kernel; and it ends as soon as its standard input does, whose other end the caller holds.
  #
  # It reads one line of JSON on standard input and writes lines of JSON to descriptor 3; standard output and error
  # are the agent's.
  class Pod
    def self.start
      channel = IO.for_fd(3, "w")
      channel.close_on_exec = true
      channel.sync = true
      %w[INT TERM HUP].each { |signal| trap(signal) { exit!(1) } }
      new(channel).run(JSON.parse($stdin.gets || exit!(1)))
    end

    def initialize(channel)
      @channel = channel
    end

    # `order`: directory, needed (paths that must stay visible), mapping (none, single or auto), main (see MainProcess),
    # agent (argument list), spec (the agent's, without target, work and results).
    def run(order)
      end_with_caller
      look_below(order["directory"])
      scratch = surround(order)
      agent, spec = start_agent(order["agent"], scratch)
      target = start_target(order, scratch)
      spec.puts(JSON.generate(order["spec"].merge("target" => { "pid" => target.pid, "start" => target.start_time },
                                                  "work" => "#{scratch}/work", "results" => "#{scratch}/results")))
      wait(agent, target)
    rescue Failure => e
      fail_with(e.message, e.hint)
    rescue StandardError => e
      fail_with("The local audit could not be set up: #{e.message}", order["mapping"] == "none" ? nil : HINT)
    end

    HINT = "user namespaces may be restricted here (see user_namespaces(7); on Ubuntu also sysctl " \
           "kernel.apparmor_restrict_unprivileged_userns); run as root, or lift the restriction"

    private

    def end_with_caller
      Thread.new do
        $stdin.read
        exit!(1)
      end
    end

    def look_below(path)
      below = File.readlines("/proc/self/mountinfo").count do |line|
        unescape(line.split[4]).start_with?("#{path.chomp('/')}/".b)
      end
      return if below.zero?

      notice("warning", "#{below} file system#{'s' if below > 1} mounted below #{path} cannot be seen: only the " \
                        "directory's own file system is audited.")
    end

    def unescape(text)
      text.b.gsub(/\\(\d{3})/) { Regexp.last_match(1).oct.chr }
    end

    def surround(order)
      Surroundings.prepare([order["directory"], *order["needed"]]).tap do |scratch|
        %w[work results].each { |name| Dir.mkdir("#{scratch}/#{name}", 0o700) }
      end
    end

    # Before the target, for loading the auditor is what takes longest. The agent waits for its specification, and
    # what it reads afterwards is its own lifeline.
    def start_agent(command, scratch)
      lifeline, spec = IO.pipe
      program, *arguments = command
      pid = Process.spawn({ "TMPDIR" => "#{scratch}/work" }, [program, program], *arguments,
                          in: lifeline, chdir: "/", close_others: true)
      lifeline.close
      [pid, spec]
    end

    def start_target(order, scratch)
      target = Target.new(order["directory"], scratch, order["main"], order["mapping"]) do |level, message|
        notice(level, message)
      end
      target.start
      tell("ready", pid: target.pid, start: target.start_time)
      target
    end

    # Reaps whatever ends here, also what others left behind.
    def wait(agent, target)
      loop do
        pid, status = Process.wait2(-1)
        ended("target-ended", status, output: target.last_lines) if pid == target.pid
        next unless pid == agent

        ended("agent-ended", status)
        exit!(status.exitstatus || 1)
      end
    end

    def ended(event, status, **more)
      tell(event, code: status.exitstatus, signal: status.termsig && "SIG#{Signal.signame(status.termsig)}", **more)
    end

    def notice(level, message)
      tell("notice", level: level, message: message)
    end

    def fail_with(message, hint)
      tell("failed", message: message, hint: hint)
      exit!(1)
    end

    def tell(event, **fields)
      @channel.puts(JSON.generate({ event: event, **fields }))
    end
  end
end
