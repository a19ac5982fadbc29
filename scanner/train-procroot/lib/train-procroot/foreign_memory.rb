# frozen_string_literal: true

require_relative "sys"

module TrainProcroot
  # What is in the memory of another process, which may not be looked at everywhere.
  class ForeignMemory
    PAGE = 4096
    PATH_MAX = 4096
    # Strings of a list that are looked at.
    LIST_MAX = 256

    # Whether the last look was refused.
    attr_reader :closed

    # A list of strings that ends with a null pointer.
    def strings(pid, address)
      pointers = bytes(pid, address, LIST_MAX * 8) || bytes(pid, address, PAGE - (address % PAGE)) || ""
      pointers.unpack("Q*").take_while(&:positive?).filter_map { |pointer| string(pid, pointer) }
    end

    # A NUL-ended string in another process, page by page, since the next page may not be mapped.
    def string(pid, address)
      text = "".b
      while text.bytesize < PATH_MAX
        part = bytes(pid, address, PAGE - (address % PAGE)) or return nil
        ended = part.index("\0")
        return text << part.byteslice(0, ended) if ended

        text << part
        address += part.bytesize
      end
    end

    # nil where nothing can be read.
    def bytes(pid, address, length)
      @closed = false
      buffer = "\0".b * length
      here = [Sys.pointer(buffer), length].pack("JJ")
      there = [address, length].pack("JJ")
      read = Sys.call(:process_vm_readv, pid, Sys.pointer(here), 1, Sys.pointer(there), 1, 0)
      buffer.byteslice(0, read)
    rescue Errno::EPERM, Errno::ENOSYS
      from_file(pid, address, length)
    rescue SystemCallError
      nil # the process is gone
    end

    private

    # The same without the call, which a pod's filter of system calls refuses to all but SYS_PTRACE.
    def from_file(pid, address, length)
      ::File.open("/proc/#{pid}/mem", "rb") { |file| file.pread(length, address) }
    rescue SystemCallError, EOFError => e
      @closed = [Errno::EACCES, Errno::EPERM].include?(e.class)
      nil
    end
  end
end
