# frozen_string_literal: true

require "monitor"
require_relative "../errors"
require_relative "../sys"

module TrainProcroot
  module Natives
    # Looking from inside the target's namespaces, for what the kernel answers according to who asks (sysctl,
    # addresses, sockets). Done in a forked child, so that the scanner itself never moves.
    module SeenFromTarget
      FLAGS = { user: 0x10000000, ipc: 0x08000000, uts: 0x04000000, net: 0x40000000 }.freeze

      # Threads may look at once. Only one of them asks as another user, or makes a child, which must not hold the pipe
      # of another child.
      LOCK = Monitor.new

      class << self
        # The block's value, seen from the target's namespaces of these kinds. Where they are the scanner's own anyway
        # the block runs here; else in a child, and its value must survive Marshal. Raises CouldNotLook when they cannot
        # be entered, and for whatever the block raised there.
        def look(target, kinds, &)
          foreign = LOCK.synchronize { kinds.reject { |kind| own?(target, kind) } }
          return yield if foreign.empty?

          unknown = foreign - FLAGS.keys
          raise CouldNotLook, "the target's #{unknown.first} namespace cannot be looked into" unless unknown.empty?

          in_child(target, foreign, &)
        end

        # Does the target live in the scanner's own namespace of this kind?
        def own?(target, kind)
          target.namespace(kind) == ::File.readlink("/proc/self/ns/#{kind}")
        rescue Errno::ENOENT, Errno::ESRCH
          raise CouldNotLook, "process #{target.pid} has no #{kind} namespace to look at"
        rescue SystemCallError => e
          raise CouldNotLook, "the #{kind} namespace of process #{target.pid}: #{CouldNotLook.cause_of(e)}"
        end

        private

        # What comes back was written by this process's own child, so what Marshal reads is foreign in its text only.
        def in_child(target, kinds, &)
          reader, pid = LOCK.synchronize { start(target, kinds, &) }
          outcome, value = Marshal.load(reader.read) # rubocop:disable Security/MarshalLoad
          outcome == :ok ? value : raise(CouldNotLook, value)
        rescue ArgumentError, TypeError, EOFError
          raise CouldNotLook, "the process sent into the target's namespaces ended early"
        ensure
          reader&.close
          Process.wait(pid) if pid
        end

        def start(target, kinds, &block)
          reader, writer = IO.pipe(binmode: true)
          [reader, fork { report(reader, writer) { enter(target, kinds) && block.call } }]
        ensure
          writer.close
        end

        def report(reader, writer)
          reader.close
          outcome = begin
            [:ok, yield]
          rescue StandardError => e
            [:failed, e.message.b]
          end
          writer.write(Marshal.dump(outcome))
          writer.close
        ensure
          exit!(0) # no at_exit handler of the auditor's may run here
        end

        def enter(target, kinds)
          files = kinds.to_h { |kind| [kind, ::File.open("/proc/#{target.pid}/ns/#{kind}")] }
          target.alive!
          files.each { |kind, file| Sys.setns(file.fileno, FLAGS.fetch(kind)) }
        rescue SystemCallError => e
          raise CouldNotLook,
                "the target's #{kinds.join(', ')} namespace cannot be entered: #{CouldNotLook.cause_of(e)}"
        end
      end
    end
  end
end
