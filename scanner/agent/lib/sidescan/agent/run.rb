# frozen_string_literal: true

require "fileutils"
require "tmpdir"

module Sidescan
  module Agent
    # The agent's whole job for one specification: identify, access, audit, store, deliver.
    class Run
      # Seconds between looks whether the target still lives.
      BEAT = 0.25

      # The block gives the specification's text; it may wait for it.
      def initialize(emitter, watch, &spec_text)
        @emitter = emitter
        @watch = watch
        @spec_text = spec_text
        @phase = "start"
        @heard = {}
        @early = []
        @begun = now
      end

      # Raises Stopped; every other end is told, and true means a good one.
      def call
        prepare
        audit(identify)
        deliver(store)
        @emitter.emit("end", seconds: (now - @begun).round(3))
        true
      rescue Failure => e
        complain(e)
      rescue Stopped
        raise
      rescue StandardError => e
        complain(Failure.new("internal", "#{e.class}: #{e.message}", hint: "this is a bug: please report it",
                                                                     details: Array(e.backtrace).first(20)))
      ensure
        clean_up
      end

      # Seconds to stay after the last event.
      def linger = @spec&.linger || 0

      private

      def prepare
        Descendants.adopt
        @auditor = Auditor.new(@watch) { |message| hear(message) }
        @auditor.start
        read_spec
        @scratch = make_scratch
        gather_files
        @store = Store.new(@spec.results, shared: @spec.share_results)
      end

      # The first line says who speaks, even when the specification is wrong.
      def read_spec
        failure = nil
        begin
          @data = Spec.read(@spec_text.call)
        rescue Failure => e
          failure = e
        end
        run = @data.is_a?(Hash) && @data["run"].is_a?(String) ? @data["run"] : "unknown"
        @emitter.emit("hello", agent: "sidescan-agent #{VERSION}", run: run, ruby: RUBY_VERSION)
        @early.each { |event, fields| @emitter.emit(event, **fields) }
        @early = nil
        raise failure if failure

        @spec = Spec.from(@data)
      end

      def gather_files
        @data = Files.gather(@data, File.join(@scratch, "files"))
        @spec = Spec.from(@data)
        inputs_exist
      end

      def inputs_exist
        files = { "profile" => @spec.profiles, "input file" => @spec.auditor["inputFiles"],
                  "waiver file" => @spec.auditor["waiverFiles"] }
        files.each do |what, paths|
          missing = paths.find { |path| !File.readable?(path) }
          raise Failure.new("usage", "#{what} #{missing} is not there or may not be read") if missing
        end
      end

      def make_scratch
        Store.private_directory(@spec.work)
        Dir.mktmpdir("agent-", @spec.work)
      rescue SystemCallError => e
        raise Failure.new("storage", "the scratch directory #{@spec.work} cannot be used: #{e.message}")
      end

      def identify
        @phase = "identify"
        @approach = Approach.new(@spec, @emitter) { |seconds| turn(seconds) }
        @approach.identify
      end

      def audit(main)
        @phase = "access"
        @access = @approach.enter(main)
        @emitter.emit("access", **@access.report)
        @phase = "audit"
        target = { "pid" => main.pid, "start" => main.start, "toolsHolder" => @access.tools_holder }
        @auditor.go(@data, target, @scratch)
        @went = now
        turn(BEAT) until @auditor.ended?
        @outcome = outcome
        @access.alive!
      end

      # Waits a little; everything that may go wrong meanwhile is noticed here.
      def turn(seconds)
        @watch.turn(seconds)
        # Before it was told to go, any end of the auditor is a failure to start.
        outcome if @auditor.ended? && !@went
        return unless @went

        overdue if now - @went > @spec.timeout
        @access.alive! unless @auditor.ended?
      end

      def overdue
        done = @heard[:progress]
        at = done ? "after #{done[:done]} of #{done[:total]} controls" : "before any control was done"
        raise Failure.new("auditor-timeout", "the audit took longer than #{@spec.timeout} s: it was stopped #{at}",
                          hint: "raise --timeout, or lower --command-timeout", details: @auditor.last_words)
      end

      def outcome
        Outcome.new(@auditor.status, @heard, @auditor.last_words).check(File.join(@scratch, "result.json"))
      end

      # What the auditor's process tells, in its own order.
      def hear(message)
        event = message.delete(:event).to_sym
        case event
        when :loaded then loaded(message)
        when :auditor, :progress then say(event.to_s, message)
        end
        # Of several failures the first is the cause.
        @heard[event] = message unless event == :loaded || (%i[failed trouble].include?(event) && @heard[event])
      end

      # The auditor may be ready before the agent has said who speaks.
      def say(event, fields)
        @early ? @early << [event, fields] : @emitter.emit(event, **fields)
      end

      # A long list is spread over several lines, about half a line's worth of ids in each.
      def loaded(message)
        @heard[:loaded] = message[:profiles]
        @heard[:total] = message[:total]
        LoadedLines.split(message[:profiles]).each do |profiles|
          @emitter.emit("loaded", profiles: profiles, total: message[:total])
        end
        unmatched(message[:profiles].flat_map { |profile| profile[:controls] })
      end

      # The auditor says nothing about a name that it does not know.
      def unmatched(ids)
        names = @spec.auditor["controls"].reject { |name| name.start_with?("/") } - ids
        return if names.empty?

        @emitter.emit("notice", level: "warning", message: "no control of the profile is named #{names.join(', ')}")
      end

      def store
        @phase = "store"
        files = Store::FILES.map { |name| @store.put(name, File.join(@scratch, name)) }
        @emitter.emit("stored", directory: @store.directory, files: files,
                                auditor: { **@outcome, seconds: (now - @went).round(3) })
        files
      end

      def deliver(files)
        @phase = "deliver"
        sender = Deliver.new(@emitter)
        files.each { |file| sender.send_file(File.join(@store.directory, file[:name]), file) }
      end

      # The auditor ends before the last line is said: who reads it may count on it.
      def complain(failure) # rubocop:disable Naming/PredicateMethod
        clean_up
        @emitter.emit("error", phase: @phase, code: failure.code, message: failure.message, hint: failure.hint,
                               details: failure.details)
        false
      end

      def clean_up
        Descendants.end_all(@auditor.pid) if @auditor&.pid
        @auditor = nil
        @access&.close
        @store&.clear
        FileUtils.rm_rf(@scratch) if @scratch
      end

      def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
