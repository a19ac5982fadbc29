# frozen_string_literal: true

require "ipaddr"
require "resolv"
require "securerandom"
require "socket"
require_relative "../errors"
require_relative "address_order"
require_relative "text"

module TrainProcroot
  module Natives
    # Addresses of a name as the target would find them: its /etc/hosts, its nsswitch.conf, and the name servers of its
    # resolv.conf. To be used inside the target's network namespace (SeenFromTarget), after `prepare`.
    class HostNames
      NAME = /\A(?=.{1,253}\z)(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?\z/
      # Services of nsswitch.conf that may know more names and cannot be asked from here.
      OTHERS = %w[ldap sss nis nisplus winbind wins libvirt libvirt_guest].freeze
      TRIES = 2
      WAIT_S = 2
      PORT = 53
      TYPES = [Resolv::DNS::Resource::IN::A, Resolv::DNS::Resource::IN::AAAA].freeze

      # Reads the target's files; what comes after needs only the network.
      def initialize(root)
        @hosts = lines(root, "/etc/hosts").map(&:split)
        line = lines(root, "/etc/nsswitch.conf").grep(/\A\s*hosts:/).first.to_s
        @services = line.sub(/\A\s*hosts:/, "").gsub(/\[[^\]]*\]/, " ").split
        @services = %w[files dns] if @services.empty?
        read_resolver(lines(root, "/etc/resolv.conf").map(&:split))
        # glibc takes the first line of /etc/hosts that fits, unless it is told otherwise; musl takes all of them.
        @all = lines(root, "/etc/host.conf").any? { |line| line.match?(/\A\s*multi\s+on\b/) } ||
               root.glob("/lib/ld-musl-*").any?
      end

      # In the order of getent ahosts; empty where the name has none. Raises CouldNotLook where nobody who would know
      # has answered.
      def addresses(name)
        literal = literal(name)
        return [literal] if literal
        return [] unless name.match?(NAME)

        sorted(usable(found(name)))
      end

      # What /etc/hosts properly calls that name, nil where it does not know it.
      def in_full(name)
        @hosts.find { |_address, *names| names.any? { |one| one.casecmp?(name) } }&.fetch(1)
      end

      def asks_servers? = @services.include?("dns") && !@servers.empty?

      private

      def read_resolver(settings)
        @servers = settings.select { |word, address| word == "nameserver" && address }.map { |_, one| one }.first(3)
        @search = (settings.reverse.find { |word,| %w[search domain].include?(word) } || []).drop(1)
        options = settings.select { |word,| word == "options" }.flatten
        @dots = options.filter_map { |option| option[/\Andots:(\d+)\z/, 1]&.to_i }.last || 1
      end

      def lines(root, path) = (Text.read(root, path) || "").lines(chomp: true).map { |line| line.sub(/[#;].*/, "") }

      def literal(name)
        IPAddr.new(name).to_s if name.match?(/\A[\h.:]+\z/)
      rescue IPAddr::Error
        nil
      end

      def found(name)
        @services.each do |service|
          found = case service
                  when "files" then in_hosts(name)
                  when "dns" then in_dns(name)
                  when "myhostname" then own(name)
                  else refuse(service)
                  end
          return found unless found.empty?
        end
        []
      end

      def refuse(service)
        return [] unless OTHERS.include?(service)

        raise CouldNotLook, "the target asks #{service} for host names (nsswitch.conf); only its files and name " \
                            "servers can be asked"
      end

      def in_hosts(name)
        name = name.delete_suffix(".")
        found = @hosts.select { |_address, *names| names.any? { |one| one.casecmp?(name) } }
                      .filter_map { |address,| literal(address) }.uniq
        @all ? found : found.first(1)
      end

      def own(name)
        return %w[127.0.0.1 ::1] if name.match?(/\A(?:.*\.)?localhost\.?\z/i)

        name.casecmp?(Socket.gethostname) ? Socket.ip_address_list.reject(&:ipv4_loopback?).map(&:ip_address) : []
      end

      # The name itself first when it has dots enough, else what the search list makes of it.
      def in_dns(name)
        return [] if @servers.empty?

        searched = name.end_with?(".") ? [] : @search.map { |domain| "#{name}.#{domain}" }
        candidates = name.count(".") >= @dots ? [name, *searched] : [*searched, name]
        candidates.each do |candidate|
          found = TYPES.flat_map { |type| ask(candidate, type) }
          return found unless found.empty?
        end
        []
      end

      def ask(name, type)
        query = Resolv::DNS::Message.new(SecureRandom.random_number(65_536))
        query.rd = 1
        query.add_question(Resolv::DNS::Name.create("#{name.delete_suffix('.')}."), type)
        TRIES.times do
          @servers.each do |server|
            answer = exchange(server, query)
            return records(answer, type) if answer
          end
        end
        raise CouldNotLook, "no name server of the target (#{@servers.join(', ')}) answers for #{name}"
      end

      # nil where there is no answer to just this question.
      def exchange(server, query)
        UDPSocket.open(server.include?(":") ? Socket::AF_INET6 : Socket::AF_INET) do |socket|
          socket.connect(server, PORT)
          socket.send(query.encode, 0)
          decoded(socket.recv(4096), query) if socket.wait_readable(WAIT_S)
        end
      rescue SystemCallError, SocketError, Resolv::DNS::DecodeError
        nil
      end

      def decoded(bytes, query)
        answer = Resolv::DNS::Message.decode(bytes)
        answer if answer.id == query.id && answer.qr == 1 && [0, 3].include?(answer.rcode)
      end

      def records(answer, type)
        answer.answer.filter_map { |_name, _ttl, record| record.address.to_s.downcase if record.is_a?(type) }
      end

      # As AI_ADDRCONFIG: where this end has addresses of one family only, the other one's are of no use.
      def usable(addresses)
        own = Socket.ip_address_list.reject { |one| %w[127.0.0.1 ::1].include?(one.ip_address) }
        families = [own.any?(&:ipv4?), own.any?(&:ipv6?)]
        return addresses if families.first == families.last

        addresses.select { |address| address.include?(":") == families.last }
      end

      def sorted(addresses)
        addresses.uniq.each_with_index.sort_by { |address, index| [*AddressOrder.rank(address), index] }.map(&:first)
      end
    end
  end
end
