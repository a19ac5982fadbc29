# frozen_string_literal: true

require_relative "helper"
require "json"

class LedgerTest < Minitest::Test
  def test_it_counts_for_the_control_that_asks
    ledger = TrainProcroot::Ledger.new
    ledger.record(ask: "file /etc/os-release content", how: :native, ms: 0.1)
    ledger.scope(profile: "p", control: "c") { ledger.record(ask: "command ls", how: :target, ms: 3.25) }
    outside, control = ledger.to_h["controls"]
    assert_equal [nil, nil, 1], [outside["control"], outside["profile"], outside["answers"]["native"]]
    assert_equal ["c", "p", { "native" => 0, "target" => 1, "supplied" => 0, "none" => 0 }, 3.25],
                 control.values_at("control", "profile", "answers", "ms")
    assert_equal({ "ask" => "command ls", "how" => "target", "ms" => 3.25, "denied" => nil }, control["asked"][0])
  end

  def test_a_control_that_asks_in_two_parts_has_one_entry_and_scopes_end_when_they_raise
    ledger = TrainProcroot::Ledger.new
    2.times do
      assert_raises(RuntimeError) do
        ledger.scope(profile: "p", control: "c") do
          ledger.record(ask: "x", how: :native, ms: 0)
          raise "no"
        end
      end
    end
    ledger.record(ask: "y", how: :native, ms: 0)
    assert_equal([["c", 2], [nil, 1]], ledger.to_h["controls"].map { |one| [one["control"], one["asked"].size] })
  end

  def test_it_lists_the_first_200_and_every_one_that_could_not_be_looked_at
    ledger = TrainProcroot::Ledger.new
    300.times { |number| ledger.record(ask: number.to_s, how: :native, ms: 0) }
    ledger.record(ask: "late", how: :none, ms: 0, denied: "no")
    entry = ledger.to_h["controls"][0]
    assert_equal [201, 100, "late"], [entry["asked"].size, entry["omitted"], entry["asked"].last["ask"]]
  end

  def test_what_it_gives_is_json_whatever_bytes_were_asked_for
    ledger = TrainProcroot::Ledger.new
    ledger.record(ask: "file /\xFF\n".b, how: :none, ms: 0, denied: "\xC3".b)
    one = JSON.parse(JSON.generate(ledger.to_h))["controls"][0]["asked"][0]
    assert_equal ["file /\\xFF\n", "\\xC3"], one.values_at("ask", "denied")
  end
end
