# frozen_string_literal: true

require_relative "asking"
require_relative "../inspec_helper"

class InitScriptsTest < InspecTest
  include Asking

  def scripts(environ: {})
    target_dir(environ: environ) do |t|
      t.write("/etc/alpine-release", "3.19.1\n")
      %w[app db .hidden].each { |name| t.write("/etc/init.d/#{name}", "", mode: 0o755) }
      t.mkdir("/etc/rc2.d")
      t.symlink("../init.d/app", "/etc/rc2.d/S01app")
      t.symlink("../init.d/db", "/etc/rc2.d/K01db")
      t.mkdir("/etc/rc.d/rc5.d")
      t.symlink("../init.d/db", "/etc/rc.d/rc5.d/S09db")
      t.symlink("rc.d/rc5.d", "/etc/rc5.d")
    end
  end

  it "says what ls and find say" do
    target = scripts.tap { |made| made.add_programs("/bin/sh", "/bin/ls", "/usr/bin/find") }
    ["ls -1 /etc/init.d/", 'find /etc/rc*.d /etc/init.d/rc*.d -name "S*"'].each do |text|
      theirs, = Open3.capture2e({ "LC_ALL" => "C.UTF-8" }, "chroot", target.path, "/bin/sh", "-c", text)
      ours = ask(target, text, :service)
      assert_equal theirs.tr("'", "’").lines.sort, (ours.stdout + ours.stderr).tr("‘", "’").lines.sort
      refute_empty ours.stdout
    end
    bare = target_dir
    assert_equal 2, ask(bare, "ls -1 /etc/init.d/", :service).exit_status
    assert_equal 1, ask(bare, 'find /etc/rc*.d /etc/init.d/rc*.d -name "S*"', :service).exit_status
  end

  it "has no service where there is no script, and none that runs where neither a shell nor its program is there" do
    resources = inspec(connect(scripts))
    refute resources.service("nosuch").installed?
    assert resources.service("app").installed?
    refute resources.service("app").running?
    answer = ask(scripts, "service app status", :service)
    assert_equal [127, "sh: service: not found\n"], [answer.exit_status, answer.stderr]
  end

  it "cannot say whether a service runs that was started once, where the program to ask is missing" do
    %w[/run/openrc/started/app /var/run/app.pid /run/app/app.pid].each do |trace|
      target = scripts.tap { |made| made.write(trace, "1") }
      error = assert_raises(TrainProcroot::CouldNotLook, trace) { inspec(connect(target)).service("app").running? }
      assert_match(/asks by `service app status`.*the target has no service/, error.message)
    end
  end

  it "cannot say whether a service runs that a process of the target may be, by its name or that of its script" do
    target = scripts
    target.write("/etc/init.d/nap", "DAEMON=/usr/bin/sleep\n", mode: 0o755)
    target.write("/etc/init.d/sleep", "", mode: 0o755)
    names = %w[nap sleep]
    names.each { |name| refute inspec(connect(target)).service(name).running?, name }
    stray("sleep", "91", target: target)
    names.each do |name|
      error = assert_raises(TrainProcroot::CouldNotLook, name) { inspec(connect(target)).service(name).running? }
      assert_match(/the target has no service/, error.message)
    end
    refute inspec(connect(target)).service("app").running?
  end

  it "has a service with a script, and not running where a full image has no program to ask" do
    target = scripts(environ: { "PATH" => "/bin" })
    target.add_programs("/bin/sh")
    service = inspec(connect(target)).service("app")
    assert service.installed?
    assert service.enabled?
    refute service.running?
    assert_equal [2], service.runlevels.select { |_level, on| on }.keys
  end
end
