# frozen_string_literal: true

module Sidescan
  module Agent
    # What the auditor's own code is made to tell while it runs: which control asks the target something, which profiles
    # and controls were loaded, each control's end. Modules are prepended to the few places where it passes by in
    # InSpec 4 to 7.
    class Hooks
      # Set once in the auditor's process; the prepended modules find it here.
      class << self
        attr_accessor :current
      end

      attr_reader :rendered
      attr_accessor :rule

      # tell: called with an event's name and its fields.
      def initialize(&tell)
        @tell = tell
        @profiles = []
        @rendered = false
      end

      def install
        Hooks.current = self
        Inspec::Rule.prepend(RuleScope)
        Inspec::Rule.singleton_class.prepend(CheckScope)
        Inspec::Runner.prepend(RunnerSteps)
        Inspec::RunnerRspec.prepend(ProfileList)
        Inspec::CachedFetcher.prepend(Offline)
        RSpec::Core::Example.prepend(ExampleScope)
        Inspec::Reporters::Json.prepend(ResourceName)
        require "sslshake"
        SSLShake.singleton_class.prepend(Handshake)
      end

      # What the transport answered, and for which control; see src/results/evidence.ts.
      def evidence = @ledger ? @ledger.to_h : { "version" => 1, "controls" => [] }

      def within(profile, control, &)
        return yield unless @ledger && control

        @ledger.scope(profile: profile&.to_s, control: control.to_s, &)
      end

      def connected(backend)
        connection = backend.backend
        @ledger = connection.ledger if connection.respond_to?(:ledger)
        Handshake.context = connection.context if connection.respond_to?(:context)
        @tell.call(:connected, {})
      end

      def profile(profile) = @profiles << profile

      def loaded(rules)
        @rules = rules.compact.uniq { |rule| Progress.key(rule) }
        profiles = @profiles.uniq.map { |profile| describe(profile) }
        @tell.call(:loaded, { profiles: profiles, total: @rules.length })
      end

      def starting(groups)
        progress = Progress.new(@rules, groups, @tell)
        RSpec.configuration.reporter.register_listener(progress, *Progress::EVENTS)
      end

      def finished_rendering = @rendered = true

      # A dependency that would have to come over the network.
      def unvendored(name)
        @tell.call(:failed, { code: "profile-failed",
                              message: "the profile depends on #{name}, which is not vendored with it",
                              hint: "run `cinc-auditor vendor PROFILE` (or `inspec vendor`) where there is a network" })
      end

      # Why a profile does not load, before the auditor prints it among other things.
      def trouble(error) = @tell.call(:trouble, { message: Emitter.text(error.message) })

      def unwritable(error)
        @tell.call(:failed, { code: "storage", message: "the auditor's result cannot be written: #{error.message}",
                              hint: nil })
      end

      private

      # The ids are those that the auditor will put into its report.
      def describe(profile)
        { name: profile.name.to_s, version: profile.version&.to_s, title: short(profile.metadata.params[:title]),
          sha256: digest(profile), controls: control_ids(profile) }
      end

      def control_ids(profile)
        profile.collect_tests.to_a.compact.map { |rule| Inspec::Rule.rule_id(rule).to_s }.uniq.reject(&:empty?)
      rescue Inspec::Exceptions::ProfileLoadFailed
        [] # the report says so, too
      end

      # A title is for people; the ids beside it must fit the line whole.
      def short(title) = title && Emitter.text(title)[0, 200]

      def digest(profile)
        profile.sha256
      rescue StandardError
        nil # a single .rb file, in some versions
      end

      # A control's block: most questions that decide which checks there are come from here.
      module RuleScope
        def initialize(id, profile_id, *rest, &)
          Hooks.current.within(profile_id, id) { super }
        end
      end

      # The rule whose checks are made into examples next.
      module CheckScope
        def prepare_checks(rule)
          Hooks.current.rule = rule
          super
        end
      end

      # The runner's steps, in their order.
      module RunnerSteps
        def configure_transport(*)
          super.tap { Hooks.current.connected(@backend) }
        end

        def add_target(*)
          super
        rescue StandardError, ScriptError => e
          Hooks.current.trouble(e)
          raise
        end

        def load(*)
          super.tap { Hooks.current.loaded(all_rules) }
        rescue StandardError, ScriptError => e
          Hooks.current.trouble(e)
          raise
        end

        def run_tests(*)
          Hooks.current.starting(@test_collector.tests)
          super
        end

        def render_output(run_data)
          Mend.mend(run_data)
          super.tap { Hooks.current.finished_rendering }
        rescue SystemCallError => e
          Hooks.current.unwritable(e)
          raise
        end

        private

        # Builds example groups, and for describe.one runs them, before any example belongs to a control.
        def get_check_example(*)
          rule = Hooks.current.rule
          Hooks.current.within(rule && Inspec::Rule.profile_id(rule), rule && Inspec::Rule.rule_id(rule)) { super }
        end
      end

      # The report asks resources anew for their names, and some look into the target for that. One that fails has given
      # its control the error already; here it would cost the whole report.
      module ResourceName
        private

        def extract_resource_id(*)
          super
        rescue StandardError
          nil
        end
      end

      # Every profile that the report will hold, dependencies too.
      module ProfileList
        def add_profile(profile)
          Hooks.current.profile(profile)
          super
        end

        # A description out of a hostile target would end the run for all controls.
        def example_group(*arguments, &)
          super(*arguments.map { |argument| argument.is_a?(String) ? Mend.text(argument) : argument }, &)
        end
      end

      # A check while it runs.
      module ExampleScope
        def run(*)
          Hooks.current.within(metadata[:profile_id], metadata[:id]) { super }
        end
      end
    end
  end
end

require "sidescan/agent/handshake"
require "sidescan/agent/mend"
require "sidescan/agent/offline"
require "sidescan/agent/progress"
