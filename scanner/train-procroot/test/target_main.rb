# frozen_string_literal: true

# The main process of a test's target: enters the directory, says that it did, and sleeps.
# Arguments: directory, uid, gid, "1" when /proc is to be mounted, descriptor to tell on; then a program to become.
directory, uid, gid, own_proc, tell, *program = ARGV
MOUNT = RUBY_PLATFORM.include?("aarch64") ? 40 : 165
if own_proc == "1"
  Kernel.syscall(MOUNT, 0, +"/", 0, 0x4000 | 0x40000, 0) # recursively private
  Kernel.syscall(MOUNT, +"proc", "#{directory}/proc", +"proc", 0, 0)
end
Process.setsid
Dir.chroot(directory)
Dir.chdir("/")
Process.groups = []
Process::Sys.setgid(Integer(gid))
Process::Sys.setuid(Integer(uid))
io = IO.for_fd(Integer(tell))
io.close_on_exec = true
io.syswrite("ready\n")
exec(*program, close_others: true) unless program.empty?
io.close
sleep
