# frozen_string_literal: true

require_relative "helper"

# The variable that sidescan puts into a target's environment to find it by is nothing of the target's.
class MarkerTest < Minitest::Test
  include AgentTest

  def answers(marker)
    name = marker.partition("=").first
    pid = start({ name => marker.partition("=").last, "WHO" => "target" }, "sleep", "1000")
    talk = run_agent(spec({ marker: marker }, profile(<<~RUBY)))
      control "resource" do
        describe(os_env("#{name}")) { its("content") { should be_nil } }
      end
      control "file" do
        describe(file("/proc/self/environ")) { its("content") { should_not include "#{name}" } }
        describe(file("/proc/self/environ")) { its("content") { should include "WHO=target" } }
      end
      control "command" do
        describe(command("env")) { its("stdout") { should_not include "#{name}" } }
        describe(command("cat /proc/#{pid}/environ")) { its("stdout") { should_not include "#{name}" } }
        describe(command("env")) { its("stdout") { should include "WHO=target" } }
      end
    RUBY
    assert_equal ["marker", pid], talk.one("identified").values_at("how", "pid")
    talk.statuses.transform_values { |statuses| statuses.include?("failed") ? "failed" : "passed" }
  end

  def test_no_answer_shows_the_marker_that_sidescan_made
    assert_equal %w[passed passed passed], answers("SIDESCAN_TARGET=#{SecureRandom.hex(6)}").values
  end

  def test_a_marker_of_the_users_choice_is_the_targets_own
    assert_equal %w[failed failed failed], answers("APP_#{SecureRandom.hex(3)}=web").values
  end
end
