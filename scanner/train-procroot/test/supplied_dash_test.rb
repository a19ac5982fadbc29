# frozen_string_literal: true

require "etc"
require "open3"
require "zlib"
require_relative "with_runner"

# The supplied shell in a target of Debian's kin, whose own would be dash.
class SuppliedDashTest < ProcrootTest
  include WithRunner

  MISSING = "program nosuch is not in the target and is not supplied"

  def debian(**options)
    bare(**options) do |dir|
      dir.write("/etc/debian_version", "12\n")
      yield dir if block_given?
    end
  end

  # Standard output, standard error, exit status.
  def said(run, text)
    answer = run.run(text)
    [answer.stdout, answer.stderr, answer.exit_status]
  end

  # What this machine's dash says under the name of sh.
  def dash(text)
    out, err, status = Open3.capture3({ "LC_ALL" => "C" }, ["/bin/dash", "sh"], "-c", text.dup)
    [out, err, status.exitstatus]
  end

  # --- which

  it "is dash for Debian's kin and bash for others, also as the word sh" do
    texts = ["echo {1..2} 'a\\tb'", "sh -c 'echo {1..2}'", "find /etc/passwd -exec sh -c 'echo {1..2}' \\;",
             "echo x | xargs sh -c 'echo {1..2}'", "ps -o comm= -p $$; true"]
    { "/etc/debian_version" => ["{1..2} a\tb\n", *(["{1..2}\n"] * 3), "sh\n"],
      "/var/lib/dpkg/status.d/base" => ["{1..2} a\tb\n", *(["{1..2}\n"] * 3), "sh\n"],
      "/etc/redhat-release" => ["1 2 a\\tb\n", *(["1 2\n"] * 3), "bash\n"],
      "/etc/alpine-release" => ["1 2 a\\tb\n", *(["1 2\n"] * 3), "bash\n"],
      "/nothing" => ["1 2 a\\tb\n", *(["1 2\n"] * 3), "bash\n"] }.each do |file, expected|
      run = runner(bare { |dir| dir.write(file, "") })
      assert_equal expected, texts.map { |text| run.run(text).stdout }, file
    end
  end

  it "leaves bash what is said to bash, and the supplied scripts" do
    run = runner(debian { |dir| dir.write("/etc/a.gz", ["x\ny\n"].then { |text| Zlib.gzip(text.join) }) })

    assert_equal "1 2\n", run.run("bash -c 'echo {1..2}'").stdout
    assert_equal "1\n1\n", run.run("egrep -c '^root' /etc/passwd; zgrep -c y /etc/a.gz").stdout
  end

  it "answers as this machine's own dash" do
    run = runner(debian)
    ["set -o pipefail", "[[ a == a ]] && echo y", "echo {1..3}", "echo -e 'a\\tb'", "echo 'a\\tb'", "source /etc/nope",
     "printf '%q' a", "local x=1", "function f { echo f; }; f", "echo $((2**3))", "[ a -eq 1 ]; echo $?", "echo ${x!y}",
     "cat < /nothing", "echo x > /nothing/x", "cd /nothing", "true\n\nif; then", "eval nosuch", "exec nosuch",
     ". /nothing", ". nosuch", "ulimit -q", "test a == a; echo $?", "echo \"", "[[ a ]] 2>/dev/null"].each do |text|
      assert_equal dash(text), said(run, text), text
    end
  end

  it "can tell an answer from a look that failed as in a target with its own dash" do
    own = runner(with_shell { |dir| dir.write("/etc/closed", "", mode: 0o644) })
    supplied = runner(debian { |dir| dir.write("/etc/closed", "", mode: 0o644) })
    ["set -o pipefail; true", "echo ${x!y} 2>/dev/null", "if; then", "[ a -eq 1 ]; true", "cat < /nothing; true",
     "/etc/closed 2>/dev/null; true", "cd /nothing; true", "[[ a == a ]] 2>/dev/null; true", "source x || true",
     "declare x 2>/dev/null | cat", ". nosuch", "type nosuch >/dev/null", "x=$(command -v nosuch)", "hash nosuch; true",
     "echo $((1 +))"].each do |text|
      answers = [own.run(text), supplied.run(text)]
      assert_equal(*answers.map { |answer| [answer.stdout, answer.stderr, answer.exit_status, answer.denied] }, text)
    end
  end

  # --- look-ups

  it "looks programs up in the target's own path only" do
    run = runner(debian { |dir| dir.write("/usr/bin/own", "#!/bin/sh\n", mode: 0o755) })
    { "command -v ls" => ["", 127], "command -v own" => ["/usr/bin/own\n", 0], "command -v sh; true" => ["", 0],
      "command -V own; type own" => ["own is /usr/bin/own\n" * 2, 0], "type ls" => ["ls: not found\n", 127],
      "x=$(command -v ls || echo none); echo $x" => ["none\n", 0], "command -v cd | cat" => ["cd\n", 0],
      "for p in ls own cd; do command -v $p && echo yes; done" => ["/usr/bin/own\nyes\ncd\nyes\n", 0],
      "hash ls 2>/dev/null; echo $?; hash own; echo $?" => ["1\n0\n", 0],
      "which ls sh own" => ["/usr/bin/own\n", 1], "command -v command type hash" => ["command\n", 0],
      "type type; command -V cd" => ["type is a shell builtin\ncd is a shell builtin\n", 0] }.each do |text, expected|
      answer = run.run("#{text}\n")
      assert_equal [*expected, nil], [answer.stdout, answer.exit_status, answer.denied], text
    end
  end

  it "runs by `command` what that word runs, with its arguments as they are" do
    run = runner(debian)
    ["command echo 'a  b' '*' \"$(printf 'c\\nd')\" ''", "command cd /etc; pwd", "command export X=1; echo $X",
     "command false || echo no", "set -e; command false; echo no", "set -u; command; echo after", "command exit 3",
     "IFS=0127; command false; echo $?", "command umask 77; umask", "x=$(command printf %s 'a b'); echo \"$x\"",
     "echo() { command echo own \"$@\"; }; echo one; echo two",
     "printf 'a\\nb\\n' | while command read l; do echo \"[$l]\"; done",
     "type() { printf mine; }; type x; command -v type >/dev/null; type x", "command nosuch; echo $?",
     "(command -v cd); command -v cd & wait", "command . /nothing; echo $?",
     "if command true; then echo y; fi"].each do |text|
      assert_equal dash(text), said(run, text), text
    end
  end

  it "shows nothing of how it looks up" do
    answer = runner(debian).run("command -v cd; env | cut -d= -f1 | sort; set | grep -c own; alias")

    assert_equal "cd\nPATH\nPWD\n0\n", answer.stdout
  end

  it "keeps the lines' numbers" do
    run = runner(debian)
    ["nosuch", "command -v cd >/dev/null\n\nnosuch", "# type\nnosuch", "\n\nset -o nosuch"].each do |text|
      assert_equal dash(text), said(run, text), text
    end
  end

  # --- missing programs

  it "notices a missing program wherever the text hides that it is missing" do
    run = runner(debian)
    ["for x in 1 2; do nosuch $x 2>/dev/null; done; true", "nosuch 2>/dev/null | wc -l", "nosuch 2>/dev/null",
     "nosuch | wc -l", "nosuch; true", "! nosuch", "if nosuch; then echo yes; fi", "find /etc -exec nosuch {} \\;",
     "find /etc -name passwd -exec nosuch {} \\; 2>/dev/null", "env nosuch || true", "exec nosuch 2>/dev/null",
     "echo $(nosuch 2>&-)", "test -z \"$(nosuch)\"", "(nosuch &) ; true", "timeout 3 nosuch; true",
     "command nosuch; true", "sh -c nosuch; true", "bash -c nosuch; true", "nosuch | wc -l; nosuch", "nosuch 2>&1",
     "eval nosuch 2>&-; true",
     "for x in 1 2; do nosuch; done", "type ls >/dev/null; nosuch 2>/dev/null"].each do |text|
      answer = run.run(text)
      assert_equal MISSING, answer.denied, text
      assert_nil answer.absent, text
    end
    assert_match(/ended with 127/, run.run("exit 127").denied)
  end

  it "answers as a shell inside where the control gets to see that a program is missing" do
    run = runner(debian)
    { "nosuch" => "sh: 1: nosuch: not found\n", "echo x | nosuch" => "sh: 1: nosuch: not found\n",
      "true &&\nnosuch --version" => "sh: 2: nosuch: not found\n", "exec nosuch" => "sh: 1: exec: nosuch: not found\n",
      "command nosuch" => "sh: 1: nosuch: not found\n", "sh -c nosuch" => "sh: 1: nosuch: not found\n",
      "sleep 0 & nosuch" => "sh: 1: nosuch: not found\n", "/usr/bin/nosuch" => "sh: 1: /usr/bin/nosuch: not found\n",
      "echo x | xargs nosuch" => "xargs: nosuch: No such file or directory\n" }.each do |text, expected|
      answer = run.run(text)
      assert_equal ["", expected, 127, nil], [answer.stdout, answer.stderr, answer.exit_status, answer.denied], text
      assert_equal "nosuch", File.basename(answer.absent)
    end
  end

  it "hears what dash says once, also while its children end" do
    kernel = Etc.uname[:release].split(".").map(&:to_i)
    skip "this kernel lets a signal interrupt who is heard" if (kernel <=> [5, 19]).negative?
    run = runner(debian)
    text = "n=0; while [ $n -lt 40 ]; do n=$((n+1)); (exit 1) & done; nosuch"

    assert_equal(["nosuch"] * 60, Array.new(60) { run.run(text).absent })
  end

  it "takes it for no answer when dash could not become a program since a child ended meanwhile" do
    own = runner(with_shell { |dir| dir.add_programs("/bin/true") })
    children = "n=0; while [ $n -lt 60 ]; do n=$((n+1)); (exit 1) & done;"
    supplied = runner(debian)
    8.times do
      [own, supplied].each do |run|
        answer = run.run("#{children} exec true")

        assert_equal answer.exit_status.zero?, answer.denied.nil?, answer.to_a
      end
      answer = supplied.run("#{children} exec nosuch")

      assert answer.denied || answer.absent, answer.to_a
    end
  end

  # --- a hostile target

  it "loads nothing of the target by way of its environment" do
    environ = { "PATH" => "/evil%func:/usr/bin:%builtin:/bin", "ENV" => "/evil/run", "BASH_ENV" => "/evil/run",
                "PS4" => "$(echo evil >&2)", "IFS" => "o", "OPTIND" => "7", "LINENO" => "7", "HOME" => "/evil" }
    made = debian(environ: environ) do |dir|
      files = %w[/evil/grep /evil/run /etc/profile /evil/.profile /usr/bin/echo]
      files.each { |name| dir.write(name, "echo evil\n", mode: 0o755) }
    end
    answer = runner(made).run("grep -c root /etc/passwd; echo $PATH; x=foo; echo $x $OPTIND; set -x; true")

    assert_equal "1\n/usr/bin:/bin:/proc/self/fd/197/debian:/proc/self/fd/197/bin\nfoo 1\n", answer.stdout
    refute_includes answer.stderr, "evil"

    only = runner(debian(environ: { "PATH" => "/evil%func" })).run("echo $PATH; command -v ls")

    assert_match(%r{\A/usr/local/sbin:.*:/bin:/proc/self/fd/197/debian:/proc/self/fd/197/bin\n\z}, only.stdout)
  end

  it "stops a command that forks without end, and lets one fork while older children end" do
    run = runner(debian)

    assert_match(/more than 1000 processes/, could_not_look(run, "bomb() { bomb | bomb & }; bomb; sleep 15"))
    assert_equal ["done\n", "", 0], said(run, "for round in 1 2 3 4 5; do #{'(exit 1) | true;' * 100} done; echo done")
  end
end
