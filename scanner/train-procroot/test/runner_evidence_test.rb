# frozen_string_literal: true

require "open3"
require_relative "with_runner"

# Programs that are missing and tools that did not look: when a command's answer is an answer.
class RunnerEvidenceTest < ProcrootTest
  include WithRunner

  it "notices a missing program wherever the text hides that it is missing" do
    run = bare_runner
    ["for x in 1 2; do nosuch $x 2>/dev/null; done; true", "nosuch 2>/dev/null | wc -l", "nosuch 2>/dev/null",
     "nosuch | wc -l", "nosuch; true", "! nosuch", "if nosuch; then echo yes; fi", "find /etc -exec nosuch {} \\;",
     "find /etc -name passwd -exec nosuch {} \\; 2>/dev/null", "env nosuch || true",
     "echo $(nosuch 2>&-)", "test -z \"$(nosuch)\"", "(nosuch &) ; true", "timeout 3 nosuch; true",
     "bash -c nosuch; true", "nosuch | wc -l; nosuch", "nosuch 2>&1", "for x in 1 2; do nosuch; done"].each do |text|
      answer = run.run(text)
      assert_equal "program nosuch is not in the target and is not supplied", answer.denied, text
      assert_nil answer.absent, text
    end
  end

  it "bears a program that writes nothing to standard error" do
    answer = runner(machine).run("perl -e 'syswrite(STDERR, q()); print q(said)'; grep nothing /dev/null")

    assert_equal ["said", nil], [answer.stdout, answer.denied]
  end

  it "answers as a shell inside where the control gets to see that a program is missing" do
    run = bare_runner
    { "nosuch" => "sh: nosuch: not found\n", "echo x | nosuch" => "sh: nosuch: not found\n",
      "true &&\nnosuch --version" => "sh: nosuch: not found\n",
      "/usr/bin/nosuch" => "sh: /usr/bin/nosuch: not found\n",
      "echo x | xargs nosuch" => "xargs: nosuch: No such file or directory\n",
      "env nosuch" => /\Aenv: .nosuch.: No such file or directory\n\z/ }.each do |text, said|
      answer = run.run(text)
      assert_equal ["", 127, nil], [answer.stdout, answer.exit_status, answer.denied], text
      assert_operator said, :===, answer.stderr, text
      assert_equal "nosuch", File.basename(answer.absent)
    end
  end

  it "says so in the words of the shell that such a system has" do
    { "/etc/debian_version" => "sh: 2: nosuch: not found\n", "/var/lib/dpkg/status.d/x" => "sh: 2: nosuch: not found\n",
      "/etc/redhat-release" => "sh: line 2: nosuch: command not found\n",
      "/etc/alpine-release" => "sh: nosuch: not found\n" }.each do |file, said|
      made = bare do |dir|
        dir.write(file, "")
        dir.write("/var/lib/rpm/x", "") if file.include?("alpine") # rpm may be installed anywhere
      end
      assert_equal said, runner(made).run("true\nnosuch").stderr, file
    end
  end

  it "says what this machine's own dash says" do
    made = bare { |dir| dir.write("/etc/debian_version", "12\n") }
    ["nosuch", "\n\nnosuch a b", "/usr/nosuch/x", "exec nosuch", "./nosuch"].each do |text|
      theirs, status = Open3.capture2e("dash", "-c", text.dup)
      answer = runner(made).run(text)
      assert_equal [theirs.sub(/\Adash: /, "sh: "), status.exitstatus], [answer.stderr, answer.exit_status], text
    end
  end

  it "notices a missing program that is named by its path, and one for awk's system()" do
    run = bare_runner

    assert_match(%r{program /usr/bin/nosuch is not}, run.run("/usr/bin/nosuch --version 2>/dev/null; true").denied)
    assert_match(%r{program /usr/bin/nosuch is not}, run.run("echo x | xargs /usr/bin/nosuch 2>/dev/null; true").denied)
    assert_match(%r{program /bin/sh is not}, run.run("awk 'BEGIN { system(\"ls\") }'").denied)
  end

  it "notices a program of the target's own that could not be started, wherever the text hides that" do
    %w[/etc/debian_version /etc/redhat-release].each do |file|
      run = runner(bare do |dir|
        dir.write(file, "")
        dir.write("/etc/script", "#!/bin/sh\necho said\n", mode: 0o755)
        dir.write("/etc/linked", File.binread("/bin/true"), mode: 0o755) # without its loader
        dir.write("/etc/data", "{}", mode: 0o644)
      end)
      ["/etc/script", "/etc/script 2>/dev/null; true", "cd /etc; ./script 2>/dev/null | cat",
       "/etc/linked 2>/dev/null || true", "find /etc/script -exec {} \\; 2>/dev/null",
       "(exec /etc/script) 2>&-; true"].each do |text|
        assert_match(/(script|linked) could not be started: its interpreter or loader is/, run.run(text).denied, text)
      end
      assert_match(/Permission denied/, run.run("/etc/data 2>/dev/null; true").denied)
    end
  end

  it "lets a program of the target's own say what it likes" do
    run = runner(bare do |dir|
      dir.add_programs("/usr/bin/perl")
      said = "find: x: Permission denied\\nsh: 1: x: not found\\n"
      dir.write("/etc/script", "#!/usr/bin/perl\nprint STDERR qq(#{said});\n", mode: 0o755)
    end)

    ["/etc/script", "/etc/script; exec /etc/script"].each { |text| assert_nil run.run(text).denied, text }
  end

  it "takes a final 127 for no evidence" do
    assert_match(/ended with 127/, bare_runner.run("exit 127").denied)
  end

  it "notices a tool's usage error though the text throws it away" do
    run = bare_runner
    { "find / -foo 2>/dev/null; true" => "find: unknown predicate `-foo'",
      "find / -xautofs -nouser 2>/dev/null | wc -l" => /-xautofs/,
      "ls --nope 2>/dev/null || true" => "ls: unrecognized option '--nope'",
      "grep -P '(' /etc/passwd 2>/dev/null; true" => /grep: missing closing/,
      "awk 'BEGIN {' 2>&-; true" => /\Aawk: /,
      "if; then" => /syntax error/ }.each do |text, said|
      assert_operator said, :===, run.run(text).denied, text
    end
  end

  it "does not know -xautofs in a target's own find either" do
    assert_match(/-xautofs/, runner(with_shell).run("find / -xautofs 2>/dev/null").denied)
  end

  it "takes an absent file, an empty list and a false test for answers" do
    run = bare_runner
    ["cat /etc/nope", "ls /nope 2>/dev/null", "grep nothing /etc/passwd", "find /etc -name nope", "test -f /etc/nope",
     "[ -x /usr/bin/nope ] && /usr/bin/nope", "command -v nope || true"].each do |text|
      assert_nil run.run(text).denied, text
    end
  end

  it "notices what a user may not read though the text throws that away" do
    made = bare(uid: 65_532, gid: 65_532)

    assert_equal "find: '/root': Permission denied", runner(made).run("find / -xdev -name x 2>/dev/null; true").denied
  end

  it "watches what the target's own tools say where the text throws it away" do
    made = with_shell(uid: 1000, gid: 1000) do |dir|
      dir.add_programs("/usr/bin/find", "/bin/grep", "/bin/ls")
      dir.write("/etc/secret", "x", mode: 0o600)
    end
    run = runner(made)
    { "find / -xdev -name x 2>/dev/null; true" => %r{\Afind: .?/root.?: Permission denied\z},
      "cat /etc/secret 2>/dev/null | cat" => "cat: /etc/secret: Permission denied",
      "find / -foo 2>/dev/null; true" => /\Afind: unknown predicate/,
      "ls /etc/passwd && cat < /etc/secret 2>/dev/null; true" => /cannot open/ }.each do |text, said|
      assert_operator said, :===, run.run(text).denied, text
    end
    ["ls /nosuch 2>/dev/null; true", "cat /etc/passwd", "nosuch 2>/dev/null; true", "echo 'find: x: Permission denied'",
     "grep root /etc/passwd"].each { |text| assert_nil run.run(text).denied, text }
  end

  it "does not let grep -s keep to itself what it may not read" do
    files = lambda do |dir|
      dir.write("/etc/secret", "x", mode: 0o600)
      dir.write("/open/a/b", "x")
      dir.write("/closed/a/b", "x", mode: 0o600)
    end
    own = runner(with_shell(uid: 1000, gid: 1000) do |dir|
      dir.add_programs("/bin/grep")
      files.call(dir)
    end)
    supplied = runner(bare(uid: 1000, gid: 1000, &files))
    [own, supplied].each do |run|
      ["grep -s x /etc/secret", "grep -rs x /closed", "grep --no-messages x /etc/secret", "cd /etc; grep -qs x secret",
       "grep -s x /etc/*"].each { |text| assert_match(/grep -s says nothing of/, run.run(text).denied, text) }
      ["grep -s root /etc/passwd", "grep -rs x /open", "grep -s x /nosuch", "grep -e s /etc/passwd"].each do |text|
        assert_nil run.run(text).denied, text
      end
    end
    assert_nil runner(bare(&files)).run("grep -rs x /closed /etc").denied
  end

  it "leaves a target's own shell its own answer for a missing program" do
    answer = runner(with_shell).run("nosuch")

    assert_equal [127, nil], [answer.exit_status, answer.denied]
  end
end
