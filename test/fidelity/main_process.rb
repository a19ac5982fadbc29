# frozen_string_literal: true

require "json"
require "socket"
require_relative "web_service"

# Becomes the target: a process in namespaces of its own, whose root is a directory that stays as it is (what is written goes to memory),
# with sockets that listen, a child and a child of another user. Started by unshare; the program that it ends as is `/hold` in that root.
#
#     main_process.rb ROOT {"user": 1000, "groups": [2000], "capabilities": "drop", "read_only": true}
lower = ARGV.fetch(0)
as = JSON.parse(ARGV.fetch(1))
def run(*words) = system(*words, exception: true)

root = "/run/fidelity"
run("mount", "-t", "tmpfs", "-o", "mode=755,size=64m", "layers", "/run")
%w[fidelity upper work lower].each { |name| Dir.mkdir("/run/#{name}") }
run("mount", "--bind", lower, "/run/lower") # a path that is the same for all, since the target sees it
run("mount", "-t", "overlay", "-o", "lowerdir=/run/lower,upperdir=/run/upper,workdir=/run/work", "overlay", root)
run("mount", "-t", "proc", "proc", "#{root}/proc")
run("mount", "-t", "sysfs", "-o", "ro", "sysfs", "#{root}/sys")
run("mount", "-t", "tmpfs", "-o", "mode=755,size=64k", "dev", "#{root}/dev")
%w[null zero full random urandom tty].each do |name|
  File.write("#{root}/dev/#{name}", "")
  run("mount", "--bind", "/dev/#{name}", "#{root}/dev/#{name}")
end
{ "fd" => "/proc/self/fd", "stdin" => "/proc/self/fd/0", "stdout" => "/proc/self/fd/1", "stderr" => "/proc/self/fd/2" }
  .each { |name, to| File.symlink(to, "#{root}/dev/#{name}") }
run("mount", "-t", "tmpfs", "-o", "mode=755,nosuid,nodev,noexec,size=1m", "run", "#{root}/run")
run("ip", "link", "set", "lo", "up")
File.write("/proc/sys/kernel/hostname", "fidelity")
local = UNIXServer.new("#{root}/run/app.sock")
sockets = [TCPServer.new("127.0.0.1", 8080), TCPServer.new("0.0.0.0", 9090), TCPServer.new("::1", 8081), TCPServer.new("::", 7070),
           UDPSocket.new.tap { |udp| udp.bind("127.0.0.1", 5353) }, UDPSocket.new(Socket::AF_INET6).tap { |udp| udp.bind("::", 5354) }, local]
sockets.each { |socket| socket.close_on_exec = false }
service = Fidelity::WebService.new
run("mount", "-o", "remount,ro", root) if as["read_only"]
Dir.chroot(root)
Dir.chdir("/")
ENV.replace("PATH" => "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME" => "/root", "APP_MODE" => "prod",
            "EMPTY" => "", "EQUALS" => "a=b")
ENV.update("ORACLE_HOME" => "/opt/oracle", "CASSANDRA_HOME" => "/opt/cassandra")
File.umask(0o022)
out = File.open("/dev/null", "r+")
become = lambda do |user, groups|
  Process.groups = groups
  Process::Sys.setresgid(user, user, user)
  Process::Sys.setresuid(user, user, user)
end
user = as["user"] || 0
fork do
  become.call(user, as["groups"] || [])
  exec(["/hold", "hold-child"], "--child", "a b", in: out, out: out, err: out, close_others: false)
end
fork do
  sockets.each(&:close)
  become.call(as["user"] ? 33 : 1000, [])
  exec(["/hold", "hold-app"], "--user=app", in: out, out: out, err: out)
end
fork do
  sockets.each(&:close)
  [$stdin, $stdout, $stderr].each { |stream| stream.reopen(out) }
  Process.setproctitle("web-service")
  service.run
end
puts "ready"
$stdout.flush
(0..63).each { |number| syscall(RUBY_PLATFORM.match?(/aarch64/) ? 167 : 157, 24, number, 0, 0, 0) rescue break } if as["capabilities"] == "drop" # rubocop:disable Style/RescueModifier
become.call(user, as["groups"] || []) if as["user"]
exec(["/hold", "/hold"], "--main", in: out, out: out, err: out, close_others: false)
