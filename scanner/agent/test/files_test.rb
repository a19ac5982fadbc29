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

  # As many variables as it takes.
  def bundle(spec, files)
    data = { spec: spec, files: files.transform_values { |content| [content].pack("m0") } }
    pieces = [Zlib.gzip(JSON.generate(data))].pack("m0").scan(/.{1,40}/)
    pieces.each_with_index.to_h { |piece, number| ["PIECES_#{number}", piece] }.merge("PIECES" => pieces.length.to_s)
  end

  def from_environment(variables)
    Conversation.new([variables, RbConfig.ruby, AGENT, "--spec-env", "PIECES"], "")
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
        describe(ENV.keys.grep(/PIECES/)) { it { should be_empty } }
        describe(input("name")) { it { should eq "value" } }
      end
    RUBY
    profile(PASSING + told, yml: "inputs: [{name: name}]\n")
    assert system("tar", "-czf", "#{@dir}/0.tar.gz", "-C", @dir, "example")
    paths = %w[0.tar.gz inputs.yml].map { |name| "#{@dir}/private/files/#{name}" }
    variables = bundle(spec({ pid: target }, paths[0], auditor: { inputFiles: [paths[1]] }),
                       paths[0] => File.binread("#{@dir}/0.tar.gz"), paths[1] => "name: value\n")
    assert_operator variables.length, :>, 12, "numbers of more than one digit are joined in their order"
    talk = from_environment(variables)
    assert_equal 0, talk.finish.exitstatus, talk.error.inspect
    assert_equal({ "one" => ["passed"], "environment" => ["passed"] }, talk.statuses)
    assert_equal 0o40700, File.stat("#{@dir}/private").mode
  end

  def test_a_piece_that_is_missing_is_said
    talk = from_environment(bundle(spec({ pid: target }, "/x"), {}).except("PIECES_1"))
    assert_equal 1, talk.finish.exitstatus
    assert_equal "the variable PIECES_1 is not in the environment", talk.error["message"]
  end

  def test_pieces_that_are_something_else_are_said
    talk = from_environment({ "PIECES" => "1", "PIECES_0" => "xx" })
    assert_equal 1, talk.finish.exitstatus
    assert_equal ["usage", "PIECES and its pieces are not a specification with its files"],
                 talk.error.values_at("code", "message")
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
