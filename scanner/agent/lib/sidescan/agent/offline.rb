# frozen_string_literal: true

module Sidescan
  module Agent
    class Hooks
      # Dependencies come from the profile's own vendor directory, or from a path, never from a network. Prepended to
      # Inspec::CachedFetcher, whose own look at a source may already ask git or a server, even for what is vendored.
      module Offline
        def initialize(target, cache, *)
          if target.is_a?(Hash) && !target.key?(:path)
            @target = target
            @cache = cache
            @vendored = vendored
          else
            super
          end
        end

        def cache_key = @vendored || super

        # What a lockfile says of it.
        def resolved_source = @vendored ? target.slice(:git, :ref, :relative_path, :url, :sha256, :compliance) : super

        # As the auditor's fetchers name what `vendor` puts into the cache.
        def self.keys(target)
          part = target[:relative_path].to_s
          pinned = target.values_at(:sha256, :ref).compact
          hashed = [target[:ref], target[:git]].compact.map { |of| OpenSSL::Digest.hexdigest("SHA256", of + part) }
          (part.empty? ? pinned : []) + hashed
        end

        private

        def vendored
          key = Offline.keys(target).find { |name| cache.exists?(name) }
          return key if key

          Hooks.current.unvendored(target.values_at(:name, :git, :url, :supermarket, :compliance).compact.first)
          raise "a dependency is not vendored"
        end
      end
    end
  end
end
