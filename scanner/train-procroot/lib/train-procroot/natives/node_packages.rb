# frozen_string_literal: true

require "json"
require_relative "existence"
require_relative "probe"
require_relative "text"

module TrainProcroot
  module Natives
    # npm: `npm -g ls --json NAME` and `cd PATH && npm ls --json NAME`, from the package.json of what is installed. Of
    # npm's answer only what the resource reads is given: whether it is there, and the version.
    class NodePackages < Probe
      asked_by "npm"

      GLOBAL = /\Ash -c 'npm -g ls --json (?<name>[^']*)'\z/
      LOCAL = /\Ash -c 'cd (?<path>[^']*?) && npm ls --json (?<name>[^']*)'\z/
      PREFIXES = %w[/usr/local /usr].freeze
      NAME = %r{\A(?:@[\w.~-]+/)?[\w.~-]+\z}
      KINDS = %w[dependencies devDependencies optionalDependencies peerDependencies].freeze
      LIMIT = 4 * 1024 * 1024
      # Packages that are looked at for one that is below others.
      MOST = 20_000

      def answer(command, _asker)
        if (match = GLOBAL.match(command))
          everywhere(match[:name])
        elsif (match = LOCAL.match(command))
          in_project(match[:path].gsub(/\\(.)/, '\1'), match[:name])
        end
      end

      private

      def everywhere(name)
        directory = global_directory or return Answer.failed(127, "sh: 1: npm: not found\n")

        listed("lib", found(directory, name, below: true))
      end

      # Where npm would look: as it is configured; else beside the node that runs it; else beside npm itself, or where
      # packages are at all.
      def global_directory
        named = "#{configured_prefix}/lib/node_modules" if configured_prefix
        return named if named && root.directory?(named)

        beside = own_prefix
        return "#{beside}/lib/node_modules" if beside

        all = PREFIXES.map { |prefix| "#{prefix}/lib/node_modules" }.select { |path| root.directory?(path) }
        all.find { |path| root.directory?("#{path}/npm") } || all.first ||
          (PREFIXES.first if Existence.new(context).find("npm"))
      end

      # Of a node that is not the system's, such as nvm's: two levels above its real path.
      def own_prefix
        path = Existence.new(context).find("node") or return
        prefix = root.realpath(::File.expand_path(path, target.cwd))[%r{\A(/.+)/bin/node\z}, 1]
        prefix unless PREFIXES.include?(prefix)
      end

      def configured_prefix
        environ = target.environ
        environ["NPM_CONFIG_PREFIX"] || environ["npm_config_prefix"] ||
          [*("#{home}/.npmrc" if home), "/usr/local/etc/npmrc", "/etc/npmrc"].lazy.filter_map do |path|
            Text.read(root, path, limit: LIMIT)&.slice(/^\s*prefix\s*=\s*(\S+)/, 1)
          end.first
      end

      # A project's own packages, those that it names; others that lie there belong to packages, or to nobody.
      def in_project(path, name)
        return Answer.failed(2, "sh: 1: cd: can't cd to #{path}\n") unless root.directory?(path)

        modules = "#{path.chomp('/')}/node_modules"
        wanted = (manifest(path) || {}).slice(*KINDS).values.grep(Hash).flat_map(&:keys)
        return listed(nil, found(modules, name, below: false)) if wanted.include?(name)

        below = installed(modules).any? { |one| needs?("#{modules}/#{one}", name) }
        below && found(modules, name, below: true) ? listed(nil, {}) : listed(nil, nil)
      end

      # {name => version} of what is there; {} where it is only below other packages, which npm lists under those; nil
      # where it is not.
      def found(directory, name, below:)
        return unless name.match?(NAME)

        package = manifest("#{directory}/#{name}")
        return { name => package["version"].to_s } if package
        return unless below

        @left = MOST
        {} if deeper?(directory, name)
      end

      def deeper?(directory, name)
        installed(directory).any? do |one|
          raise CouldNotLook, "more than #{MOST} npm packages" if (@left -= 1).negative?

          inner = "#{directory}/#{one}/node_modules"
          root.directory?(inner) && (!manifest("#{inner}/#{name}").nil? || deeper?(inner, name))
        end
      end

      def installed(directory)
        (root.children(directory) || []).reject { |one| one.start_with?(".") }.flat_map do |one|
          one.start_with?("@") ? (root.children("#{directory}/#{one}") || []).map { |two| "#{one}/#{two}" } : [one]
        end
      end

      def needs?(path, name)
        dependencies = manifest(path)&.fetch("dependencies", nil)
        dependencies.is_a?(Hash) && dependencies.key?(name)
      end

      def manifest(path)
        text = Text.read(root, "#{path}/package.json", limit: LIMIT) or return
        data = JSON.parse(text, max_nesting: 50)
        data if data.is_a?(Hash)
      rescue JSON::ParserError
        raise CouldNotLook, "#{path}/package.json is no JSON"
      end

      def listed(name, packages)
        top = name ? { "name" => name } : {}
        return Answer.new("#{JSON.pretty_generate(top)}\n", "", 1, :native) if packages.nil?

        tree = packages.transform_values { |version| { "version" => version, "overridden" => false } }
        Answer.ok("#{JSON.pretty_generate(top.merge('dependencies' => tree))}\n")
      end
    end
  end
end
