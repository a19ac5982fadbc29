# frozen_string_literal: true

require "fileutils"
require "set"
require_relative "target"

module Fidelity
  # What sidescan says where it may not look: nothing may pass that does not pass for an auditor who may. The scanner is an ordinary
  # user here, and the target's data belongs to root.
  class Evidence
    # Who scans: nobody whom the roots know, and the main process's own user.
    STRANGER = 4321
    SAME = 1000
    AS = ->(id) { ["setpriv", "--reuid", id.to_s, "--regid", id.to_s, "--clear-groups", "--"] }
    CLOSED = { files: %w[etc var usr home srv boot root].map { |name| "#{name}/**/*" }, folders: %w[etc/* var/* usr/* boot/* home srv root] }.freeze
    # There are no programs in those roots, and none is asked for.
    ASKED = "/^(?!command)/"

    # name; root: which data is unreadable; truths: as of a Plan::Scan
    Case = Struct.new(:name, :root, :kind, :truths, :controls)
    CASES = [
      Case.new("files that nobody may read", :files, :pod, ["debian held"], ASKED),
      Case.new("folders that nobody may enter", :folders, :pod, ["debian held"], ASKED),
      Case.new("a process's own user, files unreadable", :files, :process, ["debian", "debian app"], ASKED)
    ].freeze

    def initialize(roots, audits)
      @roots = roots
      @audits = audits
    end

    def perform(one)
      root = @roots.unreadable(one.root)
      name = "evidence-#{one.name.tr(' ,\'', '-')}"
      if one.kind == :pod
        @audits.beside("dir:#{root}", name, controls: one.controls, before: AS.call(STRANGER))
      else
        Target.process(root, Target::APP_USER) { |pid| @audits.beside("pid:#{pid}", name, controls: one.controls, before: AS.call(SAME)) }
      end
    end

    # What a case came to. results: how many; inside: how many pass there; still: how many of them pass; denied: how many of them could not be
    # looked at; false_passes: keys
    Finding = Struct.new(:name, :results, :inside, :still, :denied, :false_passes) do
      def self.of(one, truth, said)
        said = said.select { |(control, _), _| control.match?(Regexp.new(one.controls[1...-1])) }
        passing = truth.select { |_, result| result.passed? }.keys
        denied = passing.count { |key| said[key].nil? || said[key].unanswerable? }
        new(one.name, said.length, passing.length, passing.count { |key| said[key]&.passed? }, denied, Evidence.false_passes(truth, said))
      end
    end

    # Results that passed although they do not inside, in a control that nothing else keeps from passing.
    def self.false_passes(truth, said)
      spoiled = said.filter_map { |(control, _), result| control if result.unanswerable? }.to_set
      said.select { |key, result| result.passed? && !truth[key]&.passed? && !spoiled.include?(key.first) }.keys
    end
  end
end
