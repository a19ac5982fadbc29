# frozen_string_literal: true

require_relative "helper"

# /proc/self is whoever asks; asked about the target it must never be the scanner.
class ProcTest < ProcrootTest
  SHARED = { namespaces: false }.freeze

  it "takes /proc/self, /proc/thread-self and /proc/1 for the target's main process" do
    dir = target_dir(environ: { "WHO" => "target" })
    %w[/proc/self/environ /proc/thread-self/environ /proc/1/environ //proc//self/environ].each do |path|
      assert_equal "WHO=target\0", dir.root.read(path), path
    end
  end

  it "does so too where the main process is not process 1" do
    dir = in_shared_pid_namespace(environ: { "WHO" => "target" })
    refute_equal 1, dir.target.namespace_pids.last
    %w[/proc/self/environ /proc/thread-self/environ /proc/1/environ].each do |path|
      assert_equal "WHO=target\0", dir.root.read(path), path
    end
    assert_equal dir.pid.to_s, dir.root.readlink("/proc/self")
  end

  it "does so through links that lead into /proc" do
    [target_dir(environ: { "WHO" => "target" }), in_shared_pid_namespace(environ: { "WHO" => "target" })].each do |dir|
      dir.symlink("/proc/self/environ", "/tmp/environ")
      dir.symlink("../proc/self", "/tmp/me")
      dir.symlink("/proc/mounts", "/etc/mtab")
      assert_equal "WHO=target\0", dir.root.read("/tmp/environ")
      assert_equal "WHO=target\0", dir.root.read("/tmp/me/environ")
      assert_equal dir.target.proc_file("mounts"), dir.root.read("/etc/mtab")
      assert_equal "/proc/#{dir.target.namespace_pids.last}/mounts", dir.root.realpath("/etc/mtab")
    end
  end

  it "asks the scanner's own /proc where the target has none mounted" do
    dir = target_dir(**SHARED, environ: { "WHO" => "target" })
    assert_equal "WHO=target\0", dir.root.read("/proc/self/environ")
    assert_equal "WHO=target\0", dir.root.read("/proc/1/environ")
    assert_nil dir.root.read("/proc/self/../../etc/passwd")
    assert_nil dir.root.read("/proc/meminfo")
  end

  it "follows a link of /proc that names a path, inside the root" do
    dir = target_dir { |made| made.write("/tmp/here", "") }
    assert dir.root.directory?("/proc/self/cwd/tmp")
    assert_equal dir.root.stat("/"), dir.root.stat("/proc/self/root")
    assert_nil dir.root.read("/proc/self/root/etc/hostname")
  end

  it "says that it cannot follow a link of /proc that names no path" do
    dir = target_dir
    number = dir.root.children("/proc/self/fd").find { |fd| !dir.root.readlink("/proc/self/fd/#{fd}").start_with?("/") }
    skip "the target holds no descriptor without a path" unless number
    error = assert_raises(TrainProcroot::CouldNotLook) { dir.root.stat("/proc/self/fd/#{number}") }
    assert_match(/which is no path in the target/, error.message)
  end

  private

  # As in a pod with a shared process namespace: /proc is mounted and shows the scanner too.
  def in_shared_pid_namespace(**options)
    target_dir(namespaces: :mount, **options)
  end
end
