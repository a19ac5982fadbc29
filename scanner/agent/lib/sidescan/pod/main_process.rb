# frozen_string_literal: true

require "json"
require_relative "calls"
require_relative "holder"
require_relative "identity"

module Sidescan
  class Pod
    # Turns the calling process into the target's main process: the rights, environment and directory that a
    # container runtime would give it, and then either the image's own program or the holder.
    class MainProcess
      # What container runtimes grant by default, as a set of bits: chown, dac_override, fowner, fsetid, kill,
      # setgid, setuid, setpcap, net_bind_service, net_raw, sys_chroot, mknod, audit_write, setfcap.
      DEFAULT_CAPABILITIES = 0x00000000a80425fb
      DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

      # `wanted`: user, group, env (list of NAME=value), cwd, argv (nil: hold). `mapping`: which users exist here.
      def initialize(wanted, mapping:, &notice)
        @wanted = wanted
        @mapping = mapping
        @notice = notice
      end

      # Returns only by raising. Standard input and output are the caller's business.
      def become
        identity = Identity.new(@wanted["user"], @wanted["group"])
        environment = environment_of(identity)
        holder = Holder.open if @wanted["argv"].nil?
        Process.setsid
        File.umask(0o022)
        take(identity)
        enter_directory
        holder ? start(["/proc/self/fd/#{holder.fileno}", Holder::NAME], [], environment) : run(environment)
      end

      private

      def environment_of(identity)
        given = @wanted["env"].to_h { |pair| pair.split("=", 2).then { |name, value| [name, value.to_s] } }
        { "PATH" => DEFAULT_PATH, "HOSTNAME" => Surroundings::HOSTNAME, "HOME" => identity.home }.merge(given)
      end

      def take(identity)
        return take_only_user(identity) if @mapping == "single"

        Calls.bound_capabilities(DEFAULT_CAPABILITIES)
        Process.groups = identity.groups
        Process::Sys.setresgid(identity.gid, identity.gid, identity.gid)
        Process::Sys.setresuid(identity.uid, identity.uid, identity.uid)
        Calls.capabilities = identity.uid.zero? ? DEFAULT_CAPABILITIES : 0
      rescue Errno::EINVAL
        raise Failure.new("User #{identity.uid}:#{identity.gid} does not exist in this user namespace.",
                          hint: "run as root, or give this user more numbers in /etc/subuid and /etc/subgid")
      end

      # There is one user in this namespace. Without capabilities it is at least no more than the one that was asked
      # for.
      def take_only_user(identity)
        if identity.uid.zero? && identity.gid.zero?
          Calls.bound_capabilities(DEFAULT_CAPABILITIES)
          Calls.capabilities = DEFAULT_CAPABILITIES
        else
          @notice.call("warning", "The main process should run as #{identity.uid}:#{identity.gid}; without root it " \
                                  "runs as user 0 of a user namespace, without capabilities. What depends on its " \
                                  "user is not to be relied on.")
          Calls.bound_capabilities(0)
          Calls.capabilities = 0
        end
      end

      def enter_directory
        Dir.chdir(@wanted["cwd"] || "/")
      rescue SystemCallError => e
        @notice.call("warning", "The working directory #{@wanted['cwd']} cannot be entered (#{e.message}); " \
                                "/ is used instead.")
      end

      def run(environment)
        program, *arguments = @wanted["argv"]
        start([find(program, environment["PATH"]), program], arguments, environment)
      rescue SystemCallError => e
        raise Failure, "The image's program #{program} cannot be started: #{e.message}"
      end

      # Ruby would hand a file that the kernel refuses to /bin/sh, and looks in its own PATH.
      def find(program, path)
        return program if program.include?("/")

        path.split(":").map { |folder| File.join(folder.empty? ? "." : folder, program) }
            .find { |file| File.file?(file) && File.executable?(file) } or
          raise Failure.new("The image's program #{program} is not in the directory.", hint: "PATH is #{path}")
      end

      def start(command, arguments, environment)
        Process.exec(environment, command, *arguments, unsetenv_others: true, close_others: true)
      end
    end
  end
end
