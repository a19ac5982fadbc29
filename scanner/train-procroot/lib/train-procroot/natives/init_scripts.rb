# frozen_string_literal: true

require_relative "probe"
require_relative "text"

module TrainProcroot
  module Natives
    # service where init scripts start them (Alpine, and what is older than systemd): which scripts there are, and in
    # which run levels they start. Whether one runs only its own script can say: that is the target's program.
    class InitScripts < Probe
      asked_by "service", "sysv_service", "systemd_service", "upstart_service"

      LIST = "ls -1 /etc/init.d/"
      STARTED = 'find /etc/rc*.d /etc/init.d/rc*.d -name "S*"'
      # More are no run levels.
      MOST = 20_000

      def answer(command, _asker)
        case command
        when LIST then list
        when STARTED then started
        end
      end

      private

      def list
        names = root.children("/etc/init.d/")
        return Answer.failed(2, "ls: cannot access '/etc/init.d/': No such file or directory\n") if names.nil?

        Answer.ok(names.reject { |name| name.start_with?(".") }.map { |name| "#{Text.printable(name)}\n" }.join)
      end

      def started
        patterns = %w[/etc/rc*.d /etc/init.d/rc*.d]
        starts = patterns.to_h { |pattern| [pattern, root.glob(pattern)] }
        missing = starts.select { |_pattern, found| found.empty? }.keys
        @left = MOST
        paths = starts.values.flatten.flat_map { |path| below(path) }
        Answer.new(paths.select { |path| ::File.basename(path).start_with?("S") }
                        .map { |path| "#{Text.printable(path)}\n" }.join,
                   missing.map { |path| "find: ‘#{path}’: No such file or directory\n" }.join,
                   missing.empty? ? 0 : 1, :native)
      end

      # As find: no link is followed.
      def below(path)
        raise CouldNotLook, "more than #{MOST} init scripts" if (@left -= 1).negative?
        return [path] unless root.lstat(path)&.directory?

        [path, *(root.children(path) || []).flat_map { |name| below("#{path}/#{name}") }]
      end
    end
  end
end
