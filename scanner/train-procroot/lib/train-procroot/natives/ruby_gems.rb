# frozen_string_literal: true

require_relative "existence"
require_relative "probe"
require_relative "text"

module TrainProcroot
  module Natives
    # gem: `gem list --local -a -q ^NAME$`, from the gemspecs of what is installed.
    class RubyGems < Probe
      asked_by "gem"

      LIST = %r{\A(?<gem>(?:/[\w.+/-]*/)?gem[\w.]*) list --local -a -q \^(?<name>.*)\$\z}m
      # Where Rubies of distributions, and those built from source, have their gems.
      DIRECTORIES = %w[/var/lib/gems/* /usr/local/lib/ruby/gems/* /usr/lib/ruby/gems/* /usr/lib/*/ruby/gems/*
                       /usr/share/rubygems-integration/* /usr/lib/*/rubygems-integration/* /usr/local/bundle
                       /usr/share/gems /usr/local/share/gems /usr/lib64/gems/ruby /usr/lib/gems/ruby].freeze
      SYSTEM = %w[/bin /usr/bin /usr/local/bin].freeze
      STUB = /^# stub: (?<name>\S+) (?<version>\S+) (?<platform>\S+) /
      FILE = /\A(?<name>.+?)-(?<version>\d[^-]*)(?:-(?<platform>.+))?\.gemspec\z/
      HEAD = 16 * 1024
      LIMIT = 1024 * 1024

      Installed = Struct.new(:name, :version, :platform, :default)

      def answer(command, _asker)
        match = LIST.match(command) or return

        directories = specifications(match[:gem])
        return Answer.failed(127, "sh: 1: #{match[:gem]}: not found\n") if directories.empty?

        list(directories, match[:name])
      end

      private

      # A name is taken literally, in either case as gem does.
      def list(directories, name)
        found = directories.flat_map { |directory| gems_in(directory, name) }
        lines = found.group_by(&:name).sort.map { |own, gems| "#{own} (#{versions(gems)})\n" }
        # gem ends with a line of its own where there is nothing.
        Answer.ok(lines.empty? ? "\n" : lines.join)
      end

      # Newest first; of one version, those for a platform after it.
      def versions(gems)
        gems.group_by(&:version).sort_by { |version, _| Gem::Version.new(version) }.reverse.map do |version, same|
          platforms = same.map(&:platform).uniq.sort
          shown = platforms == ["ruby"] ? version : "#{version} #{platforms.join(' ')}"
          same.all?(&:default) ? "default: #{shown}" : shown
        end.join(", ")
      end

      # A gem of the system, which need not be there, knows the system's; one elsewhere, what is beside it.
      def specifications(gem)
        own = ::File.dirname(gem, 2) if gem.start_with?("/")
        patterns = own && !SYSTEM.include?(::File.dirname(gem)) ? ["#{own}/lib/ruby/gems/*"] : configured + DIRECTORIES
        patterns.flat_map { |pattern| root.glob("#{pattern}/specifications") }.uniq { |path| root.realpath(path) }
      end

      # What the target's environment names, and its user's own.
      def configured
        environ = target.environ
        named = [environ["GEM_HOME"], *environ["GEM_PATH"].to_s.split(":")].compact.grep(%r(\A/[^*?\[{]*\z))
        [*named, *(%W[#{home}/.local/share/gem/ruby/* #{home}/.gem/ruby/*] if home)]
      end

      def gems_in(directory, name)
        [[directory, false], ["#{directory}/default", true]].flat_map do |path, default|
          (root.children(path) || []).filter_map { |file| installed(path, file, name, default) }
        end
      end

      # Only the gemspec that may be the one is read: its second line says what its file is called.
      def installed(path, file, name, default)
        file = file.dup.force_encoding(Encoding::UTF_8).scrub("?")
        return unless file.downcase.start_with?("#{name.downcase}-") && (named = FILE.match(file))

        stub = STUB.match(Text.read(root, "#{path}/#{file}", limit: LIMIT).to_s[0, HEAD]) || named
        return unless stub[:name].casecmp?(name) && Gem::Version.correct?(stub[:version])

        Installed.new(stub[:name], stub[:version], stub[:platform] || "ruby", default)
      end
    end
  end
end
