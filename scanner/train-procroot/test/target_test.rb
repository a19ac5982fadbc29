# frozen_string_literal: true

require_relative "helper"

class TargetTest < ProcrootTest
  it "refuses a pid that now belongs to another process" do
    dir = target_dir
    error = assert_raises(TrainProcroot::TargetGone) { TrainProcroot::Target.new(pid: dir.target.pid, start: 1) }
    assert_match(/\Acould not look: process \d+ is another one than the target/, error.message)
  end

  it "refuses a pid that does not exist" do
    assert_raises(TrainProcroot::TargetGone) { TrainProcroot::Target.new(pid: 4_194_304) }
  end

  it "refuses a kernel thread" do
    unless File.exist?("/proc/2/comm") && File.read("/proc/2/comm") == "kthreadd\n"
      skip "no kernel thread to be seen here"
    end
    error = assert_raises(TrainProcroot::CouldNotLook) { TrainProcroot::Target.new(pid: 2) }
    assert_match(/kernel thread/, error.message)
  end

  it "finds nothing absent once the target has ended: what it saw then is no evidence" do
    dir = target_dir
    root = dir.root
    dir.stop
    ["/etc/passwd", "/nothing", "/proc/self/status"].each do |path|
      assert_raises(TrainProcroot::TargetGone, path) { root.stat(path) }
    end
    assert_raises(TrainProcroot::TargetGone) { dir.target.proc_file("status") }
  end

  it "knows the target's user, environment, directory and capabilities" do
    dir = target_dir(uid: 1000, gid: 1000, environ: { "PATH" => "/usr/bin", "ODD" => "a=b\n" })
    assert_equal [1000, 1000], [dir.target.uid, dir.target.gid]
    assert_equal({ "PATH" => "/usr/bin", "ODD" => "a=b\n" }, dir.target.environ)
    assert_equal "/", dir.target.cwd
    assert_equal 0, dir.target.caps
    assert_operator dir.target.caps(:bounding), :>, 0
    assert_equal 1, dir.target.namespace_pids.last
  end

  it "has no id map where the user namespace is the scanner's" do
    assert_nil target_dir.target.uid_map
  end

  it "sees ids as the target's user namespace counts them" do
    dir = target_dir(map: 100_000) { |made| File.chown(101_000, 100_007, made.on_host("/etc/passwd")) }
    owners = TrainProcroot::Owners.new(dir.target, dir.root)
    stat = dir.root.stat("/etc/passwd")
    assert_equal [101_000, 100_007], [stat.uid, stat.gid]
    assert_equal [1000, 7], [owners.uid(stat.uid), owners.gid(stat.gid)]
    assert_equal %w[app UNKNOWN], [owners.user(1000), owners.group(7)]
    assert_equal TrainProcroot::Owners::OVERFLOW, owners.uid(5)
  end
end
