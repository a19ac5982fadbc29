# frozen_string_literal: true

require_relative "helper"

# However the agent is stopped, no process of it is left and nothing in its scratch directory.
class StoppingTest < Minitest::Test
  include AgentTest

  SLEEPER = "7654321"

  def setup
    super
    @controls = <<~RUBY
      control "slow" do
        Process.detach(spawn("setsid", "sleep", "#{SLEEPER}"))
        File.write("#{@dir}/begun", Process.pid.to_s)
        system("sleep", "#{SLEEPER}")
      end
    RUBY
  end

  def in_the_middle(command = [RbConfig.ruby, AGENT, "--spec", "-"])
    talk = talk(spec({ pid: target }, profile(@controls)), command)
    talk.until("access")
    eventually(20) { File.size?("#{@dir}/begun") }
    talk
  end

  def assert_nothing_left(scratch: true)
    eventually { mentioning(SLEEPER).empty? }
    refute alive?(File.read("#{@dir}/begun")) if File.exist?("#{@dir}/begun")
    assert_empty Dir.children("#{@dir}/work") if scratch
    assert_empty Dir.children("#{@dir}/results")
  end

  def test_the_end_of_the_lifeline
    talk = in_the_middle
    talk.hang_up
    assert_equal 129, talk.finish.exitstatus
    assert_nothing_left
  end

  def test_the_end_of_the_lifeline_while_waiting_for_the_target
    talk = talk(spec({ marker: "NOBODY=#{SecureRandom.hex}" }, profile(PASSING), wait: 60))
    talk.until("waiting")
    talk.hang_up
    assert_equal 129, talk.finish.exitstatus
    assert_nothing_left
  end

  def test_the_end_of_the_lifeline_before_the_specification
    talk = Conversation.new([RbConfig.ruby, AGENT, "--spec", "-"], "")
    talk.hang_up
    assert_equal 129, talk.finish.exitstatus
    assert_empty talk.events
  end

  { "TERM" => 143, "INT" => 130 }.each do |signal, status|
    define_method("test_sig#{signal.downcase}") do
      talk = in_the_middle
      Process.kill(signal, talk.pid)
      assert_equal status, talk.finish.exitstatus
      assert_nothing_left
    end
  end

  def test_nobody_reads_any_more
    talk = in_the_middle
    talk.stop_reading
    # The control ends, and its progress cannot be told.
    eventually { mentioning(SLEEPER).length == 2 }
    mentioning(SLEEPER).each { |pid| Process.kill("KILL", pid) }
    assert_equal 129, Process.wait2(talk.pid).last.exitstatus
    assert_nothing_left
  end

  def test_the_auditor_dies_with_a_killed_agent
    @controls = "File.write('#{@dir}/begun', Process.pid.to_s)\nsleep 60"
    talk = in_the_middle
    auditor = File.read("#{@dir}/begun").to_i
    assert alive?(auditor)
    Process.kill("KILL", talk.pid)
    eventually { !alive?(auditor) }
    Process.wait(talk.pid)
  end

  def test_a_specification_in_a_file_needs_no_lifeline
    File.write("#{@dir}/spec.json", JSON.generate(spec({ pid: target }, profile(PASSING))))
    talk = Conversation.new([RbConfig.ruby, AGENT, "--spec", "#{@dir}/spec.json"], "")
    talk.hang_up
    assert_equal 0, talk.finish.exitstatus
    assert talk.one("end")
  end

  def test_a_specification_in_a_file_with_a_lifeline
    File.write("#{@dir}/spec.json", JSON.generate(spec({ pid: target }, profile(@controls))))
    talk = Conversation.new([RbConfig.ruby, AGENT, "--spec", "#{@dir}/spec.json", "--lifeline"], "")
    talk.until("access")
    eventually(20) { File.size?("#{@dir}/begun") }
    talk.hang_up
    assert_equal 129, talk.finish.exitstatus
    assert_nothing_left
  end
end
