# frozen_string_literal: true

require "stringio"
require_relative "helper"

class EmitterTest < Minitest::Test
  include Sidescan::Agent

  def emitted(event, **fields)
    io = StringIO.new
    Emitter.new(io).emit(event, **fields)
    io.string
  end

  def test_any_bytes_become_one_line_of_valid_utf8
    hostile = "\xff\xfe\0\r\n\e[31m\u2028\u2029\x7f\u0085".b
    line = emitted("notice", level: "info", message: hostile)
    assert line.valid_encoding?
    assert_equal 1, line.lines.length
    refute_match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/, line)
    assert_includes JSON.parse(line)["message"], "\e[31m\u2028"
  end

  def test_lines_stay_below_what_logs_split
    line = emitted("error", phase: "audit", code: "internal", message: "\u{1F600}" * 100_000, hint: nil,
                            details: ["\0" * 5000] * 5000)
    assert_operator line.bytesize, :<, 16 * 1024
    assert AgentTest::EVENTS.valid?(JSON.parse(line))
  end

  def test_each_event_is_numbered_and_written_at_once
    writes = []
    io = Object.new
    io.define_singleton_method(:sync=) { |value| value }
    io.define_singleton_method(:write) { |text| writes << text }
    emitter = Emitter.new(io)
    3.times { emitter.emit("end", seconds: 1) }
    assert_equal([0, 1, 2], writes.map { |line| JSON.parse(line)["seq"] })
  end

  def test_nobody_reading_ends_the_agent
    reader, writer = IO.pipe
    reader.close
    assert_raises(Stopped) { Emitter.new(writer).emit("end", seconds: 1) }
  end

  def test_a_long_list_of_controls_is_split_without_losing_one
    profiles = [{ name: "a", controls: Array.new(1000) { |n| "control #{n} #{"\u0001" * 20}" } },
                { name: "b", controls: [] }, { name: "c", controls: %w[x y] }]
    lines = LoadedLines.split(profiles)
    lines.each { |line| assert_operator JSON.generate(line).bytesize, :<, 16 * 1024 }
    together = lines.flatten.group_by { |one| one[:name] }.transform_values do |list|
      list.flat_map do |one|
        one[:controls]
      end
    end
    assert_equal profiles.to_h { |one| one.values_at(:name, :controls) }, together
    assert_equal [[]], LoadedLines.split([])
  end
end
