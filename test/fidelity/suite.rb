# frozen_string_literal: true

module Fidelity
  # The whole run: roots, audits two at a time, comparison, what is printed, and what must hold.
  class Suite
    LANES = Integer(ENV.fetch("FIDELITY_LANES", "2"), 10)
    # The most that may be unanswerable, of all results.
    UNANSWERABLE = 0.01

    # only: names of scans, or patterns of them; nil for all, and for what is checked of the whole. controls: a pattern of how a control's
    # name begins, or nil
    def initialize(home:, out:, only: nil, controls: nil)
      @began = now
      @roots = Roots.new(home)
      @audits = Audits.new(out, @roots.base)
      @out = out
      @whole = only.nil? && controls.nil?
      all = Plan::SCANS + Plan::IDENTITY_SCANS + Evidence::CASES
      unknown = only.to_a.reject { |each| all.any? { |job| each === job.name } } # rubocop:disable Style/CaseEquality
      raise ArgumentError, "no scan is called #{unknown.join(' or ')}" unless unknown.empty?

      @cases, @scans = all.select { |job| only.nil? || only.any? { |each| each === job.name } }.partition { |job| job.is_a?(Evidence::Case) }
      wanted = (@scans + @cases).flat_map { |job| job.truths.map { |name, _| name } }
      @truths = (Plan::TRUTHS + Plan::IDENTITY_TRUTHS).select { |truth| wanted.include?(truth.name) }
      narrow(controls) if controls
      @checks = []
    end

    # Returns how many checks failed.
    def run(write: false)
      (@truths + @scans).each { |each| root_of(each) }
      @cases.each { |one| @roots.unreadable(one.root) }
      tell("roots")
      said = audit
      report = compare(said)
      @compared = report.results.length
      report.print
      check_results(report)
      check_whole(report, write) if @whole
      sum_up
    end

    private

    def narrow(controls)
      @truths, @scans, @cases = [@truths, @scans, @cases].map do |jobs|
        jobs.map { |job| job.dup.tap { |narrower| narrower.controls = "/(?=^(?:#{controls}))#{job.controls ? job.controls[1...-1] : ''}/" } }
      end
    end

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    def tell(what) = warn(format("%6.1f s  %s", now - @began, what))
    def root_of(each) = each.root.is_a?(Array) ? @roots.path(*each.root) : @roots.identity(each.root, each.is_a?(Plan::Truth) ? "full" : "stripped")

    # name => what was said
    def audit
      queue = Queue.new
      (@truths + @scans + @cases).each { |job| queue << job }
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
      name = job.name.tr(" ,", "-")
      case job
      in Evidence::Case then Evidence.new(@roots, @audits).perform(job)
      in Plan::Truth[kind: :process] then Target.process(root_of(job), job.as || {}) { |pid| @audits.inside(pid, name, as: job.auditor || {}, controls: job.controls) }
      in Plan::Truth then Target.pod(root_of(job), user: job.as) { |pid| @audits.inside(pid, name, controls: job.controls) }
      in Plan::Scan[kind: :process] then Target.process(root_of(job), job.as || {}) { |pid| beside(job, "pid:#{pid}", name) }
      in Plan::Scan then beside(job, "dir:#{root_of(job)}", name)
      end
    end

    def beside(scan, target, name)
      options = [*scan.options, *(["--user", scan.as] if scan.kind == :pod && scan.as)]
      said = @audits.beside(target, name, *options, controls: scan.controls)
      return said unless scan.twice

      # By the same command line, for that is in the result.
      FileUtils.rm_rf("#{@out}/#{name}-before")
      FileUtils.mv("#{@out}/#{name}", "#{@out}/#{name}-before")
      @audits.beside(target, name, *options, controls: scan.controls)
    end

    def compare(said)
      comparison = Comparison.new(EXCEPTIONS)
      results = @scans.flat_map { |scan| comparison.of(scan, truth_of(scan, said), said.fetch(scan.name)) }
      findings = @cases.map { |one| Evidence::Finding.of(one, truth_of(one, said), said.fetch(one.name)) }
      Report.new(results, comparison.used, findings)
    end

    def truth_of(scan, said)
      parts = scan.truths.map do |name, controls|
        all = said.fetch(name)
        controls ? all.select { |(control, _), _| controls.match?(control) } : all
      end
      asked = scan.controls && Regexp.new(scan.controls[1...-1])
      parts.reduce(:merge).select { |(control, _), _| asked.nil? || asked.match?(control) }
    end

    def check(what, holds, detail = nil)
      @checks << [what, holds]
      puts "FAILED #{what}#{": #{detail}" if detail}" unless holds
    end

    def check_results(report)
      report.results.group_by(&:scan).each do |scan, results|
        different = results.count { |result| result.kind == :different }
        check("#{scan}: what is answered is answered as inside", different.zero?, "#{different} of #{results.length} results differ")
        passes = results.select(&:pass)
        check("#{scan}: nothing passes that does not inside", passes.empty?, passes.first(5).map { |result| "#{result.control}: #{result.text}" }.join("; "))
      end
      report.evidence.drop(1).each do |name, _, inside, _, denied, bad|
        check("#{name}: nothing passes for want of a look", bad.zero?, "#{bad} do")
        check("#{name}: much could not be looked at that passes inside", inside > 200 && denied > 200)
      end
      @scans.select(&:twice).each do |scan|
        found = Consistency.differences(*["-before", ""].map { |suffix| "#{@out}/#{scan.name.tr(' ,', '-')}#{suffix}/result.json" })
        check("#{scan.name}: the same twice", found.empty?, found.join("; "))
      end
    end

    def check_whole(report, write)
      unanswerable = report.results.count { |result| result.kind == :unanswerable }
      check("at most #{(UNANSWERABLE * 100).round}% cannot be answered", unanswerable <= report.results.length * UNANSWERABLE, "#{unanswerable} of #{report.results.length}")
      unused = report.exceptions.drop(1).select { |count, _| count.zero? }
      check("every exception is needed", unused.empty?, unused.map(&:last).join("; "))
      document = Document.new(report)
      document.write if write
      check("docs/fidelity.md says what was found", document.current?, "npm run test:fidelity -- --write")
    end

    # The last line has the form of minitest's.
    def sum_up
      failed = @checks.count { |_, holds| !holds }
      tell("done")
      puts "== minitest test/fidelity", "#{@checks.length} runs, #{@compared} assertions, #{failed} failures, 0 errors, 0 skips"
      failed
    end
  end
end
