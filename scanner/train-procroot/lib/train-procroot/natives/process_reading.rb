# frozen_string_literal: true

require "etc"
require_relative "ids"
require_relative "text"

module TrainProcroot
  module Natives
    # One process as /proc shows it, in the units and words of ps.
    class ProcessReading
      TICKS = Etc.sysconf(Etc::SC_CLK_TCK)
      # As ps: longer command lines are cut.
      MAX_COMMAND = 131_072

      # nil when there is no such process (any more).
      def self.of(pid)
        new("/proc/#{pid}")
      rescue Errno::ENOENT, Errno::ESRCH
        nil
      end

      def initialize(directory)
        @directory = directory
        head, _, tail = ::File.binread("#{directory}/stat").rpartition(") ")
        @name = head.partition(" (").last
        @stat = tail.split
        @status = ::File.binread("#{directory}/status").scan(/^(\w+):\t(.*)$/n).to_h
        @arguments = ::File.open("#{directory}/cmdline", "rb") { |file| file.read(MAX_COMMAND) }.to_s
      rescue Errno::EACCES, Errno::EPERM => e
        raise CouldNotLook, "#{directory}: #{CouldNotLook.cause_of(e)}"
      end

      def real_uid = @status["Uid"].to_s.split[0].to_i
      def effective_uid = @status["Uid"].to_s.split[1].to_i

      # KiB; kernel threads have none.
      def virtual = @status["VmSize"].to_i
      def resident = @status["VmRSS"].to_i

      def cpu_seconds = ticks / TICKS

      def cpu_permille
        seconds = uptime - (@stat[19].to_i / TICKS)
        seconds.positive? ? ticks * 1000 / TICKS / seconds : 0
      end

      def memory_permille
        resident * 1000 / ::File.read("/proc/meminfo")[/^MemTotal:\s*(\d+)/, 1].to_i
      end

      def started
        Time.at(Time.now.to_i - uptime + (@stat[19].to_i / TICKS)).utc
      end

      # State letter and what follows it: priority, locked pages, session leader, threads, foreground.
      def state
        nice = @stat[16].to_i
        [@stat[0], ("<" if nice.negative?), ("N" if nice.positive?), ("L" if @status["VmLck"].to_i.positive?),
         ("s" if @stat[3] == ::File.basename(@directory)), ("l" if @stat[17].to_i > 1),
         ("+" if @stat[2] == @stat[5])].join
      end

      def terminal
        major, minor = terminal_device
        case major
        when 0 then "?"
        when 136..143 then "pts/#{((major - 136) * 256) + minor}"
        when 4 then minor < 64 ? "tty#{minor}" : "ttyS#{minor - 64}"
        else terminal_of_driver(major, minor)
        end
      end

      def terminal_numbers
        terminal_device[0].zero? ? "?" : terminal_device.join(",")
      end

      # Label of the security module, "-" when there is none.
      def label
        text = ::File.binread("#{@directory}/attr/current")[/\A[[:print:]]+/n].to_s
        text.empty? ? "-" : text.force_encoding(Encoding::UTF_8)
      rescue SystemCallError
        "-"
      end

      # The arguments, or the name in brackets where there are none; " <defunct>" for a zombie. As ps shows them in a
      # locale that knows UTF-8, or in the plain one.
      def command(utf8:)
        return "[#{shown(@name, utf8)}] <defunct>" if @stat[0] == "Z"

        line = @arguments.sub(/\0+\z/n, "").tr("\0", " ")
        line.strip.empty? ? "[#{shown(@name, utf8)}]" : shown(line, utf8)
      end

      private

      # A line stays one line: what is not printable becomes a question mark or a dot. In a locale that knows UTF-8
      # that holds for all from the first byte on that is none.
      def shown(bytes, utf8)
        text = bytes.b.tr("\n", " ").force_encoding(Encoding::UTF_8)
        valid = utf8 ? text.each_char.take_while(&:valid_encoding?).join : +""
        rest = text.byteslice(valid.bytesize..).b.gsub(/[\x00-\x1f\x7f]/n, ".").gsub(/[\x80-\xff]/n, "?")
        valid.gsub(/[[:cntrl:]\u2028\u2029]/, "?") << rest.force_encoding(Encoding::UTF_8)
      end

      def ticks = @stat[11].to_i + @stat[12].to_i

      def uptime = ::File.read("/proc/uptime").to_i

      def terminal_device
        number = @stat[4].to_i
        [(number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00)]
      end

      def terminal_of_driver(major, minor)
        drivers = ::File.read("/proc/tty/drivers").lines.map(&:split).reject { |fields| fields.size < 4 }
        drivers.each do |fields|
          first, last = fields[-2].split("-").map(&:to_i)
          next unless fields[-3].to_i == major && minor.between?(first, last || first)

          return fields[-4].delete_prefix("/dev/") + (last ? (minor - first).to_s : "")
        end
        "?"
      rescue SystemCallError
        "?"
      end
    end
  end
end
