# frozen_string_literal: true

require_relative "helper"

# Where a cluster's pod has the agent's files, and what it leaves of them.
class FilesTest < Minitest::Test
  include AgentTest

  def archive
    profile(PASSING)
    path = "#{@dir}/0.tar.gz"
    assert system("tar", "-czf", path, "-C", @dir, "example")
    path
  end

  # In two parts, as a ConfigMap that holds 1 MiB would be given them.
  def parts(path)
    data = File.binread(path)
    half = data.bytesize / 2
    File.binwrite("#{path}.000", data[0...half])
    File.binwrite("#{path}.001", data[half..])
    File.delete(path)
    path
  end

  def environment(name, data, size)
    data.scan(/.{1,#{size}}/mn).each_with_index.to_h { |part, number| ["#{name}_#{number}", part] }
  end

  def test_a_profile_that_lies_there_in_parts_is_joined
    talk = run_agent(spec({ pid: target }, parts(archive)))
    assert_equal({ "one" => ["passed"] }, talk.statuses)
  end

  def test_a_part_that_is_missing_is_said
    path = parts(archive)
    File.rename("#{path}.001", "#{path}.002")
    error = run_agent(spec({ pid: target }, path), exit: 1).error
    assert_equal ["usage", "parts of #{path} are missing"], error.values_at("code", "message")
  end

  def test_an_ephemeral_container_gets_everything_by_its_environment
    told = <<~RUBY
      control "environment" do
        describe(ENV.keys.grep(/SIDESCAN_(SPEC|FILE)/)) { it { should be_empty } }
        describe(input("name")) { it { should eq "value" } }
      end
    RUBY
    profile(PASSING + told, yml: "inputs: [{name: name}]\n")
    assert system("tar", "-czf", "#{@dir}/0.tar.gz", "-C", @dir, "example")
    wanted = spec({ pid: target }, "env:0/0.tar.gz", auditor: { inputFiles: ["env:1/inputs.yml"] })
    variables = environment("SIDESCAN_SPEC", [JSON.generate(wanted)].pack("m0"), 100)
                .merge(environment("SIDESCAN_FILE_0", [File.binread("#{@dir}/0.tar.gz")].pack("m0"), 100))
                .merge("SIDESCAN_FILE_1_0" => ["name: value\n"].pack("m0"))
    assert_operator variables.length, :>, 12, "numbers of more than one digit are joined in their order"
    talk = Conversation.new([variables, RbConfig.ruby, AGENT, "--spec", "env:"], "")
    assert_equal 0, talk.finish.exitstatus, talk.error.inspect
    assert_equal({ "one" => ["passed"], "environment" => ["passed"] }, talk.statuses)
  end

  def test_a_variable_that_is_missing_is_said
    talk = run_agent(spec({ pid: target }, "env:0/0.tar.gz"), exit: 1)
    assert_equal "SIDESCAN_FILE_0_0 is not in the environment", talk.error["message"]
  end

  def test_results_and_scratch_are_for_nobody_else
    %w[work results].each { |name| Dir.mkdir("#{@dir}/#{name}", 0o777) }
    run_agent(spec({ pid: target }, profile(PASSING)))
    assert_equal([0o40700, 0o40700], %w[work results].map { |name| File.stat("#{@dir}/#{name}").mode })
  end

  def test_a_stored_file_is_printed_for_whoever_comes_for_it
    talk = run_agent(spec({ pid: target }, profile(PASSING)))
    %w[result.json evidence.json].each do |name|
      printed = IO.popen([RbConfig.ruby, AGENT, "--print", name, "--results", "#{@dir}/results"], "rb", &:read)
      assert_equal talk.file(name), Zlib.gunzip(printed)
    end
  end

  def test_printing_what_is_not_there_or_not_a_stored_file_fails
    [["result.json", 1], ["../../etc/passwd", 2]].each do |name, status|
      refute system(RbConfig.ruby, AGENT, "--print", name, "--results", @dir, out: File::NULL, err: File::NULL)
      assert_equal status, Process.last_status.exitstatus
    end
  end
end
