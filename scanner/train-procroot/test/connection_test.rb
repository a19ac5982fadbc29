# frozen_string_literal: true

require_relative "inspec_helper"

class ConnectionTest < InspecTest
  it "refuses what is no target, as a transport error that Train's callers know" do
    error = assert_raises(Train::TransportError) { Train.create("procroot", host: "4194304").connection }
    assert_match(/\Acould not look: process 4194304 does not exist/, error.message)
    assert_raises(Train::TransportError) { Train.create("procroot", host: Process.pid.to_s, start: "1").connection }
  end

  it "refuses options that it does not know" do
    dir = target_dir
    [{ commands: "readonly" }, { ownership: "?" }, { start: "soon" }, { command_timeout: "long" }].each do |options|
      assert_raises(Train::UserError, options.inspect) { connect(dir, **options) }
    end
  end

  it "is made from a URI" do
    dir = target_dir
    uri = "procroot://#{dir.target.pid}?start=#{dir.target.start}&commands=none&other=1"
    connection = Train.create("procroot", Train.unpack_target_from_uri(uri)).connection
    assert_equal dir.target.pid, connection.target.pid
    assert connection.file("/etc/passwd").exist?
  end

  it "records a cached command for each control that uses it and asks only once" do
    connection = connect(target_dir)
    connection.enable_cache(:command)
    connection.os
    %w[one two].each do |control|
      connection.ledger.scope(profile: "p", control: control) { inspec(connection).command("ls").exist? }
    end
    assert_equal([1, 1], %w[one two].map { |name| entry(connection, name)["answers"]["native"] })
    assert_same(*Array.new(2) { connection.run_command("sh -c 'type \"ls\"'") })
  end

  it "keeps a failure as it keeps an answer" do
    connection = connect(target_dir, commands: "none")
    connection.enable_cache(:command)
    errors = Array.new(2) { assert_raises(TrainProcroot::CouldNotLook) { connection.run_command("uptime") } }
    assert_same(*errors)
    assert_equal 2, entry(connection, nil)["answers"]["none"]
  end

  it "runs a control's command in the target" do
    dir = with_shell
    dir.write("/etc/app.conf", "inside\n")
    connection = connect(dir)
    result = connection.run_command("cat /etc/app.conf; exit 3")
    assert_equal ["inside\n", "", 3], result.to_a
    assert_equal Encoding::UTF_8, result.stdout.encoding
    assert_equal ["command cat /etc/app.conf; exit 3", "target", nil], asked(connection).last
  end

  it "tells of a program that a control's command needs and the target does not have, as an answer" do
    dir = target_dir
    tools = ENV["SIDESCAN_TOOLS"] || File.expand_path("../../../.sidescan/tools", __dir__)
    skip "needs the supplied tools" unless File.exist?("#{tools}/manifest.json")
    connection = connect(dir, tools: tools)
    assert_equal 127, connection.run_command("nosuch --version").exit_status
    assert_equal [["command nosuch --version", "supplied", nil],
                  ["program nosuch: the target has none", "native", nil]], asked(connection).last(2)
    assert_raises(TrainProcroot::CouldNotLook) { connection.run_command("nosuch --version | wc -l") }
  end

  it "raises Train's error for the caller's time limit and says 'could not look' for its own" do
    connection = connect(with_shell, command_timeout: "1")
    assert_raises(Train::CommandTimeoutReached) { connection.run_command("sleep 60", timeout: 1) }
    error = assert_raises(TrainProcroot::CouldNotLook) { connection.run_command("sleep 60") }
    assert_match(/longer than 1/, error.message)
    assert_equal(%w[none none], asked(connection).last(2).map { |_, how, _| how })
  end

  it "raises once the target has ended, whatever is asked" do
    dir = target_dir
    connection = connect(dir)
    connection.os
    dir.stop
    assert_raises(TrainProcroot::TargetGone) { connection.file("/etc/nothing").exist? }
    assert_raises(TrainProcroot::TargetGone) { inspec(connection).command("ss").exist? }
    assert_raises(TrainProcroot::TargetGone) { inspec(connection).os_env("PATH").content }
  end

  it "answers 400 questions about owner and mode in well under 0.2 ms of computing each" do
    dir = target_dir { |made| 400.times { |number| made.write("/many/#{number}", "") } }
    connection = connect(dir)
    connection.file("/etc/passwd").owner
    # Not by the clock on the wall: what else this machine does is no matter.
    started = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
    400.times { |number| connection.file("/many/#{number}").then { |file| [file.owner, file.mode] } }
    assert_operator Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - started, :<, 0.08 * 4
  end

  private

  def with_shell
    target_dir(environ: { "PATH" => "/bin" }) { |made| made.add_programs("/bin/sh", "/bin/cat", "/bin/sleep") }
  end

  def entry(connection, control)
    connection.ledger.to_h["controls"].find { |one| one["control"] == control }
  end
end
