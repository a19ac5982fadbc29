# frozen_string_literal: true

module Sidescan
  module Agent
    # What the caller wants, read and checked strictly (schema/agent-spec.schema.json); a mistake is a usage Failure.
    Spec = Struct.new(:protocol, :run, :target, :wait, :profiles, :auditor, :timeout, :command_timeout, :commands,
                      :virtualization, :tools, :ownership, :work, :results, :linger, :tools_container, :access,
                      :share_results,
                      keyword_init: true) do
      # Data from JSON to a Spec; target and auditor stay Hashes with String keys.
      def self.from(data)
        SpecRules.check(data)
        fields = SpecRules::DEFAULTS.merge(data)
        new(**fields.transform_keys { |key| key.gsub(/[A-Z]/) { |letter| "_#{letter.downcase}" }.to_sym }).freeze
      end

      # The variable that sidescan itself puts into a target's environment; a marker of the user's own is the target's.
      def hidden_marker = target["marker"]&.then { |marker| marker if marker.start_with?("SIDESCAN_TARGET=") }

      # JSON text to data, unchecked.
      def self.read(text)
        JSON.parse(text.dup.force_encoding(Encoding::UTF_8))
      rescue JSON::ParserError, EncodingError
        raise Failure.new("usage", "the specification is not JSON")
      end
    end

    # The shape of a specification.
    module SpecRules
      # Where a scanner in a cluster stands.
      RUNGS = %w[restricted baseline default ptrace].freeze
      TEXT = ->(value) { value.is_a?(String) && !value.empty? && !value.include?("\0") }
      LIST = ->(value) { value.is_a?(Array) && value.all?(TEXT) }
      SECONDS = ->(value) { value.is_a?(Numeric) && value.positive? && value.finite? }
      # One way to find the target, or none: by elimination. A pid may come with its start time.
      WAYS = {
        ["pid"] => ->(of) { of["pid"].is_a?(Integer) && of["pid"].positive? },
        %w[pid start] => ->(of) { WAYS[["pid"]].call(of) && of["start"].to_s.match?(/\A\d+\z/) },
        ["containerId"] => ->(of) { TEXT.call(of["containerId"]) && of["containerId"].length >= 12 },
        ["marker"] => ->(of) { TEXT.call(of["marker"]) && of["marker"].match?(/\A[^=]+=.+\z/m) },
        [] => ->(_) { true }
      }.freeze
      TARGET = ->(value) { value.is_a?(Hash) && WAYS[value.keys.sort]&.call(value) }

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

      # What may be left out.
      OPTIONAL = {
        "linger" => ->(value) { value.is_a?(Numeric) && value.finite? && !value.negative? },
        "toolsContainer" => ->(value) { [true, false].include?(value) },
        "access" => ->(value) { RUNGS.include?(value) },
        "shareResults" => ->(value) { [true, false].include?(value) }
      }.freeze
      DEFAULTS = { "linger" => 0, "toolsContainer" => false, "access" => nil, "shareResults" => false }.freeze

      module_function

      def check(data)
        fields(data, FIELDS, "", OPTIONAL)
        fields(data["auditor"], AUDITOR, "auditor.")
      end

      def fields(data, rules, prefix, optional = {})
        wrong("it is not an object") unless data.is_a?(Hash)
        rules = rules.merge(optional.slice(*data.keys))
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
