# frozen_string_literal: true

require_relative "helper"
require "train-procroot/landlock"
require "train-procroot/runner"

# Targets with a runner for each test.
module WithRunner
  TOOLS = ENV["SIDESCAN_TOOLS"] || File.expand_path("../../../.sidescan/tools", __dir__)

  def setup
    skip "needs root: it makes targets with a root of their own" unless Process.uid.zero?
    return if File.exist?("#{TOOLS}/manifest.json")

    flunk "the supplied tools are missing: `ruby scanner/tools/build.rb #{TOOLS}`"
  end

  def teardown
    (@runners || []).each(&:close)
    super
  ensure
    end_machine if @sleeper
  end

  Machine = Struct.new(:target, :root)

  # A process with every capability in this machine's own root. It holds none of our descriptors: whoever waits for
  # their end would wait for it.
  def machine
    @sleeper ||= spawn("sleep", "600", pgroup: true, %i[in out err] => File::NULL)
    target = TrainProcroot::Target.new(pid: @sleeper)
    Machine.new(target, TrainProcroot::Root.new(target))
  end

  def end_machine
    Process.kill(:KILL, @sleeper)
    Process.wait(@sleeper)
  end

  def bare(**options)
    made = target_dir(**options)
    made.mkdir("/root", mode: 0o700)
    make_device(made, "null", 3)
    yield made if block_given?
    made.start
  end

  def with_shell(**options)
    bare(**options) do |made|
      made.add_programs("/bin/dash", "/bin/cat", "/bin/sleep")
      FileUtils.ln_s("dash", made.on_host("/bin/sh"))
      yield made if block_given?
    end
  end

  def make_device(made, name, minor)
    system("mknod", "-m", "666", made.on_host("/dev/#{name}"), "c", "1", minor.to_s, exception: true)
  end

  def runner(made, **options)
    settings = { target: made.target, root: made.root, tools: TOOLS, timeout: 20 }.merge(options)
    (@runners ||= []) << (made = TrainProcroot::Runner.new(**settings))
    made
  end

  def bare_runner(**options) = runner(bare, **options)

  def could_not_look(run, text, **options)
    assert_raises(TrainProcroot::CouldNotLook) { run.run(text, **options) }.message
  end

  # Seconds to sleep for that no other process of this machine has among its arguments; another run of these tests
  # least of all.
  MARK = format("4711.%07d", Process.pid)

  # How many `sleep`s for that time there are, without the shells that name them.
  def sleepers = processes_with("sleep\0#{MARK}\0")

  def processes_with(mark)
    Dir.glob("/proc/[0-9]*/cmdline").count do |file|
      File.binread(file).include?(mark)
    rescue SystemCallError
      false
    end
  end

  def eventually(within_s = 15)
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + within_s
    until yield
      flunk "not within #{within_s} s" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
      sleep 0.02
    end
  end
end
