# frozen_string_literal: true

module Fidelity
  # The whole run: roots, audits two at a time, comparison, and what is printed.
  class Suite
    LANES = 2

    def initialize(home:, out:, only: nil)
      @began = now
      @roots = Roots.new(home)
      @audits = Audits.new(out, @roots.base)
      @out = out
      @scans = (Plan::SCANS + Plan::IDENTITY_SCANS).select { |scan| only.nil? || only.match?(scan.name) }
      wanted = @scans.flat_map(&:truths)
      @truths = (Plan::TRUTHS + Plan::IDENTITY_TRUTHS).select { |truth| wanted.include?(truth.name) }
    end

    # How many checks failed.
    def run(write: false)
      tell("roots")
      roots
      said = audit
      comparison = Comparison.new(EXCEPTIONS)
      results = @scans.flat_map { |scan| comparison.of(scan, truth_of(scan, said), said.fetch(scan.name)) }
      Report.new(results, comparison.used).print
    end

    private

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    def tell(what) = warn(format("%6.1f s  %s", now - @began, what))

    def roots
      (@truths + @scans).map { |each| root_of(each) }
      tell("roots are there")
    end

    def root_of(each) = each.root.is_a?(Array) ? @roots.path(*each.root) : @roots.identity(each.root, each.is_a?(Plan::Truth) ? "full" : "stripped")

    # name => what was said
    def audit
      queue = Queue.new
      (@truths + @scans).each { |job| queue << job }
      queue.close
      said = {}
      lanes = Array.new(LANES) do
        Thread.new do
          Thread.current.report_on_exception = false
          while (job = queue.pop)
            said[job.name] = kept(job) { perform(job) }
            tell("#{job.name}: #{said[job.name].length} results")
          end
        end
      end
      lanes.each(&:join)
      said
    end

    # From an earlier run, when the folder was named.
    def kept(job)
      file = "#{@out}/#{job.name.tr(' ,', '-')}.kept"
      return Marshal.load(File.binread(file)) if File.exist?(file) # rubocop:disable Security/MarshalLoad

      yield.tap { |said| File.binwrite(file, Marshal.dump(said)) }
    end

    def perform(job)
      root = root_of(job)
      name = job.name.tr(" ,", "-")
      case job
      in Plan::Truth[kind: :process] then Target.process(root, job.as || {}) { |pid| @audits.inside(pid, name, as: job.auditor || {}, controls: job.controls) }
      in Plan::Truth then Target.pod(root, user: job.as) { |pid| @audits.inside(pid, name, controls: job.controls) }
      in Plan::Scan[kind: :process] then Target.process(root, job.as || {}) { |pid| @audits.beside("pid:#{pid}", name, *job.options, controls: job.controls) }
      in Plan::Scan then @audits.beside("dir:#{root}", name, *job.options, *(["--user", job.as] if job.as), controls: job.controls)
      end
    end

    def truth_of(scan, said) = scan.truths.map { |name| said.fetch(name) }.reduce(:merge)
  end
end
