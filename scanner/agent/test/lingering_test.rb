# frozen_string_literal: true

require_relative "helper"

# A container that has ended has no files any more: the agent stays for whoever comes for them.
class LingeringTest < Minitest::Test
  include AgentTest

  def lingering(profiles, last)
    talk = talk(spec({ pid: target }, profiles, linger: 600))
    assert talk.until(last), talk.events.last.inspect
    yield talk
    [talk.finish.exitstatus, talk.events.last["event"]]
  end

  def test_it_stays_after_the_end_until_it_is_told_to_go
    ended = lingering(profile(PASSING), "end") do |talk|
      assert_path_exists "#{@dir}/results/result.json"
      assert_nil Process.wait(talk.pid, Process::WNOHANG)
      Process.kill("TERM", talk.pid)
    end
    assert_equal [0, "end"], ended
  end

  def test_it_stays_after_an_error_and_keeps_its_exit_code
    ended = lingering("#{@dir}/nothing", "error") do |talk|
      assert_nil Process.wait(talk.pid, Process::WNOHANG)
      Process.kill("TERM", talk.pid)
    end
    assert_equal [1, "error"], ended
  end

  def test_it_goes_by_itself_when_the_time_is_up
    run_agent(spec({ pid: target }, profile(PASSING), linger: 0.2))
  end
end
