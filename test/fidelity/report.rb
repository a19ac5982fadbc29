# frozen_string_literal: true

module Fidelity
  # What is printed: the matrix, what was excepted and could not be answered, and every difference.
  class Report
    KINDS = %i[equal excepted different unanswerable].freeze

    def initialize(results, used)
      @results = results
      @used = used
    end

    def print
      matrix
      @results.group_by(&:scan).each { |scan, results| puts format("%-24s %s", scan, counts(results)) }
      puts format("%-24s %s", "all", counts(@results))
      details
      @results.count { |result| result.kind == :different }
    end

    private

    def counts(results) = KINDS.map { |kind| format("%d %s", results.count { |result| result.kind == kind }, kind) }.join(", ")

    def matrix
      columns = @results.map(&:column).uniq
      @results.group_by(&:resource).sort.each do |resource, results|
        cells = columns.map { |column| cell(results.select { |result| result.column == column }) }
        puts format("%-22s%s", resource, cells.map { |text| text.rjust(18) }.join)
      end
    end

    def cell(results)
      KINDS.map { |kind| results.count { |result| result.kind == kind } }.join("/")
    end

    def details
      @results.select { |result| result.kind == :unanswerable }.group_by { |result| [result.column, result.why] }
              .each { |(column, why), results| puts "#{column}: #{results.length} #{why}" }
      @results.select { |result| result.kind == :different }.each do |result|
        puts "#{result.scan}: DIFFERENT #{result.control}: #{result.text}", "    inside: #{shown(result.inside)}", "    beside: #{shown(result.beside)}"
      end
    end

    def shown(said) = said ? "#{said.status} #{said.text.inspect[0, 400]}" : "nothing"
  end
end
