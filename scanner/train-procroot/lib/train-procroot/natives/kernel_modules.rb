# frozen_string_literal: true

require_relative "module_information"
require_relative "probe"
require_relative "text"

module TrainProcroot
  module Natives
    # kernel_module: `lsmod`, from the running kernel, `modprobe --showconfig`, from the target's own configuration (its
    # blacklist and install lines, which is what the resource reads), and `modinfo`, from its /lib/modules.
    class KernelModules < Probe
      asked_by "kernel_module"

      LOADED = "/proc/modules"
      MODINFO = %r{\A(?:/sbin/)?modinfo -F (?<field>\w+) (?<name>.*)\z}m
      # Of files with one name the first counts.
      DIRECTORIES = %w[/etc/modprobe.d /run/modprobe.d /usr/local/lib/modprobe.d /usr/lib/modprobe.d
                       /lib/modprobe.d].freeze

      def answer(command, _asker)
        case command
        when "lsmod", "/sbin/lsmod" then lsmod
        when "modprobe --showconfig", "/sbin/modprobe --showconfig" then Answer.ok(configuration)
        when MODINFO then modinfo(*Regexp.last_match.values_at(:name, :field))
        end
      end

      private

      # A kernel that cannot load modules has no such file; then there are none.
      def lsmod
        lines = ::File.readlines(LOADED).map(&:split).map do |name, size, uses, users|
          "#{name.ljust(19)} #{size.rjust(8)}  #{uses} #{users.to_s.chomp(',').delete_prefix('-')}".rstrip
        end
        Answer.ok(["Module                  Size  Used by", *lines].map { |line| "#{line}\n" }.join)
      rescue Errno::ENOENT
        Answer.failed(1, "lsmod: could not open #{LOADED}: No such file or directory\n")
      rescue SystemCallError => e
        raise CouldNotLook, "#{LOADED}: #{CouldNotLook.cause_of(e)}"
      end

      def modinfo(name, field)
        values = ModuleInformation.new(root).values(name, field)
        return Answer.failed(1, "modinfo: ERROR: Module #{name} not found.\n") if values.nil?

        Answer.ok(values.map { |value| "#{value}\n" }.join)
      end

      def configuration
        lines = files.flat_map { |path| (Text.read(root, path) || "").gsub("\\\n", "").lines(chomp: true) }
        words = lines.map { |line| line.strip.split(/\s+/, 3) }
        blacklist = words.filter_map { |word, name| "blacklist #{plain(name)}\n" if word == "blacklist" && name }
        install = words.filter_map { |word, name, run| "install #{plain(name)} #{run}\n" if word == "install" && run }
        (blacklist + install).join
      end

      def files
        found = DIRECTORIES.flat_map { |directory| root.glob("#{directory}/*.conf") }
        found.uniq { |path| ::File.basename(path) }.sort_by { |path| ::File.basename(path) }
      end

      # Module names know no hyphen.
      def plain(name) = name.tr("-", "_")
    end
  end
end
