# frozen_string_literal: true

# Sets the values of several forms of a target beside the truth, and prints what it finds: a table of sections, then what differs.
class Comparison
  KINDS = %i[equal excepted different unanswerable].freeze

  # truth: [section, expression] => value; forms: name => the same; exceptions: [form, expression, reason]
  def initialize(truth, forms, exceptions)
    @truth = truth
    @forms = forms
    @exceptions = exceptions
  end

  # How many values differ without a reason in the list, or are missing.
  def print
    @forms.each { |form, said| table(form, said) }
    @forms.sum { |form, said| details(form, said) }
  end

  private

  def kind(form, said, key)
    return :equal if @truth[key] == said[key]
    return :unanswerable if said[key].to_s.include?("could not look")

    reason(form, key) ? :excepted : :different
  end

  def reason(form, key)
    found = @exceptions.find { |forms, pattern, _why| forms === form && pattern === key.last.delete_suffix(" is") } # rubocop:disable Style/CaseEquality
    found&.last
  end

  def table(form, said)
    puts format("%-24s%8s%10s%11s%14s", form, *KINDS)
    sections = @truth.keys.group_by(&:first)
    sections.each { |name, keys| row("  #{name}", keys.map { |key| kind(form, said, key) }) }
    row("  all", @truth.keys.map { |key| kind(form, said, key) })
    puts
  end

  def row(name, kinds)
    puts format("%-24s%8d%10d%11d%14d", name, *KINDS.map { |kind| kinds.count(kind) })
  end

  def details(form, said)
    grouped = @truth.keys.group_by { |key| kind(form, said, key) }
    (grouped[:excepted] || []).group_by { |key| reason(form, key) }.each { |why, keys| puts "#{form}: #{keys.length} excepted: #{why}" }
    (grouped[:unanswerable] || []).map { |key| said[key][/could not look: .*/] }.tally.each { |why, count| puts "#{form}: #{count} #{why}" }
    (grouped[:different] || []).each do |key|
      puts "#{form}: DIFFERENT #{key.join(': ')}", "    inside: #{@truth[key].inspect[0, 400]}", "    beside: #{said[key].inspect[0, 400]}"
    end
    (grouped[:different] || []).length
  end
end
