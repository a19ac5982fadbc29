# frozen_string_literal: true

require "socket"
require_relative "host_names"
require_relative "probe"
require_relative "seen_from_target"
require_relative "text"

module TrainProcroot
  module Natives
    # sys_info: `hostname` with its options, and what the firmware says of the machine.
    class SystemInformation < Probe
      asked_by "sys_info"

      HOSTNAME = "/proc/sys/kernel/hostname"
      FIRMWARE = %r{\Acat (/sys/class/dmi/id/(?:sys_vendor|product_name))\z}

      def answer(command, _asker)
        case command
        when "hostname" then Answer.ok("#{name}\n")
        when "hostname -s" then Answer.ok("#{name.sub(/\..*/m, '')}\n")
        when "hostname -f" then in_full { |full| "#{full}\n" }
        when "hostname -d" then in_full { |full| full.include?(".") ? "#{full.partition('.').last}\n" : "" }
        when "hostname -I" then Answer.ok("#{addresses.map { |address| "#{address} " }.join}\n")
        when FIRMWARE then firmware(Regexp.last_match(1))
        end
      end

      private

      def firmware(path)
        content = Text.read(root, path)
        content ? Answer.ok(content) : Answer.failed(1, "cat: #{path}: No such file or directory\n")
      end

      def name
        Text.clean(SeenFromTarget.look(target, %i[uts]) { ::File.read(HOSTNAME) }).chomp
      rescue SystemCallError => e
        raise CouldNotLook, "#{HOSTNAME}: #{CouldNotLook.cause_of(e)}"
      end

      # By the target's /etc/hosts, which a runtime writes; a name server is asked by nobody for the machine's own name.
      def in_full
        names = HostNames.new(root)
        full = names.in_full(name)
        raise CouldNotLook, "the full name of #{name} is not in /etc/hosts" if full.nil? && names.asks_servers?

        full ? Answer.ok(yield(full)) : Answer.failed(1, "hostname: Name or service not known\n")
      end

      # Neither the loopback's nor those of a link only.
      def addresses
        SeenFromTarget.look(target, %i[net]) do
          Socket.ip_address_list.reject { |one| one.ipv4_loopback? || one.ipv6_loopback? || one.ipv6_linklocal? }
                .map(&:ip_address)
        end
      end
    end
  end
end
