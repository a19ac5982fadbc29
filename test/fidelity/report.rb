# frozen_string_literal: true

module Fidelity
  # Sums up what the comparison found, for the terminal and for the document.
  class Report
    KINDS = %i[equal excepted different unanswerable].freeze
    MARKS = { equal: "", excepted: "e", different: "d", unanswerable: "u" }.freeze

    attr_reader :results

    # results: Comparison::Result; used: how often each exception was needed; evidence: [Evidence::Finding]
    def initialize(results, used, evidence)
      @results = results
      @used = used
      @evidence = evidence
    end

    def columns = @results.map(&:column).uniq
    def false_passes = @results.select(&:pass)

    # First line of names, then one line for each resource.
    def matrix
      rows = @results.group_by(&:resource).sort.map do |resource, results|
        [resource, *columns.map { |column| cell(results.select { |result| result.column == column }) }]
      end
      [["resource", *columns], *rows, ["all", *columns.map { |column| cell(@results.select { |result| result.column == column }) }]]
    end

    # Each way of looking, and what it came to.
    def scans
      rows = @results.group_by(&:scan).map { |scan, results| [scan, results.first.column, *numbers(results)] }
      [["scan", "column", "results", *KINDS.map(&:to_s)], *rows, ["all", "", *numbers(@results)]]
    end

    def exceptions
      [%w[results reason], *EXCEPTIONS.each_with_index.map { |exception, number| [@used[number], exception.reason] }]
    end

    def unanswerable
      found = @results.select { |result| result.kind == :unanswerable }.group_by { |result| [result.resource, reason(result.why)] }
      [%w[results resource why], *found.map { |(resource, why), results| [results.length, resource, why] }.sort_by { |count, *rest| [-count, *rest] }]
    end

    def differences
      found = @results.select { |result| result.kind == :different }
      [%w[scan result inside beside], *found.map { |result| [result.scan, "#{result.control}: #{result.text}", told(result.inside), told(result.beside)] }]
    end

    def evidence
      [["what may not be read", "results", "pass inside", "pass still", "could not look", "pass that do not inside"],
       *@evidence.map { |finding| [finding.name, finding.results, finding.inside, finding.still, finding.denied, finding.false_passes.length] }]
    end

    def print
      [matrix, scans, exceptions, unanswerable, evidence].each { |table| puts lines(table), "" }
      @results.select { |result| result.kind == :different }.each do |result|
        puts "#{result.scan}: DIFFERENT #{result.control}: #{result.text}", "    inside: #{told(result.inside)}", "    beside: #{told(result.beside)}"
      end
    end

    private

    def numbers(results) = [results.length, *KINDS.map { |kind| results.count { |result| result.kind == kind } }]

    # "120", or "110 4e 6u": equal, excepted, different, unanswerable
    def cell(results)
      return "" if results.empty?

      KINDS.zip(numbers(results).drop(1)).filter_map { |kind, count| "#{count}#{MARKS[kind]}" if count.positive? || kind == :equal }.join(" ")
    end

    # Without what only one result says.
    def reason(why)
      why.to_s.sub(/ TrainProcroot::CouldNotLook\z/, "").sub("could not look: ", "").gsub(/`[^`]*`/, "`...`")[0, 160]
    end

    def told(said) = said ? "#{said.status} #{said.text.inspect[0, 400]}" : "nothing"

    def lines(table)
      widths = table.transpose.map { |column| column.map { |text| text.to_s.length }.max }
      table.map { |row| row.zip(widths).map { |text, width| text.to_s.ljust(width) }.join("  ").rstrip }
    end
  end
end
