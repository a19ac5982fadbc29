# frozen_string_literal: true

# The agent is run as it is in a sidecar: as a process of its own, with the real auditor, beside real processes. Every
# line it ever writes is checked against the published schema.
require "fileutils"
require "json"
require "json_schemer"
require "minitest/autorun"
require "securerandom"
require "tmpdir"
require "zlib"

$LOAD_PATH.unshift(File.expand_path("../lib", __dir__))
require "sidescan/agent"

module AgentTest
  AGENT = File.expand_path("../bin/sidescan-agent", __dir__)
  SCHEMAS = File.expand_path("../../../schema", __dir__)
  EVENTS = JSONSchemer.schema(File.read("#{SCHEMAS}/agent-events.schema.json"))
  SPEC = JSONSchemer.schema(File.read("#{SCHEMAS}/agent-spec.schema.json"))

  # One run of the agent: its lines as events, read as they come.
  class Conversation
    attr_reader :events, :pid

    def initialize(command, input)
      reader, writer = IO.pipe
      lifeline, @input = IO.pipe
      @errors = File.open(File::NULL, "w") unless ENV["SHOW_STDERR"]
      @pid = Process.spawn(*command, in: lifeline, out: writer, err: @errors || $stderr, close_others: true)
      writer.close
      lifeline.close
      @reader = reader
      @events = []
      @input.write(input)
      @input.flush
    end

    # Reads until an event of that name came; nil when the lines end before.
    def until(name)
      while (line = @reader.gets)
        @events << check(line)
        return @events.last if @events.last["event"] == name
      end
      nil
    end

    # Reads to the end; the exit status.
    def finish
      self.until(:end_of_lines)
      Process.wait2(@pid).last
    end

    def hang_up = @input.close
    def stop_reading = @reader.close
    def all(name) = @events.select { |event| event["event"] == name }
    def one(name) = all(name).first
    def error = one("error")

    # A delivered file, put together as any reader must.
    def file(name)
      packed = all("chunk").select { |chunk| chunk["file"] == name }.map { |chunk| chunk["data"].unpack1("m0") }.join
      Zlib.gunzip(packed).tap do |data|
        told = all("delivered").map { |event| event["file"] }.find { |file| file["name"] == name }
        raise "not whole" unless told.values_at("bytes", "sha256") == [data.bytesize, Digest::SHA256.hexdigest(data)]
      end
    end

    def result = JSON.parse(file("result.json"))
    def evidence = JSON.parse(file("evidence.json"))

    def statuses
      result["profiles"].flat_map { |profile| profile["controls"] }.to_h do |control|
        [control["id"], control["results"].map { |one| one["status"] }.uniq]
      end
    end

    private

    def check(line)
      raise "line of #{line.bytesize} bytes" if line.bytesize >= 16 * 1024
      raise "raw control characters: #{line.inspect}" if line.chomp.match?(/[\x00-\x1f\x7f]/)

      event = JSON.parse(line.force_encoding(Encoding::UTF_8))
      errors = EVENTS.validate(event).map { |error| error["error"] }
      raise "no event of the protocol: #{line} #{errors.first(3)}" if errors.any?
      raise "out of order: #{line}" if event["seq"] != @events.length

      event
    end
  end

  def setup
    @dir = Dir.mktmpdir("sidescan-agent-test-")
    @started = []
  end

  def teardown
    @started.each do |pid|
      Process.kill("KILL", -pid)
      Process.wait(pid)
    rescue SystemCallError
      nil
    end
    FileUtils.rm_rf(@dir)
  end

  def needs_root(reason)
    skip "needs root: #{reason}" unless Process.uid.zero?
  end

  # A process of its own group, killed at the end of the test.
  def start(*command, **options)
    Process.spawn(*command, pgroup: true, in: File::NULL, out: File::NULL, err: File::NULL, **options)
           .tap { |pid| @started << pid }
  end

  # A process that sleeps, in the machine's own root.
  def target(env = {}) = start(env, "sleep", "1000")

  # A profile of the text of its controls.
  def profile(controls, name: "example", yml: "", files: {})
    dir = "#{@dir}/#{name}"
    FileUtils.mkdir_p("#{dir}/controls")
    File.write("#{dir}/inspec.yml", "name: #{name}\nversion: 0.1.0\n#{yml}")
    File.write("#{dir}/controls/example.rb", controls)
    files.each do |path, text|
      FileUtils.mkdir_p(File.dirname("#{dir}/#{path}"))
      File.write("#{dir}/#{path}", text)
    end
    dir
  end

  PASSING = <<~RUBY
    control "one" do
      impact 0.7
      title "passwd is there"
      describe file("/etc/passwd") do
        it { should exist }
      end
    end
  RUBY

  def spec(target, profiles, auditor: {}, **more)
    { protocol: 1, run: "test", target: target, wait: 5, profiles: Array(profiles),
      auditor: { inputs: {}, inputFiles: [], waiverFiles: [], controls: [], tags: [] }.merge(auditor),
      timeout: 60, commandTimeout: 10, commands: "any", virtualization: "docker", tools: nil, ownership: "visible",
      work: "#{@dir}/work", results: "#{@dir}/results" }.merge(more)
  end

  def talk(spec, command = [RbConfig.ruby, AGENT, "--spec", "-"])
    text = JSON.generate(spec)
    assert SPEC.valid?(JSON.parse(text)), "the test's own specification is wrong" unless spec[:wrong]
    Conversation.new(command, "#{text}\n")
  end

  # The whole conversation; the agent must end with that exit code and leave nothing in its scratch directory.
  def run_agent(spec, exit: 0)
    talk(spec).tap do |conversation|
      status = conversation.finish
      assert_equal exit, status.exitstatus, conversation.events.last.inspect
      assert_empty Dir.children("#{@dir}/work") if File.directory?("#{@dir}/work")
    end
  end

  def alive?(pid)
    File.read("/proc/#{pid}/stat").rpartition(") ").last[0] != "Z"
  rescue SystemCallError
    false
  end

  def eventually(seconds = 5)
    limit = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
    until (value = yield)
      flunk "it did not happen within #{seconds} s" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > limit
      sleep 0.02
    end
    value
  end

  # Pids of processes whose environment or arguments hold the text.
  def mentioning(text)
    Dir.children("/proc").grep(/\A\d+\z/).map(&:to_i).select do |pid|
      pid != Process.pid && alive?(pid) && %w[cmdline environ].any? do |name|
        File.binread("/proc/#{pid}/#{name}").include?(text)
      end
    rescue SystemCallError
      false
    end
  end
end
