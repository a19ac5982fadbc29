# frozen_string_literal: true

require_relative "with_http"
require_relative "../helper"

# Looks from inside the target's namespaces, as the ssl resource takes them: several at once.
class SeenFromTargetTest < ProcrootTest
  include WithHttp

  it "gives each of many threads its own value, seen from the target's network" do
    target = target_dir.start
    port = service(listening_in(target)) { ok }.port
    seen = Array.new(16) { |number| Thread.new { [number, from(target.target, number, port)] } }.to_h(&:value)
    assert_equal((0..15).to_h { |number| [number, [number * 100_000, true]] }, seen)
  end

  it "tells the threads that failed, and those only" do
    target = target_dir.start.target
    seen = Array.new(8) do |number|
      Thread.new do
        TrainProcroot::Natives::SeenFromTarget.look(target, %i[net]) { number.even? ? number : raise("odd #{number}") }
      rescue TrainProcroot::CouldNotLook => e
        e.reason
      end
    end.map(&:value)
    assert_equal [0, "odd 1", 2, "odd 3", 4, "odd 5", 6, "odd 7"], seen
  end

  it "ends a look that takes too much time, memory or words, and leaves no process behind" do
    { 0.2 => -> { sleep }, 60 => -> { endless } }.each do |limit_s, look|
      targets.each do |target|
        reader, writer = IO.pipe
        assert_equal limit_s < 1 ? :late : "no memory", within(target, limit_s, &look)
        writer.close
        # Whoever was started with the pipe would hold it.
        assert_nil reader.read_nonblock(1, exception: false)
      end
    end
    assert_match(/larger than 1048576 bytes/, within(targets.first) { "x" * (2 << 20) })
    assert_equal(1 << 19, within(targets.first) { ["x" * (1 << 19)] }.first.length)
  end

  private

  # In this machine's network, and in one of its own.
  def targets = @targets ||= [target_dir(namespaces: :mount), target_dir].map { |made| made.start.target }

  def endless = loop { (@kept ||= []) << ("x" * (1 << 20)) }

  # What was refused in words, too.
  def within(target, limit_s = 60, &)
    limits = { limit_s: limit_s, memory: 64 << 20, bytes: 1 << 20 }
    TrainProcroot::Natives::SeenFromTarget.within(target, %i[net uts], **limits, &)
  rescue TrainProcroot::CouldNotLook => e
    e.reason.match?(/memory|ended early/) ? "no memory" : e.reason
  end

  # [bytes that came back, is the server reached?]; more bytes than a pipe holds.
  def from(target, number, port)
    found = TrainProcroot::Natives::SeenFromTarget.look(target, %i[net uts]) do
      [number.to_s[0] * (number * 100_000), TCPSocket.new("127.0.0.1", port).close.nil?]
    end
    [found.first.length, found.last]
  end
end
