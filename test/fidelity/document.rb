# frozen_string_literal: true

module Fidelity
  # docs/fidelity.md: what the suite found, as it was found last. Numbers may differ from machine to machine; all else is checked.
  class Document
    PATH = File.expand_path("../../docs/fidelity.md", __dir__)

    def initialize(report)
      @report = report
    end

    def write
      File.write(PATH, text)
      system("#{Audits::REPOSITORY}/node_modules/.bin/prettier", "--write", PATH, out: File::NULL)
    end

    def current? = File.exist?(PATH) && plain(File.read(PATH)) == plain(text)

    private

    # Without numbers and the padding of tables.
    def plain(text) = text.gsub(/\d[\d,.]*/, "N").gsub(/-{3,}/, "---").gsub(/[ \t]+/, " ").gsub(/N [edu]\b/, "N").squeeze("\n").strip

    def text
      sections = File.read("#{__dir__}/document.md").split(/^\{\{(\w+)\}\}\n/)
      sections.each_slice(2).map { |words, table| [words, table && rows(@report.public_send(table))] }.flatten.compact.join
    end

    def rows(table)
      return "None.\n" if table.length == 1

      head, *rest = table.map { |row| "| #{row.map { |text| escaped(text) }.join(' | ')} |\n" }
      [head, "|#{' --- |' * table.first.length}\n", *rest].join
    end

    def escaped(text) = text.to_s.gsub(/[|\\<>*_`\[\]]/) { |mark| "\\#{mark}" }.tr("\n", " ")
  end
end
