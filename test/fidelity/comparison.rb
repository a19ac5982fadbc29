# frozen_string_literal: true

module Fidelity
  # Sets what sidescan said beside the truth, result by result.
  class Comparison
    # What one result came to. kind: :equal, :excepted (differs, for a reason in the list), :different or :unanswerable ("could not look");
    # control and text say which result it is; pass: passed although it did not inside
    Result = Struct.new(:scan, :column, :control, :text, :kind, :why, :inside, :beside, :pass) do
      def resource = control.split(":").first
    end

    def initialize(exceptions)
      @exceptions = exceptions
      @used = Hash.new(0)
    end

    # How often each exception was needed, by its number in the list.
    attr_reader :used

    # scan: a Plan::Scan; truth, said: [control, description] => Said
    def of(scan, truth, said)
      truth.map do |key, inside|
        beside = said[key] || source_error(said, key)
        kind, why = beside == inside ? [:equal] : judged(scan, key, inside, beside)
        Result.new(scan.name, scan.column, *key, kind, why, inside, beside, kind != :excepted && beside&.passed? && !inside.passed?)
      end
    end

    private

    # A control that could not even be read as far as this result, since something it asked on the way could not be looked at.
    def source_error(said, (control, _))
      said.find { |(id, _), result| id == control && result.unanswerable? }&.last
    end

    def judged(scan, key, inside, beside)
      # A look that was denied is never an exception: it counts among what could not be answered.
      return [:unanswerable, beside.text[/could not look: .*/] || "in a control with a look that was denied: #{beside.text.lines.first}"] if beside&.unanswerable?

      number = @exceptions.index { |exception| exception.covers?(scan, key, inside, beside) }
      return [:different] unless number

      @used[number] += 1
      [:excepted, @exceptions[number].reason]
    end
  end
end
