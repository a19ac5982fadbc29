# frozen_string_literal: true

require "ipaddr"
require_relative "probe"
require_relative "../members"
require_relative "../socket_diag"
require_relative "seen_from_target"
require_relative "text"

module TrainProcroot
  module Natives
    # port: `ss -tulpen`, from the socket tables of the target's network namespace, /proc/PID/net.
    #
    # Process names and pids are those of the processes whose descriptors may be looked at; a socket of another
    # container shows without, as in ss. Whether an IPv6 socket is for IPv6 only is not in those tables: the kernel is
    # asked, and where it cannot be, an IPv6 wildcard counts as for both unless the same port is open for IPv4, too.
    class Ports < Probe
      asked_by "port"
      stands_for "ss"

      HEADER = "Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"
      # The table, as ss calls it, and the state in it that ss -l lists: listening, and unconnected.
      TABLES = { "udp" => %w[udp UNCONN 07], "udp6" => %w[udp UNCONN 07],
                 "tcp" => %w[tcp LISTEN 0A], "tcp6" => %w[tcp LISTEN 0A] }.freeze

      Listener = Struct.new(:table, :address, :port, :uid, :inode, :v6only) do
        def six? = table.end_with?("6")
        def wildcard? = address == "::"

        def local
          return "#{address}:#{port}" unless six?

          wildcard? && !v6only ? "*:#{port}" : "[#{address}]:#{port}"
        end

        def peer
          return "0.0.0.0:*" unless six?

          wildcard? && !v6only ? "*:*" : "[::]:*"
        end
      end

      def answer(command, _asker)
        return unless command =~ /\Ass -tulpen(?: '\( dport = (?<port>\d+) or sport = \k<port> \)')?\z/

        port = Regexp.last_match[:port]&.to_i
        sockets = listeners.select { |socket| port.nil? || socket.port == port }
        users = users_of(sockets.map(&:inode))
        Answer.ok([HEADER, *sockets.map { |socket| line(socket, users.fetch(socket.inode, [])) }].join)
      end

      private

      # In the order of ss: by table, then the kernel's own.
      def listeners
        v6only = ask_kernel
        order = v6only.keys.each_with_index.to_h
        found = TABLES.keys.flat_map { |table| read(table).sort_by { |socket| order.fetch(socket.inode, order.size) } }
        found.select(&:six?).each { |socket| socket.v6only = v6only.fetch(socket.inode) { four_too?(socket, found) } }
        target.alive!
        found
      end

      # {inode => for IPv6 only?}; empty where the kernel cannot be asked.
      def ask_kernel
        SeenFromTarget.look(target, [:net]) { SocketDiag.v6only }
      rescue CouldNotLook, SystemCallError, IOError
        {}
      end

      def four_too?(socket, found)
        socket.wildcard? && found.any? { |other| "#{other.table}6" == socket.table && other.port == socket.port }
      end

      # Rows of one table. A kernel without IPv6 has no tcp6; one without tcp cannot be.
      def read(table)
        _, _, state = TABLES.fetch(table)
        target.proc_file("net/#{table}").lines.drop(1).map(&:split).select { |row| row[3] == state }.map do |row|
          address, port = row[1].split(":")
          Listener.new(table, address(address), port.to_i(16), row[7].to_i, row[9].to_i)
        end
      rescue Errno::ENOENT
        return [] if table.end_with?("6")

        raise CouldNotLook, "the target's sockets: /proc/#{target.pid}/net/#{table} is not there"
      end

      # Addresses are written as words of four bytes in the machine's own order.
      def address(hex)
        IPAddr.new_ntoh([hex].pack("H*").unpack("N*").pack("L*")).to_s
      end

      # {inode => [[name, pid, descriptor]]}; ss names the process that it found last first.
      def users_of(inodes)
        wanted = inodes.to_h { |inode| ["socket:[#{inode}]", inode] }
        return {} if wanted.empty?

        members = Members.new(target)
        closed = []
        users = members.all.each_with_object({}) do |pid, found|
          descriptors(pid, wanted, closed).each do |inode, descriptor|
            inside = members.pid_inside(pid) or break
            (found[inode] ||= []).unshift([name(pid), inside, descriptor])
          end
        end
        refuse_unknown_users(inodes - users.keys, closed, members) unless closed.empty?
        users
      end

      # A socket without a process may be another container's. It is not known to be that while one of the target's own
      # processes keeps its descriptors to itself; but root with every right is told no less than ss inside.
      def refuse_unknown_users(inodes, closed, members)
        return if inodes.empty? || looks_into_all?

        hidden = closed & members.pids
        return if hidden.empty?

        raise CouldNotLook, "whose the target's sockets are: the descriptors of its process #{hidden.first} may not " \
                            "be looked at"
      end

      # Root with CAP_SYS_PTRACE.
      def looks_into_all?
        Process.euid.zero? && ::File.read("/proc/self/status")[/^CapEff:\s*(\h+)/, 1].to_i(16)[19] == 1
      end

      # closed: where the pid is noted when its descriptors may not be looked at.
      def descriptors(pid, wanted, closed)
        directory = "/proc/#{pid}/fd"
        target.entering { sockets_in(directory, wanted) }
      rescue Errno::EACCES, Errno::EPERM
        closed << pid
        []
      rescue SystemCallError
        [] # it has ended
      end

      def sockets_in(directory, wanted)
        Dir.children(directory).map(&:to_i).sort.filter_map do |descriptor|
          inode = wanted[::File.readlink("#{directory}/#{descriptor}")]
          [inode, descriptor] if inode
        rescue Errno::ENOENT
          nil
        end
      end

      # A process may call itself anything: nothing in its name may end the name, or pass for a column.
      def name(pid)
        name = ::File.binread("/proc/#{pid}/comm").chomp
        Text.printable(name).tr('"()', "?").gsub(/(v6only|pid):?=?/) { |word| word.tr(":=", "?") }
      rescue SystemCallError
        "?"
      end

      def line(socket, users)
        netid, state, = TABLES.fetch(socket.table)
        owners = users.map { |name, pid, descriptor| "(\"#{name}\",pid=#{pid},fd=#{descriptor})" }.join(",")
        [netid, state, 0, 0, socket.local, socket.peer, ("users:(#{owners})" unless owners.empty?),
         ("uid:#{socket.uid}" if socket.uid.positive?), "ino:#{socket.inode}", "sk:0",
         ("v6only:#{socket.v6only ? 1 : 0}" if socket.six?), "<->"].compact.join(" ") << "\n"
      end
    end
  end
end
