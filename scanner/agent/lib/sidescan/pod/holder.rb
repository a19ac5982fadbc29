# frozen_string_literal: true

require_relative "calls"

module Sidescan
  class Pod
    # The smallest program that can be a target's main process: it waits until it is killed. The target's directory
    # need not hold anything that could run, so the program is written here, byte by byte, and started from memory.
    module Holder
      NAME = "sidescan-hold"
      BASE = 0x400000 # where the one segment is mapped
      HEADERS = 64 + 56 # ELF header and one program header; the code follows

      X86_64 = [
        "b8 9d 00 00 00", #    mov  eax, 157          prctl
        "bf 0f 00 00 00", #    mov  edi, 15           PR_SET_NAME: else ps would show the descriptor's number
        "48 8d 35 0b 00 00 00", # lea rsi, [rip + 11] name
        "0f 05", #             syscall
        "b8 22 00 00 00", # 1: mov  eax, 34           pause
        "0f 05", #             syscall
        "eb f7" #              jmp  1b
      ].freeze #               name:

      AARCH64 = [
        "e8 14 80 d2", #    mov x8, #167              prctl
        "e0 01 80 d2", #    mov x0, #15               PR_SET_NAME
        "41 01 00 10", #    adr x1, +40               name
        "01 00 00 d4", #    svc #0
        "00 00 80 d2", # 1: mov x0, #0                ppoll(NULL, 0, NULL, NULL): aarch64 has no pause
        "01 00 80 d2", #    mov x1, #0
        "02 00 80 d2", #    mov x2, #0
        "03 00 80 d2", #    mov x3, #0
        "28 09 80 d2", #    mov x8, #73               ppoll
        "01 00 00 d4", #    svc #0
        "fa ff ff 17", #    b   1b
        "1f 20 03 d5" #     nop
      ].freeze #            name:

      module_function

      # The whole file: ELF header, program header, code, name.
      def elf(aarch64: RUBY_PLATFORM.match?(/aarch64|arm64/))
        code = [(aarch64 ? AARCH64 : X86_64).join.delete(" ")].pack("H*") + [NAME].pack("Z*")
        size = HEADERS + code.bytesize
        # magic, 64 bit, little endian, version 1; EXEC, machine, version, entry, program headers at 64, no sections
        header = ["\x7fELF", 2, 1, 1, 2, aarch64 ? 183 : 62, 1, BASE + HEADERS, 64, 0, 0, 64, 56, 1, 0, 0, 0]
        # LOAD, readable and executable, from offset 0, at BASE twice (virtual, physical), size in file and memory,
        # alignment
        segment = [1, 5, 0, BASE, BASE, size, size, 0x10000]
        header.pack("a4C3x9S<2L<Q<3L<S<6") + segment.pack("L<2Q<6") + code
      end

      # An IO on the program in memory; executed as /proc/self/fd/N.
      def open
        IO.for_fd(Calls.memfd(NAME), "w+b").tap do |file|
          file.write(elf)
          file.flush
        end
      end
    end
  end
end
