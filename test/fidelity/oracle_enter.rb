# frozen_string_literal: true

# In the target's namespaces but the one of mounts: takes what the auditor needs along into that one too, mounts it at /mnt of the target's
# root, seen by nobody else, and becomes the auditor there. Ruby and its libraries come along, so that the target needs none.
#
#     oracle_enter.rb PID {"gems": FOLDER, ...} ENVIRON {"user":, "groups":, "capabilities":} ARGUMENTS...
require "json"
require_relative "../../scanner/agent/lib/sidescan/pod/calls"

pid, folders, environ, as, *arguments = ARGV
folders, environ, as = [folders, environ, as].map { |text| JSON.parse(text) }
AARCH64 = RUBY_PLATFORM.match?(/aarch64/)
MOUNT, SETNS, UNSHARE, FCHDIR, OPEN_TREE, MOVE_MOUNT = AARCH64 ? [40, 268, 97, 50, 428, 429] : [165, 308, 272, 81, 428, 429]
AT_FDCWD = -100
CLONE_NEWNS = 0x20000
CLONE_TREE = 1 | 0o2000000 # OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC
FROM_EMPTY_PATH = 4
REC_PRIVATE = 0x4000 | (1 << 18)

trees = folders.transform_values { |path| syscall(OPEN_TREE, AT_FDCWD, +path, CLONE_TREE) }
namespace = File.open("/proc/#{pid}/ns/mnt")
root = Dir.open("/proc/#{pid}/root")
log = File.open("#{folders.fetch('out')}/oracle.log", "w")
raise "setns" unless syscall(SETNS, namespace.fileno, CLONE_NEWNS).zero?

syscall(FCHDIR, root.fileno)
Dir.chroot(".")
syscall(UNSHARE, CLONE_NEWNS)
syscall(MOUNT, +"none", +"/", +"none", REC_PRIVATE, 0)
syscall(MOUNT, +"auditor", +"/mnt", +"tmpfs", 0, +"mode=755")
trees.each do |name, tree|
  Dir.mkdir("/mnt/#{name}")
  syscall(MOVE_MOUNT, tree, +"", AT_FDCWD, "/mnt/#{name}", FROM_EMPTY_PATH)
end
Dir.mkdir("/mnt/home")
File.chmod(0o777, "/mnt/home")
Dir.chdir("/")
Sidescan::Pod::Calls.bound_capabilities(as["capabilities"]) if as["capabilities"]
if as["user"]
  Process.groups = as["groups"] || []
  Process::Sys.setresgid(as["user"], as["user"], as["user"])
  Process::Sys.setresuid(as["user"], as["user"], as["user"])
end
Sidescan::Pod::Calls.capabilities = as["user"] ? 0 : as["capabilities"] if as["capabilities"]
lib = "/mnt/debian/usr/lib"
arch = AARCH64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu"
loader = "#{lib}/#{arch}/ld-linux-#{AARCH64 ? 'aarch64.so.1' : 'x86-64.so.2'}"
ruby = %w[vendor_ruby/3.1.0 vendor_ruby 3.1.0].flat_map { |name| ["#{lib}/ruby/#{name}", "#{lib}/#{arch}/ruby/#{name}"] }
own = { "RUBYLIB" => ruby.join(":"), "GEM_HOME" => "/mnt/gems", "GEM_PATH" => "/mnt/gems:#{lib}/ruby/gems/3.1.0",
        "INSPEC_CONFIG_DIR" => "/mnt/home" }
exec(environ.merge(own), loader, "--library-path", "#{lib}/#{arch}", "/mnt/debian/usr/bin/ruby3.1", "-E", "UTF-8",
     "/mnt/fidelity/oracle.rb", *own.keys, "--", *arguments, unsetenv_others: true, in: "/dev/null", out: log, err: log)
