# frozen_string_literal: true

module TrainProcroot
  # InSpec knows how to ask apk and the init scripts of Alpine, but takes only a platform called alpine for one that has
  # them: on Wolfi and Chainguard its package, packages and service resources skip. For a target of this transport they
  # take Alpine's branch there; what the platform is called stays as it is.
  module ApkSystems
    NAMES = %w[wolfi chainguard].freeze

    class << self
      # Once the auditor is loaded. Resources are loaded when they are first named, so these are named here.
      def teach
        return if @taught || !defined?(Inspec::Resource)

        @taught = true
        %w[package packages service].each { |name| require "inspec/resources/#{name}" }
        Inspec::Resources::Package.prepend(OnePackage)
        Inspec::Resources::Packages.prepend(AllPackages)
        Inspec::Resources::Service.prepend(AService)
      end

      def here?(inspec)
        inspec.backend.is_a?(Connection) && NAMES.include?(inspec.os[:name])
      end
    end

    # The resource gives up at the end of its constructor.
    module OnePackage
      def initialize(*)
        super
      rescue Inspec::Exceptions::ResourceSkipped
        raise unless ApkSystems.here?(inspec)

        @pkgman = Inspec::Resources::AlpinePkg.new(inspec)
      end
    end

    # This one marks itself as skipped and goes on.
    module AllPackages
      def initialize(pattern)
        if ApkSystems.here?(inspec)
          @pattern = pattern_regexp(pattern)
          @list = Inspec::Resources::AlpinePkgs.new(inspec).build_package_list.find_all { |one| one[:name] =~ @pattern }
        else
          super
        end
      end
    end

    # Init scripts, as on Alpine.
    module AService
      def select_service_mgmt
        super || (Inspec::Resources::SysV.new(inspec, service_ctl) if ApkSystems.here?(inspec))
      end
    end
  end
end
