# frozen_string_literal: true

# How this profile asks. `values`: each expression is one result that always fails and so shows its value. `verdicts`: each matcher is asked
# twice, so that one of the two passes and the other fails, with the reason. A control is named after its resource, and what follows a colon.
# listens: a port of the target; the controls are skipped where it does not listen, since a held directory serves nothing.
module ::Ask
  module_function

  def values(file, table, listens: nil)
    table.each do |resource, expressions|
      file.control(resource) do
        impact 0.5
        only_if("the target serves nothing") { port(listens).listening? } if listens
        here = self
        expressions.each do |expression|
          describe(expression) { it("is") { expect(here.instance_eval(expression).inspect).to eq("__print__") } }
        end
      end
    end
  end

  # table: kind => texts, each of which is run, and its three answers told
  def commands(file, table)
    table.each do |kind, texts|
      file.control("command: #{kind}") do
        impact 0.5
        here = self
        texts.product(%w[stdout stderr exit_status]) do |text, part|
          describe("#{text} -> #{part}") { it("is") { expect(here.command(text).public_send(part).inspect).to eq("__print__") } }
        end
      end
    end
  end

  # table: resource => { subject => matchers }
  def verdicts(file, table, listens: nil)
    table.each do |resource, subjects|
      subjects.each do |subject, matchers|
        file.control("#{resource}: #{subject}") do
          impact 0.5
          only_if("the target serves nothing") { port(listens).listening? } if listens
          here = self
          describe(here.instance_eval(subject)) do
            matchers.each do |matcher|
              it("should #{matcher}") { should instance_eval(matcher) }
              it("should_not #{matcher}") { should_not instance_eval(matcher) }
            end
          end
        end
      end
    end
  end

  # table: resource => { subject => ["property matcher", ...] }
  def properties(file, table, listens: nil)
    table.each do |resource, subjects|
      subjects.each do |subject, lines|
        file.control("#{resource}: its #{subject}") do
          impact 0.5
          only_if("the target serves nothing") { port(listens).listening? } if listens
          here = self
          describe(here.instance_eval(subject)) do
            lines.each do |line|
              name, matcher = line.split(" ", 2)
              its(name) { should instance_eval(matcher) }
              its(name) { should_not instance_eval(matcher) }
            end
          end
        end
      end
    end
  end
end
