# frozen_string_literal: true

require_relative "../members"
require_relative "../shell_words"
require_relative "existence"
require_relative "probe"
require_relative "text"

module TrainProcroot
  module Natives
    # service where the program that would be asked is missing, as it would be told inside: 127, in the words of such a
    # system's shell. That is an answer where nothing can have started a service: no systemd runs, or no init script
    # has left a trace of having been run.
    class Services < Probe
      asked_by "service", "systemd_service"

      SYSTEMD = %r{\A((?:/\S+/)?systemctl) (?:show|is-active|is-enabled|--version)\b}
      INIT_SCRIPT = /\A(?<program>\S+) (?<name>[\w.@-]+) status\z/
      # What OpenRC and the scripts of others keep while a service runs.
      TRACES = %w[/run/openrc/started/%s /run/%s.pid /var/run/%s.pid /run/%s/%s.pid /run/lock/subsys/%s
                  /var/lock/subsys/%s].freeze

      def answer(command, _asker)
        if (program = command[SYSTEMD, 1])
          not_there(program) unless root.exist?("/run/systemd/system")
        elsif (match = INIT_SCRIPT.match(command))
          not_there(match[:program]) unless Existence.new(context).find("/bin/sh") || perhaps_runs?(match[:name])
        end
      end

      private

      def not_there(program)
        return if Existence.new(context).find(program)

        Answer.failed(127, ShellWords.not_found(program) { |path| root.exist?(path) })
      end

      def perhaps_runs?(name)
        return true if TRACES.any? { |path| root.exist?(path.gsub("%s", name)) }

        script = "#{name} #{Text.read(root, "/etc/init.d/#{name}")}"
        names_of_processes.any? { |process| script.include?(process) }
      end

      # As the kernel cuts them off: 15 bytes.
      def names_of_processes
        Members.new(target).pids.filter_map do |pid|
          ::File.binread("/proc/#{pid}/comm").chomp.force_encoding(Encoding::UTF_8).scrub
        rescue Errno::ENOENT, Errno::ESRCH
          nil # it has ended
        end
      end
    end
  end
end
