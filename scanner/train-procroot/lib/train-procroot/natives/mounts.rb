# frozen_string_literal: true

require_relative "probe"
require_relative "text"

module TrainProcroot
  module Natives
    # mount and be_mounted: what `mount` prints, from the mount table of the target's main process.
    class Mounts < Probe
      asked_by "mount", "file", "directory"

      # One line of /proc/PID/mountinfo. `id` is the kernel's own number for it, `point` where it shows.
      Mount = Struct.new(:id, :point, :type, :source, :options) do
        def to_s = "#{source} on #{point} type #{type} (#{options.join(',')})"
      end

      def answer(command, _asker)
        Mounts.on(Regexp.last_match[:path], context) if command =~ /\Amount \| grep -- ' on (?<path>.*) '\z/m
      end

      class << self
        # The lines of `mount` for one mount point, the one on top last; exit status 1, as grep's, when there is none.
        # The path is taken as it is, not as the regular expression that grep would see in it.
        def on(path, context)
          found = all(context.target).select { |mount| mount.point == Text.printable(path) }
          found.empty? ? Answer.failed(1) : Answer.ok(found.map { |mount| "#{mount}\n" }.join)
        end

        # Every mount that the target's main process sees, in the order they were made.
        def all(target)
          parse(target.proc_file("mountinfo"))
        end

        def parse(mountinfo)
          mountinfo.each_line(chomp: true).filter_map do |line|
            mount, file_system = line.split(" - ", 2)
            id, _parent, _device, _root, point, options = mount.split
            type, source, super_options = file_system.to_s.split(/ /, 3)
            next if super_options.nil?

            Mount.new(Integer(id, 10), unescape(point), unescape(type), unescape(source.empty? ? "none" : source),
                      merge(options.split(","), unescape(super_options).split(",")))
          end
        end

        private

        # As libmount: read-only wins, then the options of the mount, then those of the file system, each once.
        def merge(own, its)
          access = own.include?("ro") || its.include?("ro") ? "ro" : "rw"
          [access, *(own + its).reject { |option| %w[ro rw].include?(option) }].uniq
        end

        def unescape(field)
          Text.printable(field.b.gsub(/\\([0-7]{3})/n) { Regexp.last_match(1).to_i(8).chr })
        end
      end
    end
  end
end
