# frozen_string_literal: true

# Every line is an expression over resources; its value, as Ruby inspects it, is what the two audits are compared by.
expressions = {
  "file" => %w[/etc/passwd /etc/shadow /etc/app /etc/app/absolute /etc/app/relative /etc/app/dangling /etc/app/loop /srv/app/a.yml /srv/fifo
               /dev/null /etc/app/secret /etc/app/group-only /etc/app/suid /etc/app/sgid /etc/app/unowned /etc/app/ww /etc/app/empty
               /etc/app/latin1.txt /etc/app/nul.bin /etc/app/crlf /etc/app/nonl /srv/sticky /tmp /nothing /etc/passwd/x / /bin /proc/1/comm
               /proc/sys/kernel/ostype /run].flat_map do |path|
    %w[exist? file? directory? symlink? pipe? socket? block_device? character_device? mode type owner group uid gid mtime.class size suid sgid
       sticky content link_path shallow_link_path md5sum sha256sum selinux_label.class mounted? immutable? basename path]
      .reject { |ask| path == "/srv/fifo" && %w[content md5sum sha256sum].include?(ask) } # the auditor waits for a writer for ever
      .map { |ask| "file(#{path.inspect}).#{ask}" }
  end + %w[/etc/passwd /etc/shadow /etc/app/secret /etc/app/group-only /etc/app/a.yml /home/app /home/other /srv/sticky /etc/app/ww
           /etc/app/kept.sh /nothing /etc/app/absolute].flat_map do |path|
    %w[readable writable executable].flat_map do |how|
      ["owner", "group", "others"].map { |by| "file(#{path.inspect}).#{how}?(#{by.inspect}, nil)" } +
        %w[root app other nobody nosuch].map { |who| "file(#{path.inspect}).#{how}?(nil, #{who.inspect})" }
    end + ["file(#{path.inspect}).more_permissive_than?('0640')", "file(#{path.inspect}).allowed?('read', by: 'owner')"]
        end + ['directory("/etc").exist?', 'directory("/etc/passwd").exist?', 'file("/etc/app/new\nline").content', 'file("/etc/app/with space.conf").size',
         'file("/etc/app/ümläut").owner', 'file("/etc").mounted?', 'mount("/").mounted?'],
  "users" => [
    "passwd.users", "passwd.uids", "passwd.entries.length", "passwd.where { uid.to_i >= 1000 }.users", "passwd.shells", "passwd.homes", "passwd.gids",
    "passwd.where(user: 'app').descs", "shadow.users", "shadow.where(user: 'www-data').max_days", "shadow.where(user: 'www-data').entries.first.to_h",
    "shadow.passwords", "etc_group.groups", "etc_group.where(name: 'team').users", "etc_group.gids",
    "users.usernames", "users.uids", "users.gids", "users.groups", "users.homes", "users.shells", "users.mindays", "users.maxdays", "users.warndays",
    "users.where { uid == 1000 }.usernames", "users.where { maxdays > 365 }.usernames",
    "groups.names", "groups.gids", "groups.members", "group('team').exists?", "group('team').gid", "group('team').members", "group('nosuch').exists?",
    "group('nosuch').gid", "group('app').members_array", "login_defs.PASS_MAX_DAYS", "login_defs.params", "limits_conf.params",
    *%w[root app other www-data nobody nosuch].flat_map do |user|
      %w[exists? uid gid group groups home shell mindays maxdays warndays badpasswordattempts lastlogin].map { |ask| "user(#{user.inspect}).#{ask}" }
    end
  ],
  "packages" => [
    *%w[bash libc6 gone nosuch tzdata perl-base].flat_map { |n| %w[installed? version held? latest?.class info].map { |a| "package(#{n.inspect}).#{a}" } },
    "packages(/^lib/).names", "packages(/.*/).statuses.uniq", "packages('bash').versions", "packages(/^li/).architectures.uniq", "packages(/^li/).versions",
    "packages(/gone/).entries.length", "packages(/gone/).statuses"
  ],
  "platform" => %w[os.name os.family os.release os.arch os.debian? os.linux? os.redhat? os.unix? platform.name platform.families
                   virtualization.physical_system?
                   sys_info.hostname sys_info.fqdn sys_info.ip_address.class sys_info.manufacturer.class sys_info.model.class],
  "processes" => [
    "processes('hold').commands", "processes('hold').users", "processes('hold').states", "processes('hold').entries.length", "processes('hold').pids",
    "processes(/hold-app/).users", "processes('/hold').exists?", "processes('nosuch').exists?", "processes(/hold/).labels", "processes('hold').tty",
    "processes(/hold-child/).commands", "processes(/hold/).entries.map { |e| e.vsz.class }"
  ],
  "ports" => [8080, 9090, 8081, 7070, 5353, 1].flat_map { |n| %w[listening? protocols processes addresses pids].map { |a| "port(#{n}).#{a}" } } +
             ["port.ports.sort", "port.where { protocol =~ /tcp/ }.addresses.sort", "port('127.0.0.1', 8080).listening?", "port('0.0.0.0', 8080).listening?"],
  "kernel" => %w[kernel.hostname net.ipv4.ip_forward kernel.randomize_va_space net.ipv4.conf.all.rp_filter kernel.nosuch fs.suid_dumpable vm.swappiness
                 net.ipv6.conf.all.disable_ipv6 kernel.core_pattern fs.file-max net.ipv4.ip_local_port_range net.ipv4.tcp_rmem]
              .map { |k| "kernel_parameter(#{k.inspect}).value" } +
              ["kernel_parameters.where { parameter =~ /rp_filter/ }.values", "kernel_parameters.parameters.length > 100",
               *%w[usb-storage cramfs nosuch ext4].flat_map { |m| %w[loaded? disabled? blacklisted?].map { |a| "kernel_module(#{m.inspect}).#{a}" } },
               *%w[PATH HOME APP_MODE EMPTY EQUALS NOSUCH].flat_map { |e| %w[content split].map { |a| "os_env(#{e.inspect}).#{a}" } }],
  "mounts" => %w[/ /proc /sys /dev /run /tmp /dev/null /nothing].flat_map do |at|
    %w[mounted? device type options count].map { |a| "mount(#{at.inspect}).#{a}" }
  end + ["filesystem('/run').size_kb", "filesystem('/run').type", "filesystem('/run').percent_free",
         "filesystem('/nothing').size_kb", "etc_fstab.mount_options", "etc_fstab.where { mount_point == '/tmp' }.mount_options", "etc_fstab.configured?",
         "etc_fstab.device_name", "etc_hosts.all_host_names", "etc_hosts.primary_name", "etc_hosts.where { ip_address == '127.0.0.1' }.primary_name"],
  "network" => ["interface('lo').exists?", "interface('lo').up?", "interface('lo').ipv4_addresses", "interface('lo').ipv6_addresses", "interface('lo').speed",
                "interface('lo').ipv4_cidrs", "interface('nosuch').exists?", "interfaces.names", "interface('lo').name",
                "host('localhost').resolvable?", "host('db.example.org').resolvable?", "host('db.example.org').ipaddress", "host('localhost').ipaddress",
                "host('nosuch.invalid').resolvable?"],
  "configuration" => [
    "sshd_config.Port", "sshd_config.params", "sshd_config.Ciphers", "ssh_config.Protocol", "ssh_config.params", "auditd_conf.max_log_file", "nginx_conf.params",
    "nginx_conf.http.servers.length", "nginx_conf.servers.map(&:params)", "apache_conf.Timeout", "apache_conf.ServerTokens", "apache_conf.params",
    "mysql_conf.params.params", "mysql_conf.mysqld.port", "json('/etc/app/a.json').params", "json('/etc/app/a.json')['a']", "json('/nothing').params",
    "yaml('/etc/app/a.yml').params", "ini('/etc/app/a.ini').params", "toml('/etc/app/a.toml').params", "xml('/etc/app/a.xml')['/r/x']",
    "xml('/etc/app/a.xml')['/r/x/attribute::id']", "csv('/etc/app/a.csv').params", "parse_config_file('/etc/app/with space.conf').params",
    "parse_config_file('/etc/login.defs', assignment_regex: /^\\s*(\\S+)\\s+(\\S+)\\s*$/).params", "parse_config('a = 1').params", "crontab.commands",
    "crontab('root').minutes", "crontab('app').commands", "crontab(path: '/etc/crontab').commands", "crontab(path: '/etc/crontab').minutes",
    "selinux.installed?", "selinux.enforcing?", "json({command: 'cat /etc/app/a.json'}).params", "yaml({command: 'cat /etc/app/a.yml'}).params",
    "json({command: 'cat /nothing'}).params", "parse_config(command('cat /etc/login.defs').stdout).params.length", "login_defs('/nothing').params",
    "postfix_conf.params", "chrony_conf.params", "ntp_conf.params", "inetd_conf.params"
  ],
  "services" => %w[sshd cron nosuch].flat_map { |s| %w[installed? enabled? running? name type].map { |a| "service(#{s.inspect}).#{a}" } } +
                ["systemd_service('sshd').running?", "timezone.name", "timezone.time_offset"],
  "language packages" => ["npm('express').installed?", "pip('flask').installed?", "gem('rake').installed?", "gem('nosuch').installed?", "gem('rake').version",
                          "npm('express').version", "pip('flask').version"],
  "existence" => %w[bash sh find ss nosuch hold /hold /bin/ls ../x cd].map { |c| "command(#{c.inspect}).exist?" } +
                 ["bash('echo hi').stdout", "bash('exit 3').exit_status", "bash('a=(1 2); echo ${a[1]} $0').stdout", "bash('type nosuch').stderr"]
}

expressions.each do |section, list|
  control section do
    impact 0.5
    here = self
    list.each do |expression|
      describe(expression) { it("is") { expect(here.instance_eval(expression).inspect).to eq("__print__") } }
    end
  end
end
