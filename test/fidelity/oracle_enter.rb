# frozen_string_literal: true

# In the target's namespaces, but with this machine's root: mounts what the auditor needs at /mnt of the target's root, in a mount
# namespace of its own, and becomes the auditor there.
root, gems, here, out = ARGV
CLONE_NEWNS = 0x20000
raise "unshare" unless syscall(RUBY_PLATFORM.match?(/aarch64/) ? 97 : 272, CLONE_NEWNS).zero?

def run(*words) = system(*words, exception: true)
run("mount", "--make-rprivate", "/")
run("mount", "-t", "tmpfs", "-o", "mode=755", "auditor", "#{root}/mnt")
{ "gems" => gems, "fidelity" => here, "out" => out }.each do |name, path|
  Dir.mkdir("#{root}/mnt/#{name}")
  run("mount", "--bind", path, "#{root}/mnt/#{name}")
end
Dir.mkdir("#{root}/mnt/home")
Dir.chroot(root)
Dir.chdir("/")
environ = { "PATH" => "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME" => "/root", "APP_MODE" => "prod", "EMPTY" => "", "EQUALS" => "a=b",
            "GEM_HOME" => "/mnt/gems", "GEM_PATH" => "/mnt/gems", "INSPEC_CONFIG_DIR" => "/mnt/home" }
exec(environ, "/usr/bin/ruby3.1", "-E", "UTF-8", "/mnt/fidelity/oracle.rb", "exec", "/mnt/fidelity/profile", "--reporter", "json:/mnt/out/oracle.json",
     "--no-create-lockfile", "--no-distinct-exit", "--reporter-backtrace-inclusion=false", "--command-timeout=20", unsetenv_others: true, in: "/dev/null", out: "/mnt/out/oracle.log", err: %i[child out])
