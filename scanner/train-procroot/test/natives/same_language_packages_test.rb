# frozen_string_literal: true

require "open3"
require_relative "comparison"

# What is read from the files of gems and Python's packages is what gem and pip say of them on this machine.
class SameLanguagePackagesTest < ComparisonTest
  ENVIRONMENT = { "PATH" => "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME" => "/root" }.freeze

  it "every gem, all its versions" do
    needs "/usr/bin/gem"
    said_by("/usr/bin/gem", "list", "--local", "-a", "-q").lines.each do |line|
      name = line.split.first
      assert_equal line, ask("gem list --local -a -q ^#{name}$", "gem"), name
    end
  end

  it "every Python package's name and version" do
    needs "/usr/bin/pip"
    said_by("/usr/bin/pip", "list", "--format=freeze").lines(chomp: true).each do |line|
      name, version = line.split("==")
      shown = ask("pip show #{name}", "pip")
      assert_equal [name, version], [shown[/^Name: (.*)/, 1], shown[/^Version: (.*)/, 1]]
    end
  end

  it "npm's own version, and that a package is not there" do
    # npm looks beside the node that runs it, or where another npm that runs the tests tells it to: as the target is.
    environment = ENV.to_h
    ENV.delete_if { |name, _| name.start_with?("npm_") }
    ENV["PATH"] = native.backend.target.environ.fetch("PATH", ENVIRONMENT["PATH"])
    needs "npm"
    %w[npm nosuch-package].each do |name|
      %i[installed? version].each do |question|
        assert_same_answer("#{name} #{question}") { |i| i.npm(name).public_send(question) }
      end
    end
  ensure
    ENV.replace(environment) if environment
  end

  private

  def said_by(*command)
    said, = Open3.capture3(ENVIRONMENT, *command, unsetenv_others: true)
    said
  end

  def ask(command, asker)
    TrainProcroot::Native.answer(command, asker, native.backend.context).stdout
  end
end
