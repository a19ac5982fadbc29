# frozen_string_literal: true

require_relative "with_runner"

# Commands in a target that holds nothing, by the supplied shell; and in one with a shell of its own.
class RunnerTest < ProcrootTest
  include WithRunner

  # --- which shell

  it "runs a command by the target's own shell where it has one" do
    answer = runner(with_shell).run("echo $0; exit 3")

    assert_equal ["sh\n", 3, :target, nil], [answer.stdout, answer.exit_status, answer.how, answer.denied]
  end

  it "runs a command by the supplied shell in a root that holds nothing" do
    answer = bare_runner.run("echo $0 | cat; echo problem >&2; exit 4")

    assert_equal ["sh\n", "problem\n", 4, :supplied, nil, nil], answer.to_a
  end

  it "takes the supplied shell when the target's own cannot be started" do
    made = bare { |dir| dir.write("/bin/sh", File.binread("/bin/dash"), mode: 0o755) } # without its loader

    assert_equal :supplied, runner(made).run("true").how
  end

  it "knows whether the target has a shell and a program" do
    own = runner(with_shell)
    none = bare_runner

    assert_equal [true, "/bin/cat", nil], [own.own_shell?, own.which("cat"), own.which("ls")]
    assert_equal [false, nil], [none.own_shell?, none.which("ls")]
  end

  it "runs pipelines, find -exec, xargs, substitutions and the script tools" do
    run = bare_runner

    assert_equal "2\n", run.run("cat /etc/passwd | grep -c :").stdout
    assert_equal "/etc/passwd\n", run.run("find /etc -name passwd -exec ls {} \\;").stdout
    assert_equal "root:x:0:0:root:/root:/bin/sh\n", run.run("echo /etc/passwd | xargs head -n 1").stdout
    assert_equal "3 ROOT\n",
                 run.run("echo $(wc -l < /etc/group) $(sed -n 's/^root.*/\\U&/p' /etc/group | cut -d: -f1)").stdout
    assert_equal "1\n1\nroot\n", run.run("egrep -c '^(app)' /etc/passwd; fgrep -c app: /etc/passwd; " \
                                         "awk -F: 'NR==1{print $1}' /etc/passwd").stdout
    assert_equal "root:x:0:0:root:/root:/bin/sh\n", run.run("getent passwd root").stdout
  end

  it "looks programs up in the target's own path only" do
    answer = bare_runner.run("which ls; command -v ls; type ls 2>/dev/null; echo $?; command -v cd; command echo ran")

    assert_equal ["1\ncd\nran\n", nil], [answer.stdout, answer.denied]
  end

  # --- without tools

  it "says that a command needs a shell when there are no supplied tools" do
    assert_match(/could not look: the target has no shell, and there are no supplied tools/,
                 could_not_look(bare_runner(tools: nil), "true"))
  end

  it "says that supplied tools were made for another version" do
    Dir.mktmpdir do |tools|
      manifest = JSON.parse(File.read("#{TOOLS}/manifest.json"))
      File.write("#{tools}/manifest.json", JSON.generate(manifest.except("debian")))

      said = could_not_look(bare_runner(tools: tools), "true")

      assert_match(/no shell, and the supplied tools are of another version/, said)
    end
  end

  it "says that supplied tools cannot start in a root without /proc" do
    made = bare(namespaces: false)

    assert_match(%r{no shell, and no /proc}, could_not_look(runner(made), "true"))
  end

  # --- whose rights

  it "has the user, group, directory, environment and umask of the main process" do
    made = bare(uid: 1000, gid: 1000, environ: { "PATH" => "/opt/bin", "GREETING" => "hello\nyou" })
    answer = runner(made).run("id -u; id -g; pwd; umask; echo \"$GREETING\"; echo $PATH")

    assert_equal "1000\n1000\n/\n0022\nhello\nyou\n/opt/bin:/proc/self/fd/197/bin\n", answer.stdout
  end

  it "has what only looks like a variable of the shell's own" do
    made = bare(environ: { "ENVIRONMENT" => "production", "PS4_MODEL" => "console", "ENV" => "/evil.sh" })

    assert_equal "production console []\n", runner(made).run('echo $ENVIRONMENT $PS4_MODEL "[$ENV]"').stdout
  end

  it "has the capabilities of the main process, never more, and can gain none" do
    fields = "grep -E '^(CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Groups)' /proc/self/status"
    user = runner(bare(uid: 1000, gid: 1000)).run(fields).stdout
    root = bare
    root_sets = runner(root).run(fields).stdout

    no_sets = %w[CapPrm CapEff CapBnd CapAmb].map { |name| "#{name}:\t#{'0' * 16}\n" }.join

    assert_equal "Groups:\t \n#{no_sets}NoNewPrivs:\t1\n", user
    kept = root.target.caps(:permitted) & ~TrainProcroot::Runner::WITHHELD

    assert_includes root_sets, format("CapPrm:\t%016x", kept)
    assert_includes root_sets, "NoNewPrivs:\t1"
  end

  it "gives a command no descriptor but its own three, the tools and the mount table" do
    supplied = bare_runner.run("ls /proc/$$/fd; true").stdout.split
    own = runner(with_shell).run("for fd in /proc/$$/fd/*; do echo ${fd##*/}; done").stdout.split

    assert_equal %w[0 1 197 198 2], supplied
    assert_equal %w[0 1 2], own - ["3"] # dash has the directory itself open meanwhile
  end

  it "reads nothing from standard input" do
    assert_equal "", bare_runner.run("cat").stdout
  end

  # --- nothing of the target is loaded into a supplied tool

  it "loads neither the target's preload library nor its name service modules" do
    made = bare(environ: { "LD_PRELOAD" => "/evil.so", "BASH_ENV" => "/evil.sh",
                           "BASH_FUNC_ls%%" => "() { echo evil; }" }) do |dir|
      ["/evil.so", "/lib/x86_64-linux-gnu/libnss_evil.so.2", "/lib/libsystemd.so.0"].each do |name|
        dir.write(name, "evil", mode: 0o755)
      end
      dir.write("/etc/ld.so.preload", "/evil.so\n")
      dir.write("/etc/nsswitch.conf", "passwd: evil files\ngroup: evil files\n")
      dir.write("/evil.sh", "echo evil\n")
    end
    answer = runner(made).run("ls -l /etc/passwd; id -un; getent group root; ps -o comm= -p $$; " \
                              "grep -c evil /proc/self/maps")

    refute_includes answer.stdout + answer.stderr, "evil"
    assert_match(/root root .*\nroot\nroot:x:0:\nbash\n0\n\z/, answer.stdout)
  end

  it "lets a command not climb out of the root by the tools' descriptor" do
    mark = "/tmp/procroot-outside-#{Process.pid}"
    File.write(mark, "outside")
    %i[read-only any].each do |mode|
      answer = runner(bare, mode: mode)
               .run("cat /proc/self/fd/197/../../../../../..#{mark} /proc/self/fd/197/../.gitignore")

      assert_empty answer.stdout
    end
  ensure
    File.delete(mark)
  end
end
