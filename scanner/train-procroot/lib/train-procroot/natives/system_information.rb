# frozen_string_literal: true

require_relative "probe"
require_relative "seen_from_target"
require_relative "text"

module TrainProcroot
  module Natives
    # sys_info: `hostname` and what the firmware says of the machine. The other forms of hostname ask a resolver or for
    # every address, and stay the program's.
    class SystemInformation < Probe
      asked_by "sys_info"

      HOSTNAME = "/proc/sys/kernel/hostname"
      FIRMWARE = %r{\Acat (/sys/class/dmi/id/(?:sys_vendor|product_name))\z}

      def answer(command, _asker)
        return hostname if command == "hostname"

        path = command[FIRMWARE, 1] or return
        content = Text.read(root, path)
        content ? Answer.ok(content) : Answer.failed(1, "cat: #{path}: No such file or directory\n")
      end

      private

      def hostname
        name = SeenFromTarget.look(target, %i[uts]) { ::File.read(HOSTNAME) }
        Answer.ok(Text.clean(name))
      rescue SystemCallError => e
        raise CouldNotLook, "#{HOSTNAME}: #{CouldNotLook.cause_of(e)}"
      end
    end
  end
end
