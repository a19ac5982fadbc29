# frozen_string_literal: true

places = %w[/ /proc /sys /dev /run /tmp /dev/null /nothing]
parameters = %w[
  kernel.hostname net.ipv4.ip_forward kernel.randomize_va_space net.ipv4.conf.all.rp_filter kernel.nosuch fs.suid_dumpable vm.swappiness
  net.ipv6.conf.all.disable_ipv6 kernel.core_pattern fs.file-max net.ipv4.ip_local_port_range net.ipv4.tcp_rmem
]
Ask.values(self, {
  "os" => %w[os.name os.family os.release os.arch os.debian? os.linux? os.redhat? os.unix? os.suse? os.bsd? os.windows? os.params],
  "platform" => %w[platform.name platform.family platform.families platform.release platform.arch platform.params] +
    ["platform.in_family?('unix')", "platform.in_family?('windows')", "platform.platform?('debian')", "platform.supported?([{'os-family': 'redhat'}])"],
  "virtualization" => %w[virtualization.physical_system?],
  "sys_info" => %w[hostname fqdn domain short ip_address].map { |ask| "sys_info.hostname('#{ask}')" } + %w[sys_info.hostname sys_info.manufacturer sys_info.model],
  "timezone" => %w[timezone.identifier timezone.name timezone.time_offset],
  "processes" => ["processes('hold').commands", "processes('hold').users", "processes('hold').states", "processes('hold').entries.length", "processes('hold').pids",
                  "processes(/hold-app/).users", "processes('/hold').exists?", "processes('nosuch').exists?", "processes(/hold/).labels", "processes('hold').tty",
                  "processes(/hold-child/).commands", "processes(/hold/).entries.map { |e| e.vsz.class }", "processes(/hold/).rss.length", "processes('nosuch').commands"],
  "kernel_parameter" => parameters.map { |name| "kernel_parameter(#{name.inspect}).value" },
  "kernel_parameters" => ["kernel_parameters.where { parameter =~ /rp_filter/ }.values", "kernel_parameters.parameters.length > 100",
                          "kernel_parameters.where(parameter: 'kernel.hostname').values", "kernel_parameters.where(parameter: 'nosuch').values"],
  "kernel_module" => %w[usb-storage usb_storage cramfs nosuch ext4].flat_map { |name| %w[loaded? disabled? blacklisted? version].map { |ask| "kernel_module(#{name.inspect}).#{ask}" } },
  "os_env" => %w[PATH HOME APP_MODE EMPTY EQUALS NOSUCH].flat_map { |name| %w[content split].map { |ask| "os_env(#{name.inspect}).#{ask}" } },
  "mount" => places.flat_map { |at| %w[mounted? device type options count].map { |ask| "mount(#{at.inspect}).#{ask}" } },
  "filesystem" => ["filesystem('/run').size_kb", "filesystem('/run').type", "filesystem('/run').percent_free.class", "filesystem('/run').name", "filesystem('/nothing').size_kb",
                   "filesystem('/dev').type", "filesystem('/proc').type"],
  "etc_fstab" => ["etc_fstab.mount_options", "etc_fstab.where { mount_point == '/tmp' }.mount_options", "etc_fstab.configured?", "etc_fstab.device_name", "etc_fstab.nfs_file_systems.entries.length",
                  "etc_fstab.home_mount_options", "etc_fstab('/nothing').device_name"],
  "service" => %w[sshd cron thing nosuch].flat_map { |name| %w[installed? enabled? running? name type description params runlevels.class].map { |ask| "service(#{name.inspect}).#{ask}" } },
  "systemd_service" => %w[thing nosuch].flat_map { |name| %w[installed? enabled? running?].map { |ask| "systemd_service(#{name.inspect}).#{ask}" } },
  "sysv_service" => ["sysv_service('thing').installed?", "sysv_service('thing').running?", "sysv_service('nosuch').installed?"],
  "upstart_service" => ["upstart_service('thing').installed?"],
  "runit_service" => ["runit_service('thing').installed?"],
  "cgroup" => ["cgroup('nosuch').cpuset.cpus"],
  "selinux" => %w[selinux.installed? selinux.enforcing? selinux.disabled? selinux.permissive? selinux.policy selinux.modules.entries selinux.booleans.entries],
  "linux_audit_system" => %w[linux_audit_system.enabled? linux_audit_system.running? linux_audit_system.rules],
  "auditd" => ["auditd.lines", "auditd.file('/etc/passwd').action"],
  "docker" => ["docker.version", "docker.containers.ids", "docker_container('x').exist?", "docker_image('x').exist?"],
  "podman" => ["podman.version"],
  "zfs_pool" => ["zfs_pool('x').exists?"],
  "lxc" => ["lxc('x').exists?"],
  "crontab" => ["crontab.commands", "crontab('root').minutes", "crontab('root').entries.length", "crontab('app').commands", "crontab('nosuch').commands", "crontab(path: '/etc/crontab').commands",
                "crontab(path: '/etc/crontab').minutes", "crontab(path: '/nothing').commands", "crontab(user: 'root').hours"],
  "cron" => ["cron.table", "cron('app').table", "cron('root').table"],
  "command existence" => %w[bash sh find ss nosuch hold /hold /bin/ls ../x cd].map { |name| "command(#{name.inspect}).exist?" }
})

Ask.verdicts(self, {
  "os" => { "os" => ["be_linux", "be_unix", "be_debian", "be_redhat", "be_windows"] },
  "processes" => { "processes('hold')" => ["exist", "be_running"], "processes('nosuch')" => ["exist", "be_running"] },
  "kernel_module" => %w[usb-storage cramfs nosuch].to_h { |name| ["kernel_module(#{name.inspect})", %w[be_loaded be_disabled be_blacklisted]] },
  "mount" => %w[/ /run /nothing].to_h { |at| ["mount(#{at.inspect})", ["be_mounted"]] },
  "service" => %w[sshd thing nosuch].to_h { |name| ["service(#{name.inspect})", %w[be_installed be_enabled be_running]] },
  "systemd_service" => { "systemd_service('nosuch')" => %w[be_installed be_enabled be_running] },
  "etc_fstab" => { "etc_fstab" => ["be_configured"], "etc_fstab.where { mount_point == '/nothing' }" => ["be_configured"] },
  "selinux" => { "selinux" => %w[be_installed be_disabled be_enforcing be_permissive] },
  "virtualization" => { "virtualization" => %w[be_physical_system] },
  "cron" => { "cron" => ["have_entry('*/5 * * * * /bin/true')", "have_entry('x')"], "cron('app')" => ["have_entry('x')"] },
  "command existence" => %w[sh bash nosuch find].to_h { |name| ["command(#{name.inspect})", ["exist"]] }
})
Ask.properties(self, {
  "os_env" => { "os_env('PATH')" => ["split include('/bin')", "split include('.')", "content eq('x')"], "os_env('NOSUCH')" => ["content be_nil", "split include('')"] },
  "kernel_parameter" => { "kernel_parameter('kernel.hostname')" => ["value cmp('fidelity')", "value be_nil"], "kernel_parameter('no.such')" => ["value cmp(0)", "value be_nil"] },
  "mount" => { "mount('/run')" => ["options include('nosuid')", "options include('ro')", "type eq('tmpfs')", "device eq('run')"], "mount('/nothing')" => ["options include('nosuid')", "type be_nil"] },
  "filesystem" => { "filesystem('/run')" => ["size_kb be_positive", "type cmp('tmpfs')"] },
  "processes" => { "processes('hold')" => ["users cmp(['root'])", "users include('app')", "commands include('/hold --main')"], "processes('nosuch')" => ["users be_empty"] },
  "crontab" => { "crontab" => ["commands include('/bin/true')", "minutes cmp('1')"], "crontab('nosuch')" => ["commands include('x')"] },
  "platform" => { "platform" => ["name eq('debian')", "family eq('redhat')", "release match(/\\d/)"] }
})
