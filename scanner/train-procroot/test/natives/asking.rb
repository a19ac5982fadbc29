# frozen_string_literal: true

require "open3"
require_relative "../helper"

# What the natives' tests share: a question and its answer.
module Asking
  # Answer of the natives in this target; nil when none knows the question.
  def ask(target, command, asker)
    TrainProcroot::Native.answer(command, asker.to_s, target.context)
  end

  def out(target, command, asker) = ask(target, command, asker).stdout

  # Starts a process that is no child of the scanner's, in the target's mount and pid namespaces when one is given. Its
  # pid as this machine counts; it is killed after the test.
  def stray(*command, target: nil, **options)
    reader, writer = IO.pipe
    Process.wait(detached { stray_parent(command, target, writer, options) })
    writer.close
    Integer(reader.gets).tap { |pid| (@strays ||= []) << pid }
  ensure
    reader.close
  end

  def teardown
    (@strays || []).each do |pid|
      Process.kill(:KILL, pid)
    rescue Errno::ESRCH
      nil
    end
    super
  end

  private

  # Runs the block in a grandchild whose parent ends at once; that parent's pid.
  def detached(&)
    fork do
      fork(&)
    ensure
      exit!(0)
    end
  end

  # Stays outside of the target, and reaps the stray at once: an unreaped one would keep the target's pid namespace
  # from ending until this machine's first process looks after it.
  def stray_parent(command, target, writer, options)
    TrainProcroot::Sys.prctl(36, 1) # PR_SET_CHILD_SUBREAPER
    fork do
      %w[pid net mnt].each { |kind| join(target, kind) } if target
      writer.puts(spawn(*command, pgroup: true, in: File::NULL, err: File::NULL, **options))
    ensure
      exit!(0)
    end
    writer.close
    Process.waitall
  ensure
    exit!(0)
  end

  def join(target, kind)
    File.open("/proc/#{target.pid}/ns/#{kind}") { |file| TrainProcroot::Sys.setns(file.fileno, 0) }
  end
end
