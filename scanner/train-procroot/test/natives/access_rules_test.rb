# frozen_string_literal: true

require_relative "asking"

# What is reckoned of a user's access is what the kernel says when that user asks.
class AccessRulesTest < ProcrootTest
  USERS = [[0, [0]], [1000, [1000]], [1000, [1000, 42]], [1001, [1001, 10]], [5, [5]]].freeze

  it "agrees with the kernel over owners, groups, modes, directories, links and access control lists" do
    target = target_dir { |t| make_files(t) }
    paths = Dir.glob("**/*", base: target.path).map { |name| "/#{name}" }.grep_v(%r{\A/proc/}) +
            ["/a/../b/open", "/nosuch", "/loop", "/b/nosuch/x", "/"]
    compared = 0
    USERS.product(paths, [4, 2, 1, 6, 7]).each do |(uid, groups), path, mode|
      theirs = by_kernel?(target, uid, groups, path, mode)
      assert_equal theirs, rules(target, uid, groups).allowed?(path, mode), "#{uid} #{groups} #{path} #{mode}"
      compared += 1
    end
    assert_operator compared, :>, 500
  end

  it "knows a root without the right to override modes, and one that may only read" do
    target = target_dir { |t| make_files(t) }
    none, reads = [0, 4].map { |capabilities| rules(target, 0, [0], capabilities) }
    assert_equal([false, true], [none, reads].map { |one| one.allowed?("/a/app", 4) })
    assert_equal([false, false], [none, reads].map { |one| one.allowed?("/a/app", 2) })
    assert_equal([false, true], [none, reads].map { |one| one.allowed?("/closed/open", 4) })
  end

  it "lets nobody write where the mount is read-only" do
    target = target_dir
    target.start
    system("nsenter", "--target", target.pid.to_s, "--mount", "mount", "--bind", "-o", "ro", "#{target.path}/etc",
           "#{target.path}/tmp", exception: true)
    system("nsenter", "--target", target.pid.to_s, "--mount", "mount", "-o", "remount,bind,ro", "#{target.path}/tmp",
           exception: true)
    assert_equal([false, true], [2, 4].map { |mode| rules(target, 0, [0]).allowed?("/tmp/passwd", mode) })
    assert_equal([false, true], [2, 4].map { |mode| by_kernel?(target, 0, [0], "/tmp/passwd", mode) })
    assert rules(target, 0, [0]).allowed?("/etc/passwd", 2)
  end

  private

  def rules(target, uid, groups, capabilities = uid.zero? ? 6 : 0)
    TrainProcroot::Natives::AccessRules.new(target.root, uid: uid, groups: groups, capabilities: capabilities)
  end

  def by_kernel?(target, uid, groups, path, mode)
    user = TrainProcroot::Natives::Accounts::User.new("x", "x", uid, groups.first, "", "/", "/")
    TrainProcroot::Natives::UserAccess.allowed?(target.root, path, mode, user, groups)
  end

  def make_files(target)
    { "/a/app" => [0o600, 1000, 1000], "/a/shadow" => [0o640, 0, 42], "/a/odd" => [0o077, 1000, 42],
      "/a/run" => [0o750, 0, 10], "/b/open" => [0o666, 0, 0], "/closed/open" => [0o666, 0, 0],
      "/list/user" => [0o640, 0, 0], "/list/group" => [0o640, 0, 0], "/list/masked" => [0o600, 0, 0] }
      .each { |name, ids| own(target, name, *ids) }
    File.chmod(0o700, target.on_host("/closed"))
    File.chown(5, 5, target.on_host("/closed"))
    target.symlink("../a/app", "/b/link")
    target.symlink("/closed/open", "/b/far")
    target.symlink("loop", "/loop")
    lists(target)
  end

  def own(target, name, mode, uid, gid)
    target.write(name, "x")
    File.chown(uid, gid, target.on_host(name))
    File.chmod(mode, target.on_host(name))
  end

  # user: 1000 may read and write; group: 10 may read; masked: what 1000 is given is masked away.
  def lists(target)
    list(target.on_host("/list/user"), [1, 6, -1], [2, 6, 1000], [4, 0, -1], [16, 6, -1], [32, 0, -1])
    list(target.on_host("/list/group"), [1, 6, -1], [4, 0, -1], [8, 4, 10], [16, 4, -1], [32, 0, -1])
    list(target.on_host("/list/masked"), [1, 6, -1], [2, 7, 1000], [4, 4, -1], [8, 6, 42], [16, 1, -1], [32, 7, -1])
  end

  # Ruby has no setxattr(2).
  def list(path, *entries)
    number = RUBY_PLATFORM.include?("aarch64") ? 5 : 188
    value = [2].pack("V") + entries.map { |tag, permissions, id| [tag, permissions, id & 0xffffffff].pack("vvV") }.join
    texts = ["#{path}\0", "system.posix_acl_access\0", value]
    Kernel.syscall(number, *texts.map { |text| TrainProcroot::Sys.pointer(text) }, value.bytesize, 0)
  rescue Errno::EOPNOTSUPP
    skip "the file system here keeps no access control lists"
  end
end
