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

  private

  # [bytes that came back, is the server reached?]; more bytes than a pipe holds.
  def from(target, number, port)
    found = TrainProcroot::Natives::SeenFromTarget.look(target, %i[net uts]) do
      [number.to_s[0] * (number * 100_000), TCPSocket.new("127.0.0.1", port).close.nil?]
    end
    [found.first.length, found.last]
  end
end
