# frozen_string_literal: true

require_relative "probe"
require_relative "accounts"
require_relative "user_access"

module TrainProcroot
  module Natives
    # file and directory: `lsattr` (be_immutable) and `su ... test -r` (be_readable.by_user and its like).
    class FileQuestions < Probe
      asked_by "file", "directory"
      stands_for "lsattr"

      # The flags of ext4 that lsattr prints, in its order, as the resource reads them: twenty. Current versions print
      # two more (V, m), and the resource then never finds a file immutable.
      FLAGS = { "s" => 0x1, "u" => 0x2, "S" => 0x8, "D" => 0x10000, "i" => 0x10, "a" => 0x20, "d" => 0x40, "A" => 0x80,
                "c" => 0x4, "E" => 0x800, "j" => 0x4000, "I" => 0x1000, "t" => 0x8000, "T" => 0x20000, "e" => 0x80000,
                "C" => 0x800000, "x" => 0x2000000, "F" => 0x40000000, "N" => 0x10000000, "P" => 0x20000000 }.freeze
      GETFLAGS = 0x80086601

      TEST = %r{\Asu -s /bin/sh -c "test -(?<mode>[rwx]) (?<path>.*)" (?<user>[^"]*)\z}m
      MODES = { "r" => 4, "w" => 2, "x" => 1 }.freeze

      def answer(command, _asker)
        case command
        when TEST then by_user(*Regexp.last_match.values_at(:mode, :path, :user))
        when %r{\A(?:/usr/sbin/|/sbin/|/usr/bin/|/bin/)?lsattr (?<path>.+)\z}m then lsattr(Regexp.last_match[:path])
        end
      end

      private

      # What the kernel would say to that user, with the groups that its login would have. As su, fails for a stranger.
      def by_user(mode, path, name)
        accounts = Accounts.new(root)
        user = accounts.users.find { |candidate| candidate.name == name }
        if user.nil?
          accounts.certain_of_absence!("passwd")
          return Answer.failed(1, "su: user #{name} does not exist\n")
        end

        allowed = UserAccess.allowed?(root, path, MODES.fetch(mode), user, accounts.groups_of(user))
        allowed ? Answer.ok("") : Answer.failed(1)
      end

      # Of a directory, lsattr lists what is in it.
      def lsattr(path)
        stat = root.stat(path)
        return Answer.failed(1, "lsattr: No such file or directory while trying to stat #{path}\n") if stat.nil?
        return line(path, stat) unless stat.directory?

        paths = root.children(path).map { |name| "#{path.b.chomp('/')}/#{name}" }
        Answer.ok(paths.map { |child| line(child, root.lstat(child)).stdout }.join)
      end

      def line(path, stat)
        flags = stat && (stat.file? || stat.directory?) ? read_flags(path) : nil
        shown = Text.printable(path)
        return Answer.failed(1, "lsattr: Operation not supported While reading flags on #{shown}\n") if flags.nil?

        Answer.ok("#{FLAGS.map { |letter, bit| flags.anybits?(bit) ? letter : '-' }.join} #{shown}\n")
      end

      # nil where the file system keeps no flags.
      def read_flags(path)
        root.at(path) do |fd, _stat|
          flags = ::File::RDONLY | ::File::NONBLOCK
          ::IO.open(target.entering { ::IO.sysopen("/proc/self/fd/#{fd}", flags) }) { |io| ask_flags(io) }
        end
      end

      def ask_flags(io)
        buffer = [0].pack("Q")
        io.ioctl(GETFLAGS, buffer)
        buffer.unpack1("L")
      rescue Errno::ENOTTY, Errno::EOPNOTSUPP, Errno::ENOSYS, Errno::EINVAL
        nil
      end
    end
  end
end
