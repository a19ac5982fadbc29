# frozen_string_literal: true

require "fileutils"
require "optparse"
require "tmpdir"
require_relative "audits"
require_relative "comparison"
require_relative "exceptions"
require_relative "plan"
require_relative "roots"
require_relative "consistency"
require_relative "document"
require_relative "evidence"
require_relative "report"
require_relative "suite"

# Compares, result by result, what sidescan says of roots of several families with what the auditor says from inside; see docs/fidelity.md.
#
#     run.rb [--out FOLDER] [--only PATTERN | --ci] [--controls PATTERN] [--write]
options = {}
OptionParser.new do |parser|
  parser.on("--out FOLDER", "keep what was said there, and take it from there when it is there already")
  parser.on("--only PATTERN", "only scans whose name matches")
  parser.on("--ci", "only the selection for every change: #{Fidelity::Plan::CI.join(', ')}")
  parser.on("--controls PATTERN", "only controls whose name begins so (the folder is then of these alone)")
  parser.on("--write", "write docs/fidelity.md")
end.parse!(into: options)

unless Process.uid.zero?
  puts "skipped: only root can make targets with namespaces and users of their own", "== minitest test/fidelity", "1 runs, 0 assertions, 0 failures, 0 errors, 1 skips"
  exit
end

begin
  out = options[:out] ? File.expand_path(options[:out]) : Dir.mktmpdir("fidelity-")
  FileUtils.mkdir_p(out)
  only = options[:ci] ? Fidelity::Plan::CI : options[:only] && [Regexp.new(options[:only])]
  suite = Fidelity::Suite.new(home: ENV.fetch("FIDELITY_HOME"), out: out, only: only, controls: options[:controls])
  failed = suite.run(write: options[:write])
ensure
  failed == 0 && options[:out].nil? ? FileUtils.rm_rf(out) : warn("what was said is in #{out}")
end
exit failed.zero?
