# frozen_string_literal: true

require_relative "helper"
require "fileutils"
require "rbconfig"
require "tmpdir"
require "train-procroot/privileges"

# What the scanner starts is closed to others from its first instruction, where its program may be read by nobody.
class ClosedTest < ProcrootTest
  # Says its dumpable mark and its effective capabilities.
  ASK = <<~'RUBY'
    puts syscall(RUBY_PLATFORM.match?(/aarch64|arm64/) ? 167 : 157, 3, 0, 0, 0, 0)
    puts File.read("/proc/self/status")[/CapEff:\s*(\h+)/, 1]
  RUBY

  def setup
    super
    skip "needs root: others have no rights to lower" unless Process.uid.zero?
    @dir = Dir.mktmpdir
    @ruby = "#{@dir}/ruby"
    FileUtils.cp(RbConfig.ruby, @ruby)
  end

  def teardown
    FileUtils.rm_rf(@dir) if @dir
    super
  end

  it "closes a program that nobody may read, which then has all rights again" do
    ::File.chmod(0o111, @ruby)
    before = TrainProcroot::Privileges.effective
    said = TrainProcroot::Privileges.unreadable(@ruby) { IO.popen([@ruby, "-e", ASK], &:read) }.split
    assert_equal ["0", before], [said[0], said[1].to_i(16)]
    assert_equal before, TrainProcroot::Privileges.effective
  end

  it "would leave it open otherwise, since root may read anything" do
    ::File.chmod(0o111, @ruby)
    assert_equal "1", IO.popen([@ruby, "-e", ASK], &:read).split[0]
  end

  it "starts a program that may be read as ever" do
    assert_equal "1", TrainProcroot::Privileges.unreadable(@ruby) { IO.popen([@ruby, "-e", ASK], &:read) }.split[0]
  end
end
