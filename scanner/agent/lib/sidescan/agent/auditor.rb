# frozen_string_literal: true

module Sidescan
  module Agent
    # The forked child that holds the auditor, seen from the agent: start, go, what it tells, its last words, its end.
    # The fork happens at once, so that the auditor loads while the target is still being waited for.
    class Auditor
      # Last output that is kept of each stream, in bytes, and of it what an error shows, in lines.
      KEPT = 64 * 1024
      SHOWN = 20

      attr_reader :pid, :status

      # tell: called with each message of the child, a Hash with Symbol keys.
      def initialize(watch, &tell)
        @watch = watch
        @tell = tell
        @words = { out: +"", err: +"" }
        @events = +""
      end

      def start
        orders, @orders = IO.pipe
        events, events_in = IO.pipe
        out, out_in = IO.pipe
        err, err_in = IO.pipe
        parent = Process.pid
        @pid = fork { become_auditor(parent, orders, events_in, out_in, err_in) }
        [orders, events_in, out_in, err_in].each(&:close)
        @sources = { events => :event, out => :out, err => :err }
        @sources.each_key { |io| @watch.on(io) { drain(io) } }
      end

      # spec: as data; target: what the child adds to its transport's URI; scratch: where it may write.
      def go(spec, target, scratch)
        @orders.puts(JSON.generate("spec" => spec, "target" => target, "scratch" => scratch))
        @orders.close
      rescue Errno::EPIPE
        nil # it has died; `ended?` says how
      end

      # True once the child has ended and everything it said is read.
      def ended?
        @status ||= Descendants.reap[@pid]
        return false unless @status

        @sources.each_key { |io| drain(io) }
        true
      end

      # Last lines it printed; of stderr, or of stdout when there is nothing on stderr.
      def last_words
        %i[err out].map { |stream| lines(@words[stream]) }.find(&:any?).to_a.last(SHOWN)
      end

      private

      def become_auditor(parent, orders, events, out, err)
        Process.setsid
        Descendants.die_with(parent)
        %w[INT TERM HUP CHLD].each { |name| trap(name, "DEFAULT") }
        $stdin.reopen(File::NULL)
        $stdout.reopen(out)
        $stderr.reopen(err)
        $stdout.sync = $stderr.sync = true
        require "sidescan/agent/audit"
        Audit.new(orders, events).run
      ensure
        exit!(70) # never back into the agent's own code; Audit ends the process itself
      end

      def drain(io)
        loop do
          data = @watch.read(io)
          return @watch.off(io) if data.nil?
          return if data.empty?

          @sources[io] == :event ? hear(data) : keep(@words[@sources[io]], data)
        end
      end

      def hear(data)
        @events << data
        while (line = @events.slice!(/\A[^\n]*\n/))
          @tell.call(JSON.parse(line, symbolize_names: true))
        end
      end

      def keep(words, data)
        words << data
        words.replace(words.byteslice(-KEPT, KEPT)) if words.bytesize > 2 * KEPT
      end

      # Text as a terminal would leave it: no colours, no other control characters, no blank lines.
      def lines(words)
        Emitter.text(words).gsub(/\e\[[0-9;]*[A-Za-z]/, "").gsub(/[^[:print:]\n]/,
                                                                 " ").lines.map(&:rstrip).reject(&:empty?)
      end
    end
  end
end
