# frozen_string_literal: true

require "json"
require "rbconfig"
require_relative "../../scanner/agent/lib/sidescan/pod/main_process"

module Fidelity
  # A target that runs while the block does, which is given the process id of its main process here.
  module Target
    ROOT_USER = {}.freeze
    # No root, no capabilities, a root file system that nobody can write.
    APP_USER = { user: 1000, groups: [2000], capabilities: "drop", read_only: true }.freeze

    module_function

    # A process with sockets, children and all.
    def process(root, as = ROOT_USER)
      reader, writer = IO.pipe
      pid = spawn("unshare", "--mount", "--pid", "--ipc", "--uts", "--net", "--fork", "--kill-child", "--propagation", "private",
                  RbConfig.ruby, "#{__dir__}/main_process.rb", root, JSON.generate(as), out: writer, in: File::NULL)
      writer.close
      raise "the target did not start" unless reader.gets == "ready\n"

      inside = File.read("/proc/#{pid}/task/#{pid}/children").to_i
      sleep 0.01 until File.read("/proc/#{inside}/cmdline").start_with?("/hold")
      yield inside
    ensure
      kill(inside)
      stop(pid)
    end

    # What `dir:` makes out of a directory, with nobody in it who audits; user: "UID:GID"
    def pod(root, user: nil)
      reader, channel = IO.pipe
      input, lifeline = IO.pipe
      pid = spawn("unshare", "--mount", "--pid", "--ipc", "--uts", "--net", "--fork", "--kill-child", "--propagation", "private",
                  RbConfig.ruby, "#{__dir__}/../../scanner/agent/bin/sidescan-pod", in: input, 3 => channel, out: File::NULL)
      [channel, input].each(&:close)
      lifeline.puts(JSON.generate(directory: root, needed: ["/"], mapping: "none", main: { user: user&.split(":")&.first, group: user&.split(":")&.last, env: [], cwd: nil, argv: nil },
                                  agent: ["/bin/sleep", "infinity"], spec: {}))
      ready = reader.each_line.lazy.map { |line| JSON.parse(line) }.find { |message| %w[ready failed].include?(message["event"]) }
      raise "the pod did not start: #{ready}" unless ready&.fetch("event") == "ready"

      yield held_below(pid)
    ensure
      stop(pid)
    end

    # The pod tells the number that its target has inside; here it is the process that holds, among the pod's children.
    def held_below(pid)
      loop do
        below = [pid]
        below.each { |parent| below.concat(File.read("/proc/#{parent}/task/#{parent}/children").split.map(&:to_i)) }
        found = below.find { |child| File.read("/proc/#{child}/comm") == "sidescan-hold\n" }
        return found if found

        sleep 0.01
      end
    end

    # One that has become another user does not end with `unshare` any more (the kernel forgets --kill-child then).
    def kill(pid)
      Process.kill(:KILL, pid) if pid&.positive?
    rescue Errno::ESRCH
      nil
    end

    def stop(pid)
      return unless pid

      Process.kill(:KILL, pid)
      Process.wait(pid)
    end
  end
end
