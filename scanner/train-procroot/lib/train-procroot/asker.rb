# frozen_string_literal: true

require "rbconfig"

module TrainProcroot
  # Who wants to know: InSpec's resources send their own questions through the same calls as a control sends its
  # commands, and only the call stack tells them apart. A resource's question is about data that can be had natively;
  # a control's command is about that very program.
  module Asker
    # Deep enough for every resource of InSpec; each frame costs.
    DEPTH = 40

    # Resources that pass on what they were given.
    CARRIERS = %w[command bash powershell].freeze
    # Resources that may be given a command of the control instead of a file.
    GIVEN_COMMAND = %w[json yaml toml ini csv xml parse_config].freeze

    RESOURCE = %r{/inspec/resources/([a-z0-9_]+)\.rb\z}
    REPORTER = %r{/inspec/reporters/[a-z0-9_]+\.rb\z}
    DETECTION = %r{/train/platforms/detect(?:/|\.rb\z)}

    class << self
      # :platform for Train's platform detection; the resource's name; "command" for a control's own; nil without
      # InSpec.
      def name
        names = chain
        return :platform if names.first == :platform

        own = names.find { |name| !CARRIERS.include?(name) }
        return own if own && !GIVEN_COMMAND.include?(own)

        names.first && "command"
      end

      # Does this resource look at a file (itself or through the `file` resource)?
      def through?(resource) = chain.include?(resource)

      # Is it InSpec's report, which asks some resources anew for their names? An error there would cost the whole
      # report, long after the controls had theirs.
      def reporter?
        caller_locations(2, DEPTH).any? { |frame| REPORTER.match?(frame.path) }
      end

      private

      # Names of the resources that lead here, innermost first, up to the profile's own code.
      def chain
        names = []
        caller_locations(3, DEPTH).each do |frame|
          kind = kinds[frame.path]
          break if kind == :outside
          break names.unshift(:platform) if kind == :platform && names.empty?

          names << kind if kind.is_a?(String)
        end
        names
      end

      # Path of a frame's file => resource name, :platform, :through (goes on) or :outside (whoever asks is beyond).
      def kinds
        return @kinds if @kinds && (@kinds_complete || !inspec_lib)

        @kinds_complete = !inspec_lib.nil?
        @kinds = Hash.new { |known, path| known[path] = kind(path.to_s) }
      end

      def kind(path)
        return :through if path.start_with?("<internal:", "#{__dir__}/", RbConfig::CONFIG["rubylibdir"])
        return (DETECTION.match?(path) ? :platform : :through) if train_lib && path.start_with?(train_lib)
        return :outside unless inspec_lib && path.start_with?(inspec_lib)

        path[RESOURCE, 1] || :through
      end

      # Directories of the real gems: a profile's file of the same name is not one of theirs.
      def inspec_lib = @inspec_lib ||= lib_of("/inspec/resource.rb")
      def train_lib = @train_lib ||= lib_of("/train/plugins/base_connection.rb")

      def lib_of(feature)
        $LOADED_FEATURES.find { |path| path.end_with?(feature) }&.delete_suffix(feature)&.concat("/")
      end
    end
  end
end
