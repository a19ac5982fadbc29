# frozen_string_literal: true

require_relative "asking"

class ProcessesTest < ProcrootTest
  include Asking

  PS = TrainProcroot::Natives::Processes::GNU
  BUSYBOX = TrainProcroot::Natives::Processes::BUSYBOX
  # As the processes resource reads a line.
  COLUMNS = /^(.+?)\s+(\d+)\s+([^ ]+)\s+([^ ]+)\s+([^ ]+)\s+([^ ]+)\s+([^ ]+)\s+([^ ]+)\s+(\w{3} \d{2}|\d{2}:\d{2}:\d{2})\s+([^ ]+)\s+([^ ]+)\s+(.*)$/ # rubocop:disable Layout/LineLength

  # [pid, user, command] of each line
  def processes(target)
    out(target, PS, :processes).lines(chomp: true).drop(1).map do |line|
      match = COLUMNS.match(line) or flunk "no line of ps: #{line}"
      [match[2].to_i, match[11], match[12]]
    end
  end

  it "shows the target's own processes, with the pids that the target sees" do
    target = target_dir
    target.start
    stray("sleep", "71", target: target)
    shown = processes(target)
    assert_equal 2, shown.size, shown.inspect
    assert_equal [1, "root"], shown.first.first(2)
    assert_equal ["root", "sleep 71"], shown.last.drop(1)
  end

  it "leaves out other containers, the machine and the scanner in a shared process namespace" do
    target, other = Array.new(2) { target_dir(namespaces: :mount).start }
    [target, other].each_with_index { |dir, index| stray("sleep", (81 + index).to_s, target: dir) }
    stray("sleep", "83")
    assert_equal [target.pid], processes(target).map(&:first) - processes(target).drop(1).map(&:first)
    assert_equal ["sleep 81"], processes(target).map(&:last).grep(/sleep 8/)
    assert_equal ["sleep 82"], processes(other).map(&:last).grep(/sleep 8/)
  end

  it "names users as the target does" do
    target = target_dir(uid: 1000, gid: 1000)
    assert_equal(["app"], processes(target).map { |process| process[1] })
    stranger = target_dir(uid: 4321, gid: 4321)
    assert_equal(["4321"], processes(stranger).map { |process| process[1] })
  end

  it "shows a process as one line, whatever it calls itself" do
    target = target_dir
    target.start
    hostile = ["evil) S 1 1\nroot 1 0.0", "\xFF\xFE".b, "a\tb", "x" * 120_000]
    hostile.each { |name| stray(["sleep", name.b], "91", target: target) }
    shown = processes(target)
    assert_equal hostile.size + 1, shown.size
    assert_includes shown.map(&:last), "evil) S 1 1 root 1 0.0 91"
    assert_includes shown.map(&:last), "?? 91"
    assert_operator out(target, PS, :processes).bytesize, :<, 200_000
  end

  it "shows a process without arguments by its name, and a zombie as one" do
    target = target_dir
    target.start
    stray(RbConfig.ruby, "--disable-gems", "-e", "spawn('true'); sleep", target: target)
    assert(soon? { processes(target).any? { |process| process.last == "[true] <defunct>" } })
  end

  it "gives busybox's columns where the target's ps is busybox, and says so when asked" do
    target = target_dir(environ: { "PATH" => "/bin" }) do |t|
      t.write("/bin/busybox", "x", mode: 0o755)
      t.symlink("/bin/busybox", "/bin/ps")
    end
    assert_includes ask(target, "ps --help", :processes).stderr, "BusyBox"
    assert_match(/^\s*1\s+\d+\s+\d+\s+\?\s+[RS] \s+0:00 root\s+\S*ruby/, out(target, BUSYBOX, :processes).lines[1])
    refute_includes ask(target_dir, "ps --help", :processes).stderr, "BusyBox"
  end

  it "fails when the target ends, instead of showing nothing" do
    target = target_dir.start
    context = target.context
    target.stop
    assert_raises(TrainProcroot::TargetGone) { TrainProcroot::Native.answer(PS, "processes", context) }
  end

  private

  def soon?
    50.times { yield ? (return true) : sleep(0.02) }
    false
  end
end
