# frozen_string_literal: true

require "io/wait"
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
          foreign = foreign(target, kinds)
          foreign.empty? ? yield : in_child(target, foreign, &)
        end

        # As look, but in a child in any case, for a look that listens to others: it may take that many bytes of memory
        # beyond what the scanner has, and its value so many; it is killed when its seconds are over (:late).
        def within(target, kinds, limit_s:, memory:, bytes:, &)
          in_child(target, foreign(target, kinds), limit_s: limit_s, bytes: bytes) do
            Process.setrlimit(:DATA, [own_memory + memory, *Process.getrlimit(:DATA)].min)
            yield
          end
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

        def foreign(target, kinds)
          foreign = LOCK.synchronize { kinds.reject { |kind| own?(target, kind) } }
          unknown = foreign - FLAGS.keys
          raise CouldNotLook, "the target's #{unknown.first} namespace cannot be looked into" unless unknown.empty?

          foreign
        end

        # What RLIMIT_DATA counts.
        def own_memory = ::File.read("/proc/self/status")[/^VmData:\s+(\d+) kB/, 1].to_i * 1024

        # What comes back was written by this process's own child, so what Marshal reads is foreign in its text only.
        def in_child(target, kinds, **limits, &)
          reader, pid = LOCK.synchronize { start(target, kinds, &) }
          written = limits.empty? ? reader.read : read(reader, **limits)
          return :late unless written

          outcome, value = Marshal.load(written) # rubocop:disable Security/MarshalLoad
          outcome == :ok ? value : raise(CouldNotLook, value)
        rescue ArgumentError, TypeError
          raise CouldNotLook, "the process sent into the target's namespaces ended early"
        ensure
          reader&.close
          finish(pid) if pid
        end

        # All that is written; nil when the time is over before.
        def read(reader, limit_s:, bytes:)
          written = "".b
          till = now + limit_s
          while reader.wait_readable([till - now, 0].max)
            written << reader.readpartial(65_536)
            raise CouldNotLook, "the answer is larger than #{bytes} bytes" if written.bytesize > bytes
          end
        rescue EOFError
          written
        end

        def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

        def finish(pid)
          Process.kill(:KILL, pid)
          Process.wait(pid)
        end

        def start(target, kinds, &block)
          reader, writer = IO.pipe(binmode: true)
          [reader, fork { report(reader, writer) { enter(target, kinds) && block.call } }]
        ensure
          writer.close
        end

        def report(reader, writer)
          reader.close
          Sys.prctl(1, Signal.list.fetch("KILL")) # PR_SET_PDEATHSIG: nobody waits for it any more
          outcome = begin
            [:ok, yield]
          rescue StandardError, NoMemoryError => e
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
