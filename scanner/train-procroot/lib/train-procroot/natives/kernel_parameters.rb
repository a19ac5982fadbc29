# frozen_string_literal: true

require_relative "probe"
require_relative "seen_from_target"
require_relative "text"

module TrainProcroot
  module Natives
    # kernel_parameter and kernel_parameters: `sysctl -q -n KEY` and `sysctl -a`, from /proc/sys.
    #
    # Much of /proc/sys is the same for the whole machine, but net.* and a few others answer for the namespaces of
    # whoever reads: those are read from inside the target's namespaces, or not at all.
    class KernelParameters < Probe
      asked_by "kernel_parameter", "kernel_parameters", "linux_kernel_parameter"

      DIRECTORY = "/proc/sys"
      MAX_VALUE = 1024 * 1024
      IPC = %w[shmmax shmall shmmni shm_rmid_forced msgmax msgmni msgmnb sem auto_msgmni msg_next_id sem_next_id
               shm_next_id].freeze

      def answer(command, _asker)
        case command
        when "/sbin/sysctl -a" then all
        when %r{\A/sbin/sysctl -q -n (?<key>[\w./*:@-]+)\z} then value(path_of(Regexp.last_match[:key]))
        end
      end

      # Deprecated ones, which sysctl reads when they are named but does not list.
      UNLISTED = %w[base_reachable_time retrans_time].freeze

      # Which namespaces a path below /proc/sys belongs to; none for the machine's own.
      def self.namespaces(path)
        case path
        when %r{\Anet(/|\z)} then [:net]
        when %r{\Auser(/|\z)} then [:user]
        when %r{\Afs/mqueue(/|\z)} then [:ipc]
        when "kernel/hostname", "kernel/domainname" then [:uts]
        when "kernel/ns_last_pid", "kernel/pid_max" then [:pid]
        when %r{\Akernel/(\w+)\z} then IPC.include?(Regexp.last_match(1)) ? [:ipc] : []
        when "", "kernel", "fs" then %i[net uts ipc]
        else []
        end
      end

      private

      def value(path)
        return missing(path) if path.split("/").include?("..")

        found = inside(path) { parameters(path) }
        found.empty? ? missing(path) : Answer.ok(found.map { |_path, text| "#{text.chomp}\n" }.join)
      end

      def all
        found = inside("") { parameters("") }.reject { |path, _| UNLISTED.include?(::File.basename(path)) }
        lines = found.flat_map do |path, text|
          text.lines(chomp: true).map { |line| "#{path.tr('/.', './')} = #{line}\n" }
        end
        Answer.ok(lines.join)
      end

      def missing(path)
        Answer.failed(1, "sysctl: cannot stat #{DIRECTORY}/#{path}: No such file or directory\n")
      end

      def inside(path, &)
        raise CouldNotLook, "#{DIRECTORY} is not there" unless ::File.exist?("#{DIRECTORY}/kernel")

        SeenFromTarget.look(target, KernelParameters.namespaces(path), &)
      end

      # As sysctl: whichever separator comes first is the one, and the other one belongs to a name.
      def path_of(key)
        key = key.delete_prefix("#{DIRECTORY}/").delete_prefix("/")
        key[%r{[./]}] == "." ? key.tr("./", "/.") : key
      end

      # [path, text] of the parameter, or of all below the directory.
      def parameters(path)
        files = below(path)
        files.filter_map { |path| (text = read(path, one: files.size == 1)) && [path, text] }
      end

      def below(path)
        names = Dir.children("#{DIRECTORY}/#{path}").sort
        names.flat_map { |name| below(path.empty? ? name : "#{path}/#{name}") }
      rescue Errno::ENOTDIR
        [path]
      rescue Errno::ENOENT
        []
      end

      # Where many are listed, one that may not be read is left out, as by sysctl.
      def read(path, one:)
        Text.clean(::File.open("#{DIRECTORY}/#{path}", "rb") { |file| file.read(MAX_VALUE) }.to_s)
      rescue SystemCallError => e
        raise CouldNotLook, "kernel parameter #{path.tr('/', '.')}: #{CouldNotLook.cause_of(e)}" if one
      end
    end
  end
end
