# frozen_string_literal: true

require "json"
require "tmpdir"
require_relative "comparison"
require_relative "exceptions"
require_relative "small_debian"
require_relative "../../scanner/agent/lib/sidescan/pod/holder"

# Compares, value by value, what sidescan says of a full and of a stripped root with what the auditor says from inside.
module Fidelity
  HERE = __dir__
  REPOSITORY = File.expand_path("../..", HERE)
  PROFILE = "#{HERE}/profile"

  module_function

  def start(root)
    reader, writer = IO.pipe
    pid = spawn("unshare", "--mount", "--pid", "--ipc", "--uts", "--net", "--fork", "--kill-child", "--propagation", "private",
                RbConfig.ruby, "#{HERE}/main_process.rb", root, out: writer, in: File::NULL)
    writer.close
    raise "the target did not start" unless reader.gets == "ready\n"

    inside = File.read("/proc/#{pid}/task/#{pid}/children").to_i
    sleep 0.01 until File.read("/proc/#{inside}/cmdline").start_with?("/hold")
    [pid, inside]
  end

  def stop(pid)
    Process.kill(:KILL, pid)
    Process.wait(pid)
  end

  def oracle(pid, out)
    gems = ENV.fetch("GEM_HOME")
    words = ["nsenter", "--target", pid.to_s, "--pid", "--ipc", "--uts", "--net", "--mount", RbConfig.ruby, "#{HERE}/oracle_enter.rb",
             File.readlink("/proc/#{pid}/root"), gems, HERE, out]
    system(*words) # 100: some result failed, and all do
    read("#{out}/oracle.json")
  end

  def sidescan(target, out, name)
    file = "#{out}/#{name}.json"
    system("#{REPOSITORY}/node_modules/.bin/node", "#{REPOSITORY}/src/cli/main.ts", "scan", target, "-p", PROFILE, "--reporter", "json:#{file}", "-o", out,
           "--virtualization", "native", "--commands", ENV.fetch("FIDELITY_COMMANDS", "any"), out: "#{out}/#{name}.log", err: "#{out}/#{name}.log")
    read(file)
  end

  # section, expression => status and message
  def read(file)
    JSON.parse(File.read(file))["profiles"].flat_map { |profile| profile["controls"] }.flat_map do |control|
      control["results"].map { |result| [[control["id"], result["code_desc"]], said(result)] }
    end.to_h
  end

  # The value, or how it failed: without what says which process, object or evidence it was.
  def said(result)
    text = [result["message"], result["exception"], result["skip_message"]].compact.join(" ")
    value = text[/^\s+got: (.*?)\n\n\(compared/m, 1] || text
    value.strip.sub(/\A#<Encoding:[\w-]+> /, "").gsub(/0x\h{8,}/, "0x").gsub(%r{/usr/s?bin/lsattr}, "lsattr")
  end
end

if $PROGRAM_NAME == __FILE__
  out = ARGV.fetch(0) { Dir.mktmpdir("fidelity-") }
  at = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  tell = ->(what) { warn format("%6.1f s  %s", Process.clock_gettime(Process::CLOCK_MONOTONIC) - at, what) }
  full = "#{out}/full"
  stripped = "#{out}/stripped"
  unless File.exist?(full)
    SmallDebian.build(full)
    SmallDebian.strip(full, stripped)
  end
  tell.call("roots")
  forms = {}
  audit = lambda do |root, &block|
    pid, inside = Fidelity.start(root)
    block.call(inside)
  ensure
    Fidelity.stop(pid) if pid
  end
  # Two at a time: each has a target of its own.
  oracle = Thread.new do
    audit.call(full) { |inside| Fidelity.oracle(inside, out) } unless File.exist?("#{out}/oracle.json")
    tell.call("oracle")
    Fidelity.read("#{out}/oracle.json")
  end
  audit.call(full) { |inside| forms["pid full"] = Fidelity.sidescan("pid:#{inside}", out, "pid-full") }
  tell.call("pid full")
  audit.call(stripped) { |inside| forms["pid stripped"] = Fidelity.sidescan("pid:#{inside}", out, "pid-stripped") }
  tell.call("pid stripped")
  truth = oracle.value
  raise "the auditor inside gave #{truth.length} values: see #{out}/oracle.log" if truth.length < 2000

  unexplained = Comparison.new(truth, forms, Exceptions::LIST).print
  warn "what was compared is in #{out}" if unexplained.positive? || ARGV.any?
  FileUtils.rm_rf(out) if unexplained.zero? && ARGV.empty?
  exit unexplained.zero?
end
