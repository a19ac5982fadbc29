# frozen_string_literal: true

require_relative "host_names"
require_relative "probe"
require_relative "reach"
require_relative "seen_from_target"

module TrainProcroot
  module Natives
    # host: `getent ahosts`, `nc` and `ping`, asked from the target's network namespace with the target's own files of
    # names. In a pod that is the network that the scanner is in anyway.
    class Hosts < Probe
      asked_by "host"
      stands_for "nc"

      ADDRESSES = /\Agetent ahosts (?<name>.*)\z/m
      CONNECT = /\Aecho \| nc -v -w 1 (?<udp>-u)? ?(?<name>\S+) (?<port>\d+)\z/
      PING = /\Aping -w 1 -c 1 (?<name>.*)\z/m
      # Whether bash could connect; nobody needs it to.
      BASH = "strings `which bash` | grep -qE '/dev/(tcp|udp)/'"

      def answer(command, _asker)
        case command
        when BASH then Answer.failed(1)
        when ADDRESSES then addresses(Regexp.last_match[:name])
        when CONNECT then connect(*Regexp.last_match.values_at(:name, :port, :udp))
        when PING then ping(Regexp.last_match[:name])
        end
      end

      private

      # The block's value, from the target's network. It gets the addresses of the name.
      def from_target(name)
        names = HostNames.new(root)
        SeenFromTarget.look(target, %i[net uts]) { yield names.addresses(name) }
      end

      def addresses(name)
        found = from_target(name, &:itself)
        return Answer.failed(2) if found.empty?

        Answer.ok(found.each_with_index.flat_map do |address, index|
          ["STREAM #{name if index.zero?}", "DGRAM", "RAW"].map { |kind| "#{address.ljust(15)} #{kind.ljust(7)}\n" }
        end.join)
      end

      # In the words of OpenBSD's nc.
      def connect(name, port, udp)
        return Answer.failed(1, "nc: port number invalid: #{port}\n") unless port.to_i.between?(1, 65_535)

        heard, problems = from_target(name) { |found| try(found, port.to_i, udp) }
        kind = udp ? "udp" : "tcp"
        said = "Connection to #{name} #{port} port [#{kind}/*] succeeded!\n"
        return Answer.new(Text.clean(heard), said, 0, :native) if heard

        Answer.failed(1, problems.empty? ? unknown("nc: getaddrinfo for host \"#{name}\" port #{port}") : problems
          .map { |address, why| "nc: connect to #{name} (#{address}) port #{port} (#{kind}) failed: #{why}\n" }.join)
      end

      # [what was heard of the first that could be reached, [[address, why not]]]
      def try(found, port, udp)
        problems = []
        found.each do |address|
          return [udp ? Reach.udp(address, port) : Reach.tcp(address, port), problems]
        rescue SystemCallError => e
          problems << [address, CouldNotLook.cause_of(e)]
        end
        [nil, problems]
      end

      def ping(name)
        answered = from_target(name) { |found| found.empty? ? nil : Reach.echo?(found.first) }
        return Answer.failed(2, unknown("ping: #{name}")) if answered.nil?

        answered ? Answer.ok("1 packets transmitted, 1 received\n") : Answer.failed(1)
      end

      def unknown(what) = "#{what}: Name or service not known\n"
    end
  end
end
