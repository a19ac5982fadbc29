# frozen_string_literal: true

require_relative "with_runner"
require "train-procroot/privileges"
require "train-procroot/seccomp"

# Under a container runtime's own filter of system calls, which refuses what reads another process's memory, or which
# leaves no room for a filter that tells the runner.
class RunnerFilteredTest < ProcrootTest
  include WithRunner

  it "notices a missing program and a wrong option all the same" do
    run = bare_runner
    assert_match(/program nosuch is not in the target/, denied_where_filtered(run, "nosuch 2>/dev/null | cat"))
    assert_match(/unknown predicate/, denied_where_filtered(run, "find / -nosuch 2>/dev/null | cat"))
    assert_equal "", denied_where_filtered(run, "find / -maxdepth 1 | cat")
  end

  it "goes by the exit status and by what is seen where it is told nothing" do
    kinds = [bare, bare { |dir| dir.write("/etc/debian_version", "12\n") }]
    kinds.each do |made|
      assert_match(/program nosuch is not/, denied_where_filtered(runner(made), "nosuch | cat", :deaf))
      assert_match(/ended with 127/, denied_where_filtered(runner(made), "nosuch 2>/dev/null", :deaf))
      assert_match(/ended with 127/, denied_where_filtered(runner(made), "type cd; nosuch 2>/dev/null", :deaf))
      assert_match(/unknown predicate/, denied_where_filtered(runner(made), "find / -nosuch; true", :deaf))
      assert_equal "", denied_where_filtered(runner(made), "nosuch", :deaf)
      assert_equal "", denied_where_filtered(runner(made), "type cd >/dev/null; command -v ls || true", :deaf)
    end
  end

  private

  # What an answer lacks, when given to a process that is refused process_vm_readv (or that is told nothing).
  def denied_where_filtered(run, text, how = :filter)
    reader, writer = IO.pipe
    child = fork do
      send(how)
      writer.write(run.run(text).denied.to_s)
      run.close
    rescue TrainProcroot::CouldNotLook => e
      writer.write("no answer: #{e.message}")
    ensure
      exit!(0)
    end
    writer.close
    reader.read
  ensure
    Process.wait(child)
  end

  def filter
    seccomp = TrainProcroot::Seccomp
    refused = seccomp.if_equal(TrainProcroot::Sys::NUMBERS.fetch(:process_vm_readv), seccomp::REFUSE)
    TrainProcroot::Sys.prctl(TrainProcroot::Privileges::PR_SET_NO_NEW_PRIVS, 1)
    seccomp.install([seccomp.load(0), *refused, seccomp.give(seccomp::ALLOW)].join, listen: false)
  end

  # Only one filter may tell.
  def deaf
    seccomp = TrainProcroot::Seccomp
    TrainProcroot::Sys.prctl(TrainProcroot::Privileges::PR_SET_NO_NEW_PRIVS, 1)
    seccomp.install([seccomp.load(0), seccomp.give(seccomp::ALLOW)].join, listen: true)
  end
end
