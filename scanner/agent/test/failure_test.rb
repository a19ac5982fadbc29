# frozen_string_literal: true

require_relative "helper"

# Whatever goes wrong with the auditor, the profile or the disk: one clear last line, exit code 1, nothing left.
class FailureTest < Minitest::Test
  include AgentTest

  def failure(profiles, auditor: {}, **more)
    run_agent(spec({ pid: target }, profiles, auditor: auditor, **more), exit: 1).error
  end

  def profile_failure(profiles, **more)
    failure(profiles, **more).tap { |error| assert_equal "profile-failed", error["code"], error.inspect }
  end

  # Runs until the auditor has begun with the profile's control, then yields the conversation.
  def during(controls, **more)
    talk = talk(spec({ pid: target }, profile(controls), **more))
    talk.until("access")
    eventually(20) { File.size?("#{@dir}/begun") }
    yield talk
    [talk.finish.exitstatus, talk.error]
  end

  def slow(seconds = 60)
    <<~RUBY
      control "slow" do
        File.write("#{@dir}/begun", Process.pid.to_s)
        warn "its last words"
        sleep #{seconds}
      end
    RUBY
  end

  def auditor_pid = File.read("#{@dir}/begun").to_i

  def test_a_killed_auditor
    exit, error = during(slow) { Process.kill("KILL", auditor_pid) }
    assert_equal [1, "audit", "auditor-killed"], [exit, error["phase"], error["code"]]
    assert_includes error["details"], "its last words"
  end

  def test_a_crashed_auditor
    exit, error = during(slow) { Process.kill("SEGV", auditor_pid) }
    assert_equal [1, "auditor-killed"], [exit, error["code"]]
  end

  def test_a_hung_auditor_is_stopped_with_all_it_started
    hung = <<~RUBY
      away = spawn("setsid", "sleep", "42424243")
      File.write("#{@dir}/begun", away.to_s)
      system("sleep", "42424242")
    RUBY
    exit, error = during(hung, timeout: 4) { refute_equal 0, auditor_pid }
    assert_equal [1, "auditor-timeout"], [exit, error["code"]]
    assert_match(/longer than 4/, error["message"])
    refute alive?(auditor_pid), "what it had started and set free is still there"
    assert_empty mentioning("4242424")
  end

  def test_a_target_that_ends_during_the_audit
    exit, error = during(slow) { Process.kill("KILL", @started.last) && Process.wait(@started.last) }
    assert_equal [1, "target-gone"], [exit, error["code"]]
  end

  def test_a_target_that_becomes_a_zombie_during_the_audit
    exit, error = during(slow) { Process.kill("KILL", @started.last) }
    assert_equal [1, "target-gone"], [exit, error["code"]]
  end

  def test_an_auditor_that_is_not_there
    talk = talk(spec({ pid: target }, profile(PASSING)),
                ["env", "GEM_HOME=#{@dir}", "GEM_PATH=#{@dir}", RbConfig.ruby, AGENT, "--spec", "-"])
    assert_equal 1, talk.finish.exitstatus
    assert_equal "auditor-missing", talk.error["code"]
  end

  def test_a_profile_that_ends_the_auditor
    error = failure(profile("exit 3"))
    assert_equal "profile-failed", error["code"]
    assert_includes error["message"], "removed"
  end

  def test_a_syntax_error_is_told_in_the_auditors_words
    error = profile_failure(profile("control 'x' do\n  describe(\nend\n"))
    assert_match(/syntax error|unexpected/i, [error["message"], *error["details"]].join)
  end

  def test_an_error_outside_any_control
    assert_match(/nonsense/, profile_failure(profile("nonsense_here"))["message"])
  end

  def test_no_profile_at_all
    FileUtils.mkdir_p("#{@dir}/empty")
    assert_match(/profile/, profile_failure("#{@dir}/empty")["message"])
  end

  def test_a_profile_for_another_version_of_the_auditor
    error = profile_failure(profile(PASSING, yml: "inspec_version: '>= 99'\n"))
    assert_match(/99/, error["message"])
    assert_match(/version/, error["hint"])
  end

  def test_a_profile_for_another_platform
    error = profile_failure(profile(PASSING, yml: "supports:\n  - platform: windows\n"))
    assert_match(/not fit|unsupported platform/, error["message"])
  end

  def test_a_profile_without_controls
    assert_match(/no control/, profile_failure(profile("# nothing\n"))["message"])
  end

  def test_a_filter_that_matches_nothing
    assert_match(/no control/, profile_failure(profile(PASSING), auditor: { controls: ["other"] })["message"])
  end

  def test_a_missing_profile_or_file_is_a_mistake_of_the_caller
    assert_equal "usage", failure("#{@dir}/missing")["code"]
    assert_equal "usage", failure(profile(PASSING), auditor: { inputFiles: ["#{@dir}/missing.yml"] })["code"]
    assert_equal "usage", failure(profile(PASSING), auditor: { waiverFiles: ["#{@dir}/missing.yml"] })["code"]
  end

  def test_a_wrong_specification_names_what_is_wrong
    error = run_agent(spec({ pid: 1 }, profile(PASSING), wrong: true), exit: 1).error
    assert_equal ["usage", "the specification is wrong: wrong is unknown"], error.values_at("code", "message")
  end

  def test_results_that_cannot_be_stored
    File.write("#{@dir}/file", "")
    assert_equal %w[start storage],
                 failure(profile(PASSING), results: "#{@dir}/file/results").values_at("phase", "code")
  end

  # The conversation of an audit of which one place (:results, :work) is on a disk of 16 KiB.
  def full_disk(place)
    needs_root "it mounts a small file system"
    mount = ["unshare", "--mount", "--propagation", "private", "sh", "-c",
             "mount -t tmpfs -o size=16k tmpfs \"$1\" && shift && exec \"$@\"", "sh", "#{@dir}/full"]
    Dir.mkdir("#{@dir}/full")
    long = "control('one') { title 'x' * 50_000; describe(1) { it { should eq 1 } } }"
    talk = talk(spec({ pid: target }, profile(long), place => "#{@dir}/full"),
                [*mount, RbConfig.ruby, AGENT, "--spec", "-"])
    assert_equal 1, talk.finish.exitstatus
    talk
  end

  def test_a_full_disk
    talk = full_disk(:results)
    assert_equal %w[store storage], talk.error.values_at("phase", "code")
    assert_match(/No space left/, talk.error["message"])
  end

  def test_a_full_scratch_disk
    talk = full_disk(:work)
    assert_equal %w[audit storage], talk.error.values_at("phase", "code"), talk.error.inspect
  end

  def test_noise_of_a_megabyte_is_kept_out_and_cut
    _, error = during("#{'$stderr.puts "y" * 1000;' * 2} 2000.times { $stderr.puts 'z' * 500 }\n#{slow}",
                      timeout: 20) do
      Process.kill("KILL", auditor_pid)
    end
    assert_operator error["details"].length, :<=, 20
    assert_equal "its last words", error["details"].last
  end
end
