# frozen_string_literal: true

require "digest"
require "stringio"
require "tempfile"
require_relative "helper"

class DeliverTest < Minitest::Test
  include Sidescan::Agent

  DATA = Array.new(20_000) { |n| "line #{n} #{n * n} of a result\n" }.join

  def test_signals_that_come_while_it_packs_do_not_harm_it
    previous = trap("CHLD") { nil }
    sender = fork { loop { Process.kill("CHLD", Process.ppid) && sleep(0.0007) } }
    20.times { assert_equal DATA, delivered }
  ensure
    Process.kill("KILL", sender) && Process.wait(sender) if sender
    trap("CHLD", previous || "DEFAULT")
  end

  private

  def delivered
    lines = StringIO.new
    Tempfile.create do |file|
      file.write(DATA)
      file.flush
      described = { name: "result.json", bytes: DATA.bytesize, sha256: Digest::SHA256.hexdigest(DATA) }
      Deliver.new(Emitter.new(lines)).send_file(file.path, described)
    end
    chunks = lines.string.lines.map { |line| JSON.parse(line) }.select { |event| event["event"] == "chunk" }
    unpacked(chunks.map { |event| event["data"].unpack1("m0") }.join)
  end

  # The same harm can come to what unpacks.
  def unpacked(bytes) = Thread.new { Zlib.gunzip(bytes) }.value
end
