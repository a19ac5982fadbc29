# frozen_string_literal: true

require "socket"

# Becomes the target: a process in namespaces of its own, whose root is the directory given, with sockets that listen, a child and
# a child of another user. Started by unshare; the program it ends as is `/hold` in that root.
root = ARGV.fetch(0)
def run(*words) = system(*words, exception: true)
run("mount", "--bind", root, root)
run("mount", "-t", "proc", "proc", "#{root}/proc")
run("mount", "-t", "sysfs", "-o", "ro", "sysfs", "#{root}/sys")
run("mount", "-t", "tmpfs", "-o", "mode=755,size=64k", "dev", "#{root}/dev")
%w[null zero full random urandom tty].each do |name|
  File.write("#{root}/dev/#{name}", "")
  run("mount", "--bind", "/dev/#{name}", "#{root}/dev/#{name}")
end
{ "fd" => "/proc/self/fd", "stdin" => "/proc/self/fd/0", "stdout" => "/proc/self/fd/1", "stderr" => "/proc/self/fd/2" }
  .each { |name, to| File.symlink(to, "#{root}/dev/#{name}") }
run("mount", "-t", "tmpfs", "-o", "nosuid,nodev,noexec,size=1m", "run", "#{root}/run")
run("ip", "link", "set", "lo", "up")
Socket.sethostname("fidelity") if Socket.respond_to?(:sethostname)
File.write("/proc/sys/kernel/hostname", "fidelity")
sockets = [TCPServer.new("127.0.0.1", 8080), TCPServer.new("0.0.0.0", 9090), TCPServer.new("::1", 8081), TCPServer.new("::", 7070),
           UDPSocket.new.tap { |udp| udp.bind("127.0.0.1", 5353) }]
sockets.each { |socket| socket.close_on_exec = false }
Dir.chroot(root)
Dir.chdir("/")
ENV.replace("PATH" => "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME" => "/root", "APP_MODE" => "prod",
            "EMPTY" => "", "EQUALS" => "a=b")
umask = File.umask(0o022)
raise "no umask" unless umask

out = File.open("/dev/null", "r+")
fork { exec(["/hold", "hold-child"], "--child", "a b", in: out, out: out, err: out, close_others: false) }
fork do
  sockets.each(&:close)
  Process::Sys.setgid(1000)
  Process::Sys.setuid(1000)
  exec(["/hold", "hold-app"], "--user=app", in: out, out: out, err: out)
end
puts "ready"
$stdout.flush
exec(["/hold", "/hold"], "--main", in: out, out: out, err: out, close_others: false)
