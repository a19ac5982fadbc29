# frozen_string_literal: true

require "json"

module Fidelity
  # Two result files of one profile on a target that did not change: the same, apart from times.
  module Consistency
    # What tells the time, how long something took, or which process was looked at.
    TIMES = %w[start_time run_time duration durations ms started ended time pid start target_id].freeze

    # The number of the run.
    RUN = "/passthrough/sidescan/id"

    module_function

    # Paths in the two documents at which they differ, at most `limit`.
    def differences(first, second, limit: 20)
      [].tap { |found| compare(JSON.parse(File.read(first)), JSON.parse(File.read(second)), "", found) }.first(limit)
    end

    def compare(one, other, at, found)
      case [one, other]
      in [Hash, Hash]
        (one.keys | other.keys).each { |key| compare(one[key], other[key], "#{at}/#{key}", found) unless TIMES.include?(key) }
      in [Array, Array] if one.length == other.length
        one.zip(other).each_with_index { |pair, index| compare(*pair, "#{at}/#{index}", found) }
      else
        found << "#{at}: #{told(one)} and #{told(other)}" unless at == RUN || plain(one) == plain(other)
      end
    end

    # The auditor prints objects with their addresses.
    def plain(value) = value.is_a?(String) ? value.gsub(/0x\h{8,}/, "0x") : value
    def told(value) = value.inspect[0, 200]
  end
end
