# frozen_string_literal: true

require "ipaddr"
require "socket"
require_relative "probe"
require_relative "seen_from_target"
require_relative "text"

module TrainProcroot
  module Natives
    # interface and interfaces: names and addresses as seen from the target's network namespace, state and speed from
    # the /sys in its root. Another /sys may show another network, so without that there is no answer.
    class Interfaces < Probe
      asked_by "interface", "interfaces"

      SYS = "/sys/class/net"
      DETAILS = %r{\Afind #{SYS}/(?<name>[^/]+)/ -maxdepth 1 -type f -exec sh -c }
      ADDRESSES = %r{\A/sbin/ip -br -(?<version>[46]) address show dev (?<name>\S+)\z}

      def answer(command, _asker)
        case command
        when "ls #{SYS}" then Answer.ok(names.sort.map { |name| "#{name}\n" }.join)
        when DETAILS then details(Regexp.last_match[:name])
        when ADDRESSES then addresses(Regexp.last_match[:name], Regexp.last_match[:version])
        end
      end

      private

      def names = interfaces.map(&:first).uniq

      # What find prints: each file's name in brackets, then what is in it (some cannot be read in some states).
      def details(name)
        return Answer.failed(1, "find: ‘#{SYS}/#{name}/’: No such file or directory\n") unless names.include?(name)

        files = root.children("#{SYS}/#{name}")
        raise CouldNotLook, "the target has no #{SYS}/#{name} to read the state of the interface from" if files.nil?

        Answer.ok(files.filter_map { |file| detail("#{SYS}/#{name}/#{file}") }.join)
      end

      def detail(path)
        "[#{::File.basename(path)}]\n#{Text.read(root, path)}" if root.lstat(path)&.file?
      rescue CouldNotLook
        "[#{::File.basename(path)}]\n"
      end

      def addresses(name, version)
        return Answer.failed(1, "Device \"#{name}\" does not exist.\n") unless names.include?(name)

        found = interfaces.filter_map { |own, family, address| address if own == name && family == version }
        Answer.ok(found.empty? ? "" : "#{name} UNKNOWN #{found.join(' ')} \n")
      end

      # [name, "4" or "6" or nil, "ADDRESS/LENGTH"]; the kernel is asked by whoever lives in the namespace.
      def interfaces
        SeenFromTarget.look(target, [:net]) { Socket.getifaddrs.map { |entry| row(entry) } }
      end

      def row(entry)
        address = entry.addr
        return [entry.name, nil, nil] unless address&.ip?

        length = IPAddr.new(entry.netmask.ip_address).to_i.digits(2).sum
        [entry.name, address.ipv4? ? "4" : "6", "#{address.ip_address.sub(/%.*/, '')}/#{length}"]
      end
    end
  end
end
