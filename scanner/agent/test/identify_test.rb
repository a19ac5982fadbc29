# frozen_string_literal: true

require_relative "helper"

class IdentifyTest < Minitest::Test
  include AgentTest

  # A mount namespace of its own is what a container has at least.
  CONTAINER = %w[unshare --mount --propagation private].freeze

  # The agent in a process namespace with these targets and nothing else; see fixtures/pod.rb.
  def pod(spec, *targets)
    needs_root "it makes a process namespace"
    plan = JSON.generate(targets: targets)
    talk(spec, ["unshare", "--pid", "--mount-proc", "--fork", "--kill-child", RbConfig.ruby,
                "#{__dir__}/fixtures/pod.rb", plan, RbConfig.ruby, AGENT, "--spec", "-"])
  end

  def contained(*command) = { command: [*CONTAINER, *command] }

  def failure(wanted, **more)
    run_agent(spec(wanted, profile(PASSING), **more), exit: 1).error
  end

  def test_by_elimination_the_one_process_that_is_neither_the_scanner_nor_the_sandbox
    talk = pod(spec({}, profile(PASSING)), contained("sleep", "777"))
    assert_equal 0, talk.finish.exitstatus
    assert_equal ["elimination", %w[sleep 777]], talk.one("identified").values_at("how", "command")
  end

  def test_the_main_process_is_the_one_whose_parent_is_outside_the_target
    talk = pod(spec({}, profile(PASSING)), contained("sh", "-c", "sleep 778 & sleep 779 & wait"))
    assert_equal 0, talk.finish.exitstatus
    assert_equal "sh", talk.one("identified")["command"].first
    assert_operator talk.one("identified")["processes"], :>=, 1
  end

  def test_a_target_that_starts_later_is_waited_for_and_said_once
    talk = pod(spec({}, profile(PASSING)), contained("sleep", "777").merge(after: 2))
    assert_equal 0, talk.finish.exitstatus
    assert_equal 1, talk.all("waiting").length
    assert_equal %w[sleep 777], talk.one("identified")["command"]
  end

  # Ruby that starts a program with exactly those words; it writes for ever into a pipe that nobody reads.
  def holding(how, run = "test")
    "r, w = IO.pipe; #{how}(['yes', '/opt/sidescan/bin/hold'], 'sidescan-tools', '#{run}', out: w, 9 => r)"
  end

  def tools_holder(run = "test") = contained(RbConfig.ruby, "-e", holding("exec", run))

  def test_the_container_of_the_supplied_tools_is_no_candidate
    talk = pod(spec({}, profile(PASSING), toolsContainer: true, tools: "/nothing"), tools_holder,
               contained("sleep", "777"))
    assert_equal 0, talk.finish.exitstatus, talk.error.inspect
    assert_equal %w[sleep 777], talk.one("identified")["command"]
  end

  def test_that_of_another_run_is_one
    talk = pod(spec({}, profile(PASSING), toolsContainer: true, wait: 20), tools_holder("other"))
    assert_equal 0, talk.finish.exitstatus, talk.error.inspect
    assert_equal "/opt/sidescan/bin/hold", talk.one("identified")["command"].first
  end

  def test_a_process_in_the_middle_of_its_exec_is_waited_for_however_long_ago_it_was_made
    talk = pod(spec({}, profile(PASSING), wait: 20), { command: %w[sleep 777], wordless: 1.5 })
    assert_equal 0, talk.finish.exitstatus, talk.error.inspect
    assert_equal %w[sleep 777], talk.one("identified")["command"]
  end

  def test_the_container_of_the_supplied_tools_is_no_candidate_before_it_is_known_either
    holder = tools_holder.fetch(:command).drop(CONTAINER.length)
    talk = pod(spec({}, profile(PASSING), toolsContainer: true, tools: "/nothing", wait: 20),
               { command: holder, wordless: 2.5 }, contained("sleep", "777").merge(after: 4))
    assert_equal 0, talk.finish.exitstatus, talk.error.inspect
    assert_equal %w[sleep 777], talk.one("identified")["command"]
  end

  def test_nothing_is_taken_for_the_target_before_the_container_of_the_supplied_tools_is_known
    early = contained("sh", "-c", "sleep 1.5; exec \"$@\"", "sh", *tools_holder.fetch(:command))
    talk = pod(spec({}, profile(PASSING), toolsContainer: true, tools: "/nothing", wait: 20), early,
               contained("sleep", "777").merge(after: 3))
    assert_equal 0, talk.finish.exitstatus, talk.error.inspect
    assert_equal %w[sleep 777], talk.one("identified")["command"]
  end

  def test_a_target_without_words_is_one_in_the_end
    talk = pod(spec({}, profile(PASSING), wait: 20), { command: %w[sleep 777], wordless: 30 })
    assert_equal 0, talk.finish.exitstatus, talk.error.inspect
    assert_equal [], talk.one("identified")["command"]
  end

  def test_a_target_that_takes_the_words_of_the_tools_holder_is_found_out
    both = "#{holding('spawn')}; sleep"
    talk = pod(spec({}, profile(PASSING), toolsContainer: true), tools_holder, contained(RbConfig.ruby, "-e", both))
    assert_equal 1, talk.finish.exitstatus
    assert_equal ["target-ambiguous", "2 processes say that they hold the supplied tools"],
                 talk.error.values_at("code", "message")
  end

  def test_more_than_one_candidate_is_an_error_that_lists_them
    # Settled before the agent looks, so that it sees both.
    talk = pod(spec({}, profile(PASSING), wait: 10), contained("sleep", "771"), contained("sleep", "772"))
    assert_equal 1, talk.finish.exitstatus
    assert_equal "target-ambiguous", talk.error["code"]
    assert_match(/pid \d+: sleep 771/, talk.error["details"][0])
    assert_match(/pid \d+: sleep 772/, talk.error["details"][1])
  end

  def test_nothing_to_find_is_an_error_after_the_wait
    talk = pod(spec({}, profile(PASSING), wait: 0.5))
    assert_equal 1, talk.finish.exitstatus
    assert_equal "target-not-found", talk.error["code"]
  end

  def test_by_a_marker_in_its_environment
    marker = "SIDESCAN_TARGET=#{SecureRandom.hex}"
    target("SIDESCAN_TARGET" => "other")
    pid = target([marker.split("=", 2)].to_h)
    identified = run_agent(spec({ marker: marker }, profile(PASSING))).one("identified")
    assert_equal ["marker", pid], identified.values_at("how", "pid")
  end

  def test_a_marker_that_two_processes_beside_the_scanner_carry_is_ambiguous
    marker = "SIDESCAN_TARGET=#{SecureRandom.hex}"
    pids = Array.new(2) { target([marker.split("=", 2)].to_h) }
    error = failure({ marker: marker })
    assert_equal "target-ambiguous", error["code"]
    pids.each { |pid| assert_includes error["details"].join("\n"), "pid #{pid}: sleep 1000" }
  end

  def test_a_marker_that_nobody_carries_is_waited_for_in_vain
    error = failure({ marker: "SIDESCAN_TARGET=#{SecureRandom.hex}" }, wait: 0.3)
    assert_equal "target-not-found", error["code"]
  end

  # The runtime's files for /etc/hosts and so on show the id where the cgroup does not.
  def test_by_container_id_through_the_mounts
    needs_root "it makes a mount namespace"
    id = SecureRandom.hex(32)
    FileUtils.mkdir_p("#{@dir}/containers/#{id}")
    FileUtils.touch("#{@dir}/containers/#{id}/hosts")
    pid = start(*CONTAINER, "sh", "-c", "mount --bind \"$1\" /etc/hosts && exec sleep 888", "sh",
                "#{@dir}/containers/#{id}/hosts")
    ["containerd://#{id}", id[0, 12]].each do |wanted|
      identified = run_agent(spec({ containerId: wanted }, profile(PASSING))).one("identified")
      assert_equal ["container-id", pid, id], identified.values_at("how", "pid", "containerId")
    end
  end

  def test_by_container_id_in_the_cgroup
    id = SecureRandom.hex(32)
    parent = %w[/sys/fs/cgroup/unified /sys/fs/cgroup /sys/fs/cgroup/pids].find do |path|
      File.writable?(path) && File.exist?("#{path}/cgroup.procs")
    end
    skip "no cgroup can be made here" unless parent
    group = "#{parent}/docker-#{id}.scope"
    Dir.mkdir(group)
    pid = target
    File.write("#{group}/cgroup.procs", pid.to_s)
    identified = run_agent(spec({ containerId: id }, profile(PASSING))).one("identified")
    assert_equal ["container-id", pid, id], identified.values_at("how", "pid", "containerId")
  ensure
    Process.kill("KILL", pid) if pid
    Process.wait(pid) if pid
    Dir.rmdir(group) if group && File.directory?(group)
  end

  def test_a_pid_that_does_not_exist
    pid = fork { exit! }
    Process.wait(pid)
    assert_equal ["target-not-found", "there is no process #{pid}"], failure({ pid: pid }).values_at("code", "message")
  end

  def test_a_kernel_thread
    kthread = Dir.children("/proc").grep(/\A\d+\z/).map(&:to_i).find do |pid|
      Sidescan::Agent::Processes.find(pid)&.kernel_thread?
    end
    skip "no kernel thread can be seen here" unless kthread
    assert_match(/is a kernel thread/, failure({ pid: kthread })["message"])
  end

  def test_a_zombie
    pid = fork { exit! }
    eventually { !alive?(pid) }
    assert_equal "target-gone", failure({ pid: pid })["code"]
  ensure
    Process.wait(pid)
  end

  def test_a_pid_that_was_used_again
    error = failure({ pid: target, start: "1" })
    assert_equal "target-gone", error["code"]
    assert_match(/its pid was used again/, error["message"])
  end

  def test_a_root_that_may_not_be_entered_says_which_right_would_do
    needs_root "its target is another user's"
    dir = Dir.mktmpdir("sidescan-agent-unprivileged-")
    FileUtils.chown(65_534, 65_534, [dir, @dir])
    command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set", "-all",
               RbConfig.ruby, AGENT, "--spec", "-"]
    talk = talk(spec({ pid: target }, profile(PASSING), work: "#{dir}/work", results: "#{dir}/results"), command)
    assert_equal 1, talk.finish.exitstatus
    assert_equal %w[access access-denied], talk.error.values_at("phase", "code")
    assert_match(/run the scanner as uid 0, gid 0 with all capabilities, or with SETUID and SETGID .*SYS_PTRACE/,
                 talk.error["hint"])
  ensure
    FileUtils.rm_rf(dir) if dir
  end
end
