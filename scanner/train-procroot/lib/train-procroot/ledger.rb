# frozen_string_literal: true

module TrainProcroot
  # What was asked of the target for each control, how it was answered and what could not be looked at.
  class Ledger
    # How many questions of one control are listed; the others are only counted. Denied ones are always listed.
    LISTED = 200

    HOW = %i[native target supplied none].freeze

    Entry = Struct.new(:control, :profile, :answers, :ms, :asked, :omitted)

    def initialize
      @entries = {}
      @lock = Mutex.new
      @stack = []
    end

    # Questions asked inside the block belong to this control. Nothing stays open when the block raises.
    def scope(profile:, control:)
      @stack.push(entry(profile, control))
      yield
    ensure
      @stack.pop
    end

    # ask: such as "file /etc/passwd content"; how: one of HOW; ms: Float; denied: why it could not be looked at.
    def record(ask:, how:, ms:, denied: nil)
      to = @stack.last || entry(nil, nil)
      @lock.synchronize do
        to.answers[how] += 1
        to.ms += ms
        if denied || to.asked.size < LISTED
          to.asked << [ask, how, ms, denied]
        else
          to.omitted += 1
        end
      end
    end

    # Evidence as a Hash of JSON values (strings are valid UTF-8).
    def to_h
      { "version" => 1, "controls" => @entries.values.map { |entry| entry_to_h(entry) } }
    end

    private

    def entry(profile, control)
      @entries[[profile, control]] ||= Entry.new(control, profile, HOW.to_h { |how| [how, 0] }, 0.0, [], 0)
    end

    def entry_to_h(entry)
      { "control" => text(entry.control), "profile" => text(entry.profile),
        "answers" => entry.answers.transform_keys(&:to_s), "ms" => entry.ms.round(3),
        "asked" => entry.asked.map do |ask, how, ms, denied|
          { "ask" => text(ask), "how" => how.to_s, "ms" => ms.round(3), "denied" => text(denied) }
        end,
        "omitted" => entry.omitted }
    end

    # What was asked may hold any bytes.
    def text(value)
      value && String.new(value.to_s, encoding: Encoding::UTF_8).scrub { |bytes| bytes.inspect[1..-2] }
    end
  end
end
