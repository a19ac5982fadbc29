# frozen_string_literal: true

# Times the same questions through Train's local transport and through procroot, on the same full root: this
# machine's. They are asked as profiles ask them, by InSpec's own resources. Prints one JSON document: milliseconds
# for each kind of question, and what differed.
#
#     ruby probes.rb TOOLS_DIRECTORY

require "inspec"
require "inspec/backend"
require "inspec/resources/command"
require "inspec/resources/file"
require "inspec/resources/package"
require "json"

$LOAD_PATH.unshift(File.expand_path("../../scanner/train-procroot/lib", __dir__))

ROUNDS = 3

def spread(paths, count)
  raise "only #{paths.size} of #{count} files for the benchmark" if paths.size < count

  step = paths.size / count
  Array.new(count) { |index| paths[index * step] }
end

def plain_files(pattern)
  Dir.glob(pattern).select { |path| File.file?(path) && !File.symlink?(path) && File.size(path) < 20_000 }.sort
end

FILES = spread(plain_files("/usr/{bin,include,share}/**/*"), 600)
PACKAGES = spread(Dir.glob("/var/lib/dpkg/info/*.list").map { |path| File.basename(path, ".list")[/\A[^:]+/] }.uniq, 98)

QUESTIONS = {
  "stat with owner and mode" => FILES.first(400).map do |path|
    ["file", path, ->(file) { [file.mode, file.owner, file.group] }]
  end,
  "read" => FILES.last(200).map { |path| ["file", path, ->(file) { file.content.to_s.b.sum }] },
  "command existence" => (
    Dir.children("/usr/bin").grep(/\A[a-z0-9-]+\z/).sort.first(100) +
    Array.new(100) { |index| "no-such-program-#{index}" }
  ).map { |name| ["command", name, :exist?.to_proc] },
  "package" => (PACKAGES + %w[no-such-package-1 no-such-package-2]).map do |name|
    ["package", name, ->(package) { [package.installed?, package.version] }]
  end,
  "trivial shell command" => Array.new(100) { |index| ["command", "echo #{index}", :stdout.to_proc] }
}.freeze

# Answers and milliseconds of one kind of question through one connection.
def ask(backend, questions)
  started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  answers = questions.map do |name, argument, question|
    question.call(Inspec::Resource.registry.fetch(name).new(backend, name, argument))
  end
  [answers, (Process.clock_gettime(Process::CLOCK_MONOTONIC) - started) * 1000]
end

def connect(target)
  backend = Inspec::Backend.create(Inspec::Config.new({ "target" => target }))
  # Platform detection is the same for every question, and not what is measured.
  backend.platform.name
  backend.command("true").exit_status
  backend
end

# A process of this machine's own root stands for the target.
target = spawn("sleep", "600")
begin
  uri = "procroot://#{target}?tools=#{ARGV.fetch(0)}"
  times = { "local" => Hash.new { |hash, key| hash[key] = [] }, "procroot" => Hash.new { |hash, key| hash[key] = [] } }
  differ = []
  ROUNDS.times do
    backends = { "local" => connect("local://"), "procroot" => connect(uri) }
    QUESTIONS.each do |kind, questions|
      answers = backends.to_h do |name, backend|
        given, milliseconds = ask(backend, questions)
        times[name][kind] << milliseconds
        [name, given]
      end
      questions.each_index do |index|
        local, procroot = answers.values_at("local", "procroot").map { |given| given[index] }
        differ << [kind, questions[index][1], local, procroot] if local != procroot
      end
    end
  end
  median = ->(values) { values.sort[values.size / 2] }
  puts JSON.generate(
    questions: QUESTIONS.transform_values(&:size),
    times: times.transform_values { |kinds| kinds.transform_values(&median) },
    differ: differ.uniq.first(20)
  )
ensure
  Process.kill("KILL", target)
  Process.wait(target)
end
