# frozen_string_literal: true

require_relative "../answer"
require_relative "../errors"
require_relative "ids"

module TrainProcroot
  module Natives
    # What the natives share. A probe is one family of questions: it names the InSpec resources that ask them, and
    # answers the texts it knows.
    #
    #     class Mounts < Probe
    #       asked_by "mount"          # file names of inspec/resources/*.rb
    #       stands_for "mount"        # a resource named above that asks whether this program exists is told yes
    #
    #       def answer(command, asker)  # Answer; nil for a text it does not know; raises CouldNotLook
    class Probe
      class << self
        attr_reader :askers, :programs

        def asked_by(*names) = @askers = names.freeze

        def stands_for(*names) = @programs = names.freeze

        def inherited(probe)
          super
          Probe.known << probe
        end

        def known = @known ||= []

        # Called by Native with every command; a probe lives as long as its context.
        def answer(command, asker, context)
          return unless askers&.intersect?([asker.to_s, ANY])

          @probe = new(context) unless @probe&.context.equal?(context)
          @probe.answer(command, asker.to_s)
        end

        # Does some probe answer in place of `program` when this resource looks for it?
        def stands_for?(program, asker)
          name = ::File.basename(program)
          Probe.known.any? { |probe| probe.askers&.include?(asker) && probe.programs&.include?(name) }
        end
      end

      # asked_by ANY: the asker does not matter.
      ANY = "*"

      attr_reader :context

      def initialize(context)
        @context = context
      end

      def target = context.target
      def root = context.root

      # Home directory of the target's user, as far as its environment says; nil for a user without.
      def home = target.environ["HOME"] || ("/root" if Ids.of(target).first.zero?)
    end
  end
end
