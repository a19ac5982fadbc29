# frozen_string_literal: true

require "minitest/autorun"
require "timeout"
require "tmpdir"
require_relative "../lib/sidescan/pod"

module Sidescan
  # The parts of the pod that need no namespaces; test/local of the TypeScript half runs it whole.
  class PodTest < Minitest::Test
    def identity(user, group = nil, passwd: "root:x:0:0::/root:/bin/sh\n1000:x:7:8::/odd:/x\n", groups: "")
      Dir.mktmpdir do |etc|
        File.binwrite("#{etc}/passwd", passwd)
        File.binwrite("#{etc}/group", groups)
        Pod::Identity.new(user, group, etc: etc)
      end
    end

    def test_nobody_in_particular_is_root
      found = identity(nil)
      assert_equal [0, 0, [], "/root"], [found.uid, found.gid, found.groups, found.home]
    end

    def test_a_name_that_looks_like_a_number_is_a_name
      assert_equal 7, identity("1000").uid
    end

    def test_a_number_that_nobody_has_stands_for_itself_with_group_zero
      found = identity("65532")
      assert_equal [65_532, 0, "/"], [found.uid, found.gid, found.home]
    end

    def test_lines_that_are_no_entries_are_passed_over
      passwd = "# comment\n\xff\xfe:x\nbroken:x:1\napp:x:5:6::/home/app:/x\n".b
      assert_equal([5, 6], identity("app", passwd: passwd).then { |found| [found.uid, found.gid] })
    end

    def test_an_entry_with_no_number_is_refused
      error = assert_raises(Pod::Failure) { identity("app", passwd: "app:x:five:6::/:/x\n") }
      assert_match(/no usable number/, error.message)
    end

    def test_the_highest_number_means_nobody_and_is_refused
      assert_raises(Pod::Failure) { identity("4294967295") }
    end

    def test_the_holder_waits_until_it_is_killed
      holder = Pod::Holder.open
      pid = fork { exec(["/proc/self/fd/#{holder.fileno}", "hold"]) }
      Timeout.timeout(5) { sleep 0.01 until File.read("/proc/#{pid}/comm") == "sidescan-hold\n" }
      Process.kill(:STOP, pid)
      Process.kill(:CONT, pid)
      assert_nil Process.wait(pid, Process::WNOHANG)
    ensure
      Process.kill(:KILL, pid)
      Process.wait(pid)
    end

    def test_the_holder_of_the_other_architecture_differs_in_machine_and_code_only
      one, other = [true, false].map { |aarch64| Pod::Holder.elf(aarch64: aarch64) }
      assert_equal([183, 62], [one, other].map { |elf| elf.unpack1("@18S<") })
      assert(one.end_with?("sidescan-hold\0") && other.end_with?("sidescan-hold\0"))
      assert_equal 0, (one.bytesize - "sidescan-hold\0".bytesize - Pod::Holder::HEADERS) % 4
    end
  end
end
