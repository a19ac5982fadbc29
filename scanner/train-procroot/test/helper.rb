# frozen_string_literal: true

$LOAD_PATH.unshift(File.expand_path("../lib", __dir__))

require "minitest/autorun"
require "train-procroot/target"
require "train-procroot/root"
require "train-procroot/ledger"
require "train-procroot/native"
require "train-procroot/owners"
require_relative "target_dir"

# Tests read as sentences: `it "says what holds"`. Targets are made per test and always removed.
class ProcrootTest < Minitest::Test
  def self.it(sentence, &)
    define_method("test_#{sentence.tr(' ', '_')}", &)
  end

  # See TargetDir.new for the options.
  def target_dir(**options)
    skip "needs root: it makes a process with a root of its own" unless Process.uid.zero?
    (@target_dirs ||= []) << (made = TargetDir.new(**options))
    yield made if block_given?
    made
  end

  def teardown
    (@target_dirs || []).each(&:remove)
    super
  end
end
