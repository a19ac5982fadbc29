# frozen_string_literal: true

require_relative "helper"

# A scanner that cannot enter says which rung of a cluster's pod would; one that can, what it will not see. And nobody
# of its own user looks into it.
class RightsTest < Minitest::Test
  include AgentTest

  NOTHING = %w[setpriv --bounding-set=-all --inh-caps=-all].freeze
  ROOT = NOTHING
  NOBODY = [*NOTHING, "--reuid=65532", "--regid=65532", "--clear-groups"].freeze
  # What runtimes give to root.
  USUAL = %w[chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod
             audit_write setfcap].freeze
  DEFAULT = ["setpriv", "--inh-caps=-all", "--bounding-set", "-all,#{USUAL.map { |name| "+#{name}" }.join(',')}"].freeze
  # A user that changed without a new program.
  CLOSED = [RbConfig.ruby, "-e", "Process::Sys.setgid(65532); Process::Sys.setuid(65532); sleep"].freeze

  RUNGS = { "restricted" => NOBODY,
            "baseline" => ["setpriv", "--inh-caps=-all", "--bounding-set", "-all,+sys_chroot,+setuid,+setgid"],
            "default" => DEFAULT }.freeze

  def setup
    super
    needs_root "it takes rights away"
    File.chmod(0o777, @dir)
  end

  # The agent on a rung, beside a target that was started so.
  def beside(rung, *target, profiles: profile(PASSING))
    %w[work results].each { |name| FileUtils.mkdir_p("#{@dir}/#{name}") && File.chmod(0o777, "#{@dir}/#{name}") }
    pid = start(*target)
    eventually { !File.binread("/proc/#{pid}/cmdline").include?("setpriv") }
    settled(pid) if target == CLOSED
    text = JSON.generate(spec({ pid: pid }, profiles, access: rung))
    Conversation.new([*RUNGS.fetch(rung), RbConfig.ruby, AGENT, "--spec", "-"], "#{text}\n")
  end

  def settled(pid) = eventually { File.read("/proc/#{pid}/status").match?(/^Uid:\s+65532/) }

  def hint(rung, *target)
    talk = beside(rung, *target)
    assert_equal 1, talk.finish.exitstatus
    assert_equal %w[access access-denied], talk.error.values_at("phase", "code"), talk.error.inspect
    talk.error["hint"]
  end

  def test_the_hint_names_the_rung_that_would_do
    assert_equal "`--access default` enters it", hint("baseline", *DEFAULT, "sleep", "600")
    assert_equal "`--access default` enters it", hint("restricted", *DEFAULT, "sleep", "600")
    assert_equal "`--access baseline` enters it", hint("restricted", *ROOT, "sleep", "600")
  end

  def test_the_hint_names_the_user_that_would_do
    other = NOBODY.map { |word| word.sub("65532", "1000") }
    assert_match(/\Ait runs as uid 1000, gid 1000: `--user 1000:1000` .*`--access baseline`/,
                 hint("restricted", *other, "sleep", "600"))
  end

  def test_the_hint_names_ptrace_only_where_nothing_less_would_do
    assert_match(/SYS_PTRACE opens it \(`--access ptrace --allow-ptrace`\)/, hint("default", *CLOSED))
    assert_match(/more than a container usually may: `--access ptrace/, hint("default", "sleep", "600"))
  end

  def test_outside_a_cluster_the_hint_speaks_of_rights
    pid = start(*ROOT, "sleep", "600")
    eventually { !File.binread("/proc/#{pid}/cmdline").include?("setpriv") }
    text = JSON.generate(spec({ pid: pid }, profile(PASSING), work: "/tmp", results: @dir))
    talk = Conversation.new([*NOBODY, RbConfig.ruby, AGENT, "--spec", "-"], "#{text}\n")
    assert_equal 1, talk.finish.exitstatus
    assert_match(/\Arun the scanner as uid 0, gid 0/, talk.error["hint"])
  end

  COMMAND = <<~RUBY
    control "command" do
      describe(command("id -u")) { its("stdout") { should eq "65532\\n" } }
    end
  RUBY

  def test_restricted_reads_and_says_that_it_runs_no_commands
    talk = beside("restricted", *NOBODY, "sleep", "600", profiles: profile(PASSING + COMMAND))
    assert_equal 0, talk.finish.exitstatus, talk.error.inspect
    access = talk.one("access")
    assert_equal "none", access["commands"]
    assert_includes access["limits"].map { |limit| limit["why"] }.join, "`--access baseline` has it"
    assert_equal({ "one" => ["passed"], "command" => ["failed"] }, talk.statuses)
    assert_match(/could not look: there is no right to enter/, talk.file("result.json"))
  end

  def test_baseline_runs_commands_as_the_targets_user
    talk = beside("baseline", *NOBODY, "sleep", "600", profiles: profile(COMMAND))
    assert_equal 0, talk.finish.exitstatus, talk.error.inspect
    assert_equal({ "command" => ["passed"] }, talk.statuses)
  end

  def test_nobody_of_its_own_user_looks_into_the_agent_or_its_auditor
    slow = "control('slow') { File.write('#{@dir}/work/begun', ''); sleep 60 }"
    talk = beside("restricted", *NOBODY, "sleep", "600", profiles: profile(slow))
    eventually(20) { File.exist?("#{@dir}/work/begun") }
    pids = [talk.pid, *Sidescan::Agent::Descendants.all(talk.pid).map(&:pid)]
    assert_operator pids.length, :>=, 2
    seen = pids.to_h { |pid| [pid, system(*NOBODY, "readlink", "/proc/#{pid}/root", out: File::NULL, err: File::NULL)] }
    assert_equal [false], seen.values.uniq
    assert system(*NOBODY, "readlink", "/proc/#{@started.last}/root", out: File::NULL), "an open process shows its root"
  ensure
    talk&.hang_up
    talk&.finish
  end
end
