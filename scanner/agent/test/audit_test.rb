# frozen_string_literal: true

require_relative "helper"

class AuditTest < Minitest::Test
  include AgentTest

  CONTROLS = <<~RUBY
    puts "noise on stdout"
    $stderr.puts "noise on stderr"
    system("echo", "noise of a child")
    STDOUT.syswrite("noise without newline")

    control "passes" do
      title "passwd is there\\u0007 \\u2028 and \#{"long " * 10_000}"
      impact 0.7
      describe file("/etc/passwd") do
        it { should exist }
        its("content") { should match(/root/) }
      end
    end

    control "fails" do
      impact 1.0
      describe file("/etc/passwd") do
        it { should exist }
        it { should_not exist }
      end
    end

    control "skips" do
      only_if("never") { false }
      describe(file("/etc/passwd")) { it { should exist } }
    end

    control "does not apply" do
      impact 0.0
      describe(file("/etc/passwd")) { it { should_not exist } }
    end

    control "raises" do
      raise "in the control's own code"
    end

    control "one of two" do
      describe.one do
        describe(file("/etc/passwd")) { it { should exist } }
        describe(file("/etc/passwd")) { it { should_not exist } }
      end
    end

    control "checks nothing" do
    end
  RUBY

  def test_a_live_process_is_audited_and_the_result_delivered_whole
    pid = target
    talk = run_agent(spec({ pid: pid }, profile(CONTROLS)))

    assert_equal "hello", talk.events.first["event"]
    assert_equal "end", talk.events.last["event"]
    assert_equal({ "how" => "pid", "pid" => pid, "command" => %w[sleep 1000] },
                 talk.one("identified").slice("how", "pid", "command"))
    assert talk.one("access")["files"]
    assert_equal "5.24.24", talk.one("auditor")["version"]
    assert_equal 100, talk.one("stored")["auditor"]["exit"]
    assert_equal({ "passes" => ["passed"], "fails" => %w[passed failed], "skips" => ["skipped"],
                   "does not apply" => ["failed"], "raises" => ["failed"], "one of two" => ["passed"],
                   "checks nothing" => [] }, talk.statuses)
  end

  def test_what_is_delivered_is_what_was_stored
    talk = run_agent(spec({ pid: target }, profile(PASSING)))
    assert_equal talk.file("result.json"), File.binread("#{@dir}/results/result.json")
    assert_equal talk.file("evidence.json"), File.binread("#{@dir}/results/evidence.json")
  end

  def test_results_are_for_nobody_else_unless_they_are_shared
    modes = lambda do
      ["", "/result.json", "/evidence.json"].map { |name| File.stat("#{@dir}/results#{name}").mode & 0o777 }
    end
    run_agent(spec({ pid: target }, profile(PASSING)))
    assert_equal [0o700, 0o600, 0o600], modes.call
    run_agent(spec({ pid: target }, profile(PASSING), shareResults: true))
    assert_equal [0o755, 0o644, 0o644], modes.call
  end

  def test_each_control_is_told_once_when_its_last_check_is_done
    talk = run_agent(spec({ pid: target }, profile(CONTROLS)))
    progress = talk.all("progress")

    assert_equal({ "passes" => "passed", "fails" => "failed", "skips" => "skipped", "does not apply" => "skipped",
                   "raises" => "failed", "one of two" => "passed", "checks nothing" => "error" },
                 progress.to_h { |event| event.values_at("control", "status") })
    assert_equal((1..7).to_a, progress.map { |event| event["done"] })
    assert_equal [7], progress.map { |event| event["total"] }.uniq
    loaded = talk.one("loaded")
    assert_equal talk.statuses.keys, loaded["profiles"].first["controls"]
    assert_operator talk.events.index(loaded), :<, talk.events.index(progress.first)
  end

  def test_the_evidence_says_which_control_asked_what
    controls = <<~RUBY
      at_load = file("/etc/hostname").content
      control "in its block" do
        text = file("/etc/hosts").content
        describe(text) { it { should_not be_nil } }
      end
      control "in its check" do
        describe(file("/etc/passwd")) { its("content") { should_not be_nil } }
      end
      control "in one of two" do
        describe.one do
          describe(file("/etc/group")) { it { should exist } }
          describe(file("/etc/nothing")) { it { should exist } }
        end
      end
    RUBY
    asked = run_agent(spec({ pid: target }, profile(controls))).evidence["controls"].to_h do |entry|
      [entry["control"], entry["asked"].map { |question| question["ask"] }.join("\n")]
    end

    assert_includes asked["in its block"], "/etc/hosts"
    refute_includes asked["in its block"], "/etc/passwd"
    assert_includes asked["in its check"], "/etc/passwd"
    assert_includes asked["in one of two"], "/etc/nothing"
    assert_includes asked[nil], "/etc/hostname"
  end

  def test_inputs_keep_their_types_and_win_over_input_files
    controls = <<~RUBY
      control "inputs" do
        describe(input("text")) { it { should eq "007" } }
        describe(input("number")) { it { should eq 8 } }
        describe(input("list")) { it { should eq ["a", true] } }
        describe(input("from file")) { it { should eq "file" } }
      end
    RUBY
    File.write("#{@dir}/inputs.yml", "number: 1\nfrom file: file\n")
    auditor = { inputs: { "text" => "007", "number" => 8, "list" => ["a", true] }, inputFiles: ["#{@dir}/inputs.yml"] }
    talk = run_agent(spec({ pid: target }, profile(controls), auditor: auditor))
    assert_equal({ "inputs" => ["passed"] }, talk.statuses)
  end

  def test_waivers_skip_what_they_waive
    File.write("#{@dir}/waivers.yml", "fails:\n  run: false\n  justification: accepted\n")
    auditor = { waiverFiles: ["#{@dir}/waivers.yml"], controls: %w[passes fails] }
    talk = run_agent(spec({ pid: target }, profile(CONTROLS), auditor: auditor))
    assert_equal({ "passes" => ["passed"], "fails" => ["skipped"] }, talk.statuses)
    assert_equal 101, talk.one("stored")["auditor"]["exit"]
  end

  def test_only_the_controls_asked_for_are_loaded_and_run
    auditor = { controls: ["/^does/", "passes", "misspelt"] }
    talk = run_agent(spec({ pid: target }, profile(CONTROLS), auditor: auditor))
    assert_equal ["passes", "does not apply"], talk.one("loaded")["profiles"].first["controls"]
    assert_equal 2, talk.one("loaded")["total"]
    assert_equal 2, talk.all("progress").length
    assert_equal "no control of the profile is named misspelt", talk.one("notice")["message"]
  end

  def test_tags_choose_controls
    tagged = "control 'tagged' do\n tag 'web'\n describe(1) { it { should eq 1 } }\nend\n#{PASSING}"
    talk = run_agent(spec({ pid: target }, profile(tagged), auditor: { tags: ["web"] }))
    assert_equal ["tagged"], talk.one("loaded")["profiles"].first["controls"]
    assert_equal 0, talk.one("stored")["auditor"]["exit"]
  end

  def test_many_controls_with_long_ids_are_all_told_of
    ids = Array.new(400) { |n| "control-#{n}-#{'x' * 80}" }
    controls = "#{ids.inspect}.each { |id| control(id) { describe(1) { it { should eq 1 } } } }"
    talk = run_agent(spec({ pid: target }, profile(controls)))
    assert_operator talk.all("loaded").length, :>, 1
    assert_equal(ids, talk.all("loaded").flat_map { |event| event["profiles"].flat_map { |one| one["controls"] } })
    assert_equal 400, talk.all("progress").length
  end

  def test_two_profiles_run_in_one_audit
    other = profile(PASSING.sub("one", "two"), name: "other")
    talk = run_agent(spec({ pid: target }, [profile(PASSING), other]))
    assert_equal({ "one" => ["passed"], "two" => ["passed"] }, talk.statuses)
    assert_equal(%w[example other], talk.all("loaded").flat_map { |event| event["profiles"].map { |one| one["name"] } })
  end

  def test_the_result_says_how_it_was_made
    talk = run_agent(spec({ pid: target }, profile(PASSING), virtualization: "podman"))
    assert_equal "podman", talk.result["passthrough"]["sidescan"]["virtualization"]
  end

  def test_bytes_that_are_no_text_cost_neither_the_result_nor_the_audit
    File.binwrite("#{@dir}/data", "a\xff\xfe\0b")
    controls = <<~RUBY
      control "bytes" do
        title "caf\\xe9"
        describe(file("#{@dir}/data")) { its("content") { should eq "no" } }
        describe("described \\xff") { it { should eq "no" } }
        describe("plain") { it("says \\xff") { raise "because \\xff" } }
      end
      #{PASSING}
    RUBY
    talk = run_agent(spec({ pid: target }, profile(controls)))
    assert_equal({ "bytes" => ["failed"], "one" => ["passed"] }, talk.statuses)
    assert_equal "caf\uFFFD", talk.one("progress")["title"]
  end
end
