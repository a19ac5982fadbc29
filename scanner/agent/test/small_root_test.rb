# frozen_string_literal: true

require_relative "helper"

# A target as a container has it: its own root, mount and process namespaces, and in the root next to nothing.
class SmallRootTest < Minitest::Test
  include AgentTest

  def setup
    super
    needs_root "its target has a root of its own"
    @root = "#{@dir}/root"
    %w[bin etc proc dev tmp].each { |name| FileUtils.mkdir_p("#{@root}/#{name}") }
    File.write("#{@root}/etc/passwd", "root:x:0:0:root:/:/bin/sh\n")
    File.write("#{@root}/etc/debian_version", "12.5\n")
    File.symlink("/etc/hostname-of-the-scanner", "#{@root}/etc/link")
    install("sleep")
  end

  # A program of this machine with the libraries it needs.
  def install(name)
    program = "/bin/#{name}"
    FileUtils.cp(program, "#{@root}/bin/#{name}")
    IO.popen(["ldd", program], &:read).scan(%r{/\S+}).each do |library|
      FileUtils.mkdir_p("#{@root}#{File.dirname(library)}")
      FileUtils.cp(library, "#{@root}#{library}")
    end
  end

  # The pid of a process that sleeps in the small root.
  def small_target
    mark = "SMALL_#{SecureRandom.hex}"
    parent = start({ mark => "1" }, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--root", @root,
                   "--mount-proc", "/bin/sleep", "1000")
    eventually { (mentioning(mark) - [parent]).find { |pid| File.readlink("/proc/#{pid}/exe").end_with?("/sleep") } }
  end

  def test_files_are_those_of_the_target
    controls = <<~RUBY
      control "files" do
        describe(file("/etc/passwd")) { its("content") { should eq "root:x:0:0:root:/:/bin/sh\\n" } }
        describe(file("/etc/shadow")) { it { should_not exist } }
        describe(file("#{@dir}")) { it { should_not exist } }
        describe(file("/etc/link")) { its("link_path") { should eq "/etc/hostname-of-the-scanner" } }
        describe(os) { its("name") { should eq "debian" } }
      end
    RUBY
    talk = run_agent(spec({ pid: small_target }, profile(controls)))
    assert_equal({ "files" => ["passed"] }, talk.statuses, talk.result.to_s)
    access = talk.one("access")
    assert_equal "none", access["commands"]
    assert_equal(["commands that are not answered natively"], access["limits"].map { |limit| limit["what"] })
  end

  def test_a_resource_that_cannot_say_its_name_does_not_cost_the_report
    controls = <<~RUBY
      control("group") { describe(group("staff")) { its("gid") { should eq 5 } } }
      control("file") { describe(file("/etc/passwd")) { it { should exist } } }
    RUBY
    talk = run_agent(spec({ pid: small_target }, profile(controls)))
    assert_equal({ "group" => ["failed"], "file" => ["passed"] }, talk.statuses, talk.error.to_s)
  end

  def test_a_command_that_nothing_can_answer_is_told_as_an_error
    controls = "control('asks') { describe(command('id -u')) { its('stdout') { should_not eq 'x' } } }"
    talk = run_agent(spec({ pid: small_target }, profile(controls)))
    assert_equal "error", talk.one("progress")["status"]
    asked = talk.evidence["controls"].find { |entry| entry["control"] == "asks" }
    assert(asked["asked"].any? { |one| one["denied"] })
  end

  def test_commands_run_in_the_target_and_end_with_the_agent
    install("sh")
    controls = <<~RUBY
      control "asks" do
        describe(command("echo $0 $PPID; test -e #{@dir} || echo inside")) { its("stdout") { should match(/inside/) } }
      end
      control "hangs" do
        File.write("#{@dir}/begun", "")
        describe(command("sleep 7654322 & sleep 7654321")) { its("stdout") { should eq "" } }
      end
    RUBY
    pid = small_target
    talk = talk(spec({ pid: pid }, profile(controls), commandTimeout: 50))
    talk.until("access")
    assert_equal "target-shell", talk.one("access")["commands"]
    eventually(20) { mentioning("765432").any? }
    talk.hang_up
    assert_equal 129, talk.finish.exitstatus
    eventually { mentioning("765432").empty? }
    assert alive?(pid)
    assert_equal ["/bin/sleep"], others_inside(pid)
  end

  def test_a_command_that_never_ends_is_ended_and_the_audit_goes_on
    install("sh")
    controls = "control('hangs') { describe(command('sleep 7654321')) { its('stdout') { should eq '' } } }\n#{PASSING}"
    talk = run_agent(spec({ pid: small_target }, profile(controls), commandTimeout: 1))
    assert_equal({ "hangs" => ["failed"], "one" => ["passed"] }, talk.statuses)
    assert_empty mentioning("7654321")
  end

  # Programs of the living processes in a process namespace.
  def others_inside(pid)
    space = File.readlink("/proc/#{pid}/ns/pid")
    Dir.children("/proc").grep(/\A\d+\z/).filter_map do |other|
      next unless File.readlink("/proc/#{other}/ns/pid") == space && alive?(other)

      File.binread("/proc/#{other}/cmdline").split("\0").first
    rescue SystemCallError
      nil
    end
  end
end
