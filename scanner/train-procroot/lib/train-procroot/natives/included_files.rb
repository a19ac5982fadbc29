# frozen_string_literal: true

require_relative "probe"
require_relative "text"

module TrainProcroot
  module Natives
    # The configuration files that apache_conf, nginx_conf and their like include: `sh -c 'find PATTERN ...'`.
    class IncludedFiles < Probe
      asked_by "apache_conf", "nginx_conf", "mysql_conf", "postgres_conf", "oracledb_listener_conf"

      FIND = /\Ash\ -c\ (?<quote>['"])find\ (?<paths>[^'"$`\\;&|<>(){}~#!\n]+?)
              (?:\ -type\ (?<type>[bcdpfls]))?(?:\ -maxdepth\ (?<depth>\d+))?\k<quote>\z/x
      TYPES = { 0o140000 => "s", 0o120000 => "l", 0o100000 => "f", 0o060000 => "b", 0o040000 => "d", 0o020000 => "c",
                0o010000 => "p" }.freeze
      # More is no configuration.
      MOST = 100_000

      def answer(command, _asker)
        match = FIND.match(command)
        return if match.nil? || match[:paths].split.any? { |word| word.start_with?("-") }

        @left = MOST
        missing = []
        starts = match[:paths].split.flat_map { |pattern| expand(pattern, missing) }
        found = starts.flat_map { |path| below(path, match[:depth]&.to_i) }
        found.select! { |_path, type| type == match[:type] } if match[:type]
        Answer.new(found.map { |path, _type| "#{Text.printable(path)}\n" }.join,
                   missing.map { |path| "find: ‘#{path}’: No such file or directory\n" }.join,
                   missing.empty? ? 0 : 1, :native)
      end

      private

      # A pattern that nothing matches stays as it is, and is no file.
      def expand(pattern, missing)
        absolute = pattern.start_with?("/") ? pattern : ::File.join(target.cwd, pattern)
        found = pattern.match?(/[*?\[]/) ? root.glob(absolute) : [absolute].select { |path| root.lstat(path) }
        missing << pattern if found.empty?
        found
      end

      # [path, type] of the start and of what is below it; links are not followed.
      def below(path, depth)
        raise CouldNotLook, "more than #{MOST} files to include" if (@left -= 1).negative?

        stat = root.lstat(path) or return []
        found = [[path, TYPES[stat.type_bits]]]
        return found if !stat.directory? || depth&.zero?

        (root.children(path) || []).reduce(found) do |all, name|
          all.concat(below("#{path.b.chomp('/')}/#{name}", depth && (depth - 1)))
        end
      end
    end
  end
end
