# frozen_string_literal: true

require_relative "helper"
require "json"
require "train-procroot/privileges"

# Which rights are enough to look into a target, as a sidecar has them.
class EnteringTest < ProcrootTest
  BASELINE = (1 << 18) | (1 << 7) | (1 << 6) # SYS_CHROOT, SETUID, SETGID

  it "enters a target of another user with no more than Pod Security baseline allows" do
    assert_equal ["inside\n", "WHO=target\0", "target", "/"], looked(app, uid: 0, capabilities: BASELINE)
  end

  it "enters a target of its own user without any capability" do
    assert_equal ["inside\n", "WHO=target\0", "target", "/"], looked(app, uid: 65_532, capabilities: 0)
  end

  it "says that it may not enter, and why" do
    [[0, 0], [1000, 0]].each do |uid, capabilities|
      said = looked(app, uid: uid, capabilities: capabilities)
      assert_match(/\Acould not look: the root of process \d+ \(uid 65532, gid 65532\) may not be entered/, said)
      assert_match(/ by uid #{uid}: /, said)
    end
  end

  it "has its own ids again afterwards" do
    dir = app
    assert_equal([0, 0], as(uid: 0, capabilities: BASELINE) do
      TrainProcroot::Root.new(TrainProcroot::Target.new(pid: dir.pid))
      [Process.euid, Process.egid]
    end)
  end

  private

  # A target as a container runtime starts it: the program was executed by its user.
  def app
    target_dir(uid: 65_532, gid: 65_532, environ: { "WHO" => "target" }, program: ["/bin/sleep", "600"]) do |dir|
      dir.add_programs("/bin/sleep")
      dir.write("/etc/app.conf", "inside\n")
      dir.target
    end
  end

  # What a scanner with these rights sees, or what it says.
  def looked(dir, **rights)
    as(**rights) do
      target = TrainProcroot::Target.new(pid: dir.pid)
      root = TrainProcroot::Root.new(target)
      [root.read("/etc/app.conf"), root.read("/proc/self/environ"), target.environ["WHO"], target.cwd]
    rescue TrainProcroot::CouldNotLook => e
      e.message
    end
  end

  # The block's value in a child that has given up all other rights.
  def as(uid:, capabilities:)
    reader, writer = IO.pipe
    child = fork do
      TrainProcroot::Privileges.become(uid: uid, gid: uid, groups: [], capabilities: capabilities)
      TrainProcroot::Sys.prctl(TrainProcroot::Sys::PR_SET_DUMPABLE, 1)
      writer.write(JSON.generate([yield]))
    ensure
      exit!(0)
    end
    writer.close
    JSON.parse(reader.read).first
  ensure
    Process.wait(child)
  end
end
