# frozen_string_literal: true

require_relative "asking"

class ExistenceTest < ProcrootTest
  include Asking

  def exists?(target, name, asker = :command) = ask(target, "sh -c 'type \"#{name}\"'", asker).exit_status.zero?

  it "searches the target's own PATH, not the scanner's" do
    target = target_dir(environ: { "PATH" => "/app/bin:/usr/bin" }) do |t|
      t.write("/app/bin/tool", "x", mode: 0o755)
      t.write("/app/bin/data", "x", mode: 0o644)
      t.write("/bin/elsewhere", "x", mode: 0o755)
      t.symlink("/app/bin/tool", "/usr/bin/link")
      t.symlink("/bin/true", "/usr/bin/dangling")
      t.mkdir("/usr/bin/directory")
    end
    found = %w[tool data elsewhere link dangling directory ls ruby].select { |name| exists?(target, name) }
    assert_equal %w[tool link], found
    assert exists?(target, "/bin/elsewhere")
    refute exists?(target, "/bin/no")
    assert_equal "tool is /app/bin/tool\n", out(target, "sh -c 'type \"tool\"'", :command)
    assert_equal "/app/bin/tool\n", out(target, 'which "tool"', :command)
  end

  it "knows no shell words where there is no shell" do
    refute exists?(target_dir, "cd")
    shell = target_dir { |t| t.write("/bin/sh", "x", mode: 0o755) }
    assert exists?(shell, "cd")
    assert exists?(shell, "test")
    refute exists?(shell, "declare")
  end

  it "tells a resource that it may use what is answered natively, and a control the truth" do
    target = target_dir
    assert exists?(target, "ss", :port)
    assert exists?(target, "/usr/bin/getent", :groups)
    refute exists?(target, "ss", :command)
    refute exists?(target, "ss", :host)
    refute exists?(target, "getent", :port)
    refute exists?(target, "auditctl", :auditd)
  end

  it "answers a profile's own plain question where a supplied shell would find the supplied tools" do
    target = target_dir { |t| t.write("/usr/bin/tool", "x", mode: 0o755) }
    ["which tool", "command -v tool", "type tool", "sh -c 'type tool'", "sh -c 'command -v tool'"].each do |text|
      assert_equal 0, ask(target, text, :command).exit_status, text
      refute_equal 0, ask(target, text.sub("tool", "grep"), :command).exit_status, text
    end
    ["which tool grep", "which tool; id", "type $(id)", "which 'a b'"].each do |text|
      assert_nil ask(target, text, :command)
    end
  end

  it "leaves a profile's own question to the target's shell where it has one" do
    target = target_dir { |t| t.write("/bin/sh", "x", mode: 0o755) }
    assert_nil ask(target, "which tool", :command)
  end

  it "finds only what the target's user may execute" do
    target = target_dir(uid: 1000, gid: 1000) do |t|
      t.write("/usr/bin/roots", "x", mode: 0o700)
      t.write("/usr/bin/groups", "x", mode: 0o010)
      File.chown(0, 1000, t.on_host("/usr/bin/groups"))
      t.write("/usr/bin/all", "x", mode: 0o755)
    end
    assert_equal(%w[groups all], %w[roots groups all].select { |name| exists?(target, name) })
  end
end
