# frozen_string_literal: true

require_relative "helper"

# Every exit code and every broken result, without waiting for an auditor to have them.
class OutcomeTest < Minitest::Test
  include Sidescan::Agent

  WHOLE = { "profiles" => [{ "name" => "p", "status" => "loaded",
                             "controls" => [{ "id" => "a" }, { "id" => "b" }] }] }.freeze
  HEARD = { connected: {}, loaded: [{ name: "p", controls: %w[a b] }], total: 2,
            finished: { exit: 0, rendered: true } }.freeze

  def setup = @dir = Dir.mktmpdir
  def teardown = FileUtils.rm_rf(@dir)

  def status(code) = Process.wait2(fork { exit!(code) }).last

  def outcome(code, result: WHOLE, heard: HEARD, words: ["its words"])
    File.write("#{@dir}/result.json", result.is_a?(String) ? result : JSON.generate(result)) if result
    Outcome.new(status(code), heard, words).check("#{@dir}/result.json")
  end

  def failure(...) = assert_raises(Failure) { outcome(...) }

  def test_three_codes_are_audits
    assert_equal({ 0 => "all controls passed", 100 => "some controls failed",
                   101 => "no control failed, some were skipped" },
                 [0, 100, 101].to_h { |code| outcome(code).values_at(:exit, :meaning) })
  end

  def test_one_is_an_audit_only_when_the_result_was_written
    assert_equal "some controls failed", outcome(1)[:meaning]
    unwritten = HEARD.merge(finished: { exit: 1, rendered: false })
    assert_equal "auditor-failed", failure(1, heard: unwritten).code
  end

  def test_the_other_codes
    codes = { 2 => "auditor-failed", 3 => "profile-failed", 4 => "profile-failed", 5 => "profile-failed",
              6 => "profile-failed", 102 => "profile-failed", 130 => "auditor-failed", 172 => "auditor-failed",
              173 => "auditor-failed", 174 => "auditor-failed", 77 => "auditor-failed" }
    assert_equal(codes, codes.to_h { |code, _| [code, failure(code).code] })
    assert_match(/licence/, failure(172).hint)
  end

  def test_what_to_do_about_an_input
    told = ->(words) { failure(1, heard: { trouble: { message: words } }).hint }
    assert_match(/--input NAME=VALUE/, told.call("Input 'word' is required and does not have a value."))
    assert_match(/that type/, told.call("Input 'port' with value 'abc' does not validate to type 'Numeric'."))
    assert_match(/no licence/, told.call("ERROR: Unable to connect to the licensing server."))
  end

  def test_the_last_words_are_always_told
    assert_equal ["its words"], failure(77).details
    assert_match(/its words/, failure(77).message)
  end

  def test_an_exit_while_the_profile_loads_is_the_profiles_fault
    assert_equal "profile-failed", failure(1, heard: { connected: {} }).code
    assert_equal "auditor-failed", failure(1, heard: {}).code
  end

  def test_what_could_not_be_looked_at_before_any_control_is_a_lack_of_rights_and_not_the_profiles_fault
    [{}, { connected: {} }].each do |heard|
      words = "could not look: /etc/os-release: Permission denied"
      error = failure(1, heard: { **heard, trouble: { message: words } }, words: ["root.rb:133:in `guard'"])
      assert_equal ["access-denied", "the audit could not begin: #{words}", []],
                   [error.code, error.message, error.details]
      assert_match(/as root, or as the owner.*--access default/, error.hint)
    end
    assert_nil failure(1, heard: { trouble: { message: "could not look: commands are turned off" } }).hint
  end

  def test_no_result_or_half_a_result_is_none
    assert_equal "result-invalid", failure(0, result: nil).code
    ["", "{\"profiles\":[{", "[]", "{}", "{\"profiles\":[]}", "\xff"].each do |text|
      assert_equal "result-invalid", failure(0, result: text).code, text.inspect
    end
  end

  def test_a_result_that_lacks_a_loaded_control_is_none
    less = { "profiles" => [{ "name" => "p", "controls" => [{ "id" => "a" }] }] }
    error = failure(0, result: less)
    assert_equal "result-invalid", error.code
    assert_match(/lacks 1 controls of p: b/, error.message)
  end

  def test_a_profile_that_failed_or_was_skipped_is_no_audit
    %w[failed skipped].each do |status|
      error = failure(0, result: { "profiles" => [{ "name" => "p", "status" => status, "status_message" => "why" }] })
      assert_equal "profile-failed", error.code
      assert_match(/why/, error.message)
    end
  end

  def test_a_dependency_for_another_platform_is_skipped_as_it_was_meant
    with = { "profiles" => WHOLE["profiles"] + [{ "name" => "d", "status" => "skipped", "parent_profile" => "p",
                                                  "controls" => [] }] }
    assert_equal 0, outcome(0, result: with)[:exit]
  end

  def test_no_control_at_all_is_no_audit
    assert_equal "profile-failed", failure(0, heard: HEARD.merge(total: 0)).code
  end
end
