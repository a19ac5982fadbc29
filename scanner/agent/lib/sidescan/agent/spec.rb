# frozen_string_literal: true

module Sidescan
  module Agent
    # What the caller wants, read and checked strictly (schema/agent-spec.schema.json); a mistake is a usage Failure.
    Spec = Struct.new(:protocol, :run, :target, :wait, :profiles, :auditor, :timeout, :command_timeout, :commands,
                      :virtualization, :tools, :ownership, :work, :results, keyword_init: true) do
      # JSON text to a Spec; target and auditor stay Hashes with String keys.
      def self.parse(text)
        data = JSON.parse(text)
        SpecRules.check(data)
        new(**data.transform_keys { |key| key.gsub(/[A-Z]/) { |letter| "_#{letter.downcase}" }.to_sym }).freeze
      rescue JSON::ParserError
        raise Failure.new("usage", "the specification is not JSON")
      end
    end

    # The shape of a specification.
    module SpecRules
      TEXT = ->(value) { value.is_a?(String) && !value.empty? && !value.include?("\0") }
      LIST = ->(value) { value.is_a?(Array) && value.all?(TEXT) }
      SECONDS = ->(value) { value.is_a?(Numeric) && value.positive? && value.finite? }
      # One way to find the target, or none: by elimination.
      WAYS = {
        "pid" => ->(value) { value.is_a?(Integer) && value.positive? },
        "containerId" => ->(value) { TEXT.call(value) && value.length >= 12 },
        "marker" => ->(value) { TEXT.call(value) && value.match?(/\A[^=]+=.+\z/m) }
      }.freeze
      TARGET = lambda do |value|
        value.is_a?(Hash) && value.size <= 1 && value.all? { |way, of| WAYS[way]&.call(of) }
      end

      AUDITOR = {
        "inputs" => ->(value) { value.is_a?(Hash) },
        "inputFiles" => LIST, "waiverFiles" => LIST, "controls" => LIST, "tags" => LIST
      }.freeze

      FIELDS = {
        "protocol" => ->(value) { value == PROTOCOL },
        "run" => TEXT,
        "target" => TARGET,
        "wait" => SECONDS,
        "profiles" => ->(value) { LIST.call(value) && !value.empty? },
        "auditor" => ->(value) { value.is_a?(Hash) },
        "timeout" => SECONDS,
        "commandTimeout" => SECONDS,
        "commands" => ->(value) { %w[read-only any none].include?(value) },
        "virtualization" => TEXT,
        "tools" => ->(value) { value.nil? || TEXT.call(value) },
        "ownership" => ->(value) { %w[visible hidden].include?(value) },
        "work" => TEXT,
        "results" => TEXT
      }.freeze

      module_function

      def check(data)
        fields(data, FIELDS, "")
        fields(data["auditor"], AUDITOR, "auditor.")
      end

      def fields(data, rules, prefix)
        wrong("it is not an object") unless data.is_a?(Hash)
        (data.keys - rules.keys).each { |key| wrong("#{prefix}#{key} is unknown") }
        rules.each do |key, rule|
          wrong("#{prefix}#{key} is missing") unless data.key?(key)
          wrong("#{prefix}#{key} is not what it must be") unless rule.call(data[key])
        end
      end

      def wrong(why)
        raise Failure.new("usage", "the specification is wrong: #{why}",
                          hint: "see schema/agent-spec.schema.json; this agent speaks protocol #{PROTOCOL}")
      end
    end
  end
end
