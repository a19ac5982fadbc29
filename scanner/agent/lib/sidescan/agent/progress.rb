# frozen_string_literal: true

module Sidescan
  module Agent
    # Tells each control's end once, when the last of its checks is done. An RSpec listener in the auditor's process.
    class Progress
      EVENTS = %i[example_passed example_failed example_pending].freeze
      COULD_NOT_LOOK = "could not look: "

      def self.key(rule) = [Inspec::Rule.profile_id(rule).to_s, Inspec::Rule.rule_id(rule).to_s]

      # rules: those that run; groups: RSpec's example groups; tell: as for Hooks.
      def initialize(rules, groups, tell)
        @rules = rules.to_h { |rule| [self.class.key(rule), rule] }
        @left = examples(groups).map { |example| key(example) }.tally
        @seen = Hash.new { |seen, key| seen[key] = [] }
        @tell = tell
        @done = 0
        # A control without a check has nothing that could end later.
        (@rules.keys - @left.keys).each { |id| finish(id, ["error"]) }
      end

      def example_passed(notification) = count(notification.example, "passed")
      def example_pending(notification) = count(notification.example, "skipped")

      def example_failed(notification)
        denied = notification.example.exception&.message.to_s.include?(COULD_NOT_LOOK)
        count(notification.example, denied ? "error" : "failed")
      end

      private

      def examples(groups)
        groups.flat_map(&:descendant_filtered_examples)
      end

      def key(example) = [example.metadata[:profile_id].to_s, example.metadata[:id].to_s]

      def count(example, status)
        id = key(example)
        return unless @left.key?(id)

        @seen[id] << status
        finish(id, @seen[id]) if (@left[id] -= 1).zero?
      end

      def finish(id, statuses)
        rule = @rules[id] or return
        impact = rule.impact.is_a?(Numeric) ? rule.impact.to_f.clamp(0.0, 1.0) : 0.5
        # Impact 0 is how a profile says "not applicable".
        status = impact.zero? ? "skipped" : %w[error failed skipped passed].find { |worst| statuses.include?(worst) }
        @done += 1
        @tell.call(:progress, { control: id.last, profile: id.first, title: rule.title&.to_s, status: status,
                                impact: impact, done: @done, total: @rules.length })
      end
    end
  end
end
