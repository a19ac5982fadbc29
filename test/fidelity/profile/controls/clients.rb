# frozen_string_literal: true

# What is asked with a program of its own: one root has those programs, all others lack them. Not asked: apache and linux_kernel_parameter (they end the auditor:
# InSpec has given them up), bsd_service and launchd_service (of other systems), noop (asks nothing).
Ask.values(self, {
  "zfs" => ["zfs('tank').exists?", "zfs('tank').failmode", "zfs('nosuch').exists?", "zfs('tank').has_property?({ 'failmode' => 'wait' })"],
  "zfs_pool: parts" => ["zfs_pool('tank').exists?", "zfs_pool('tank').health", "zfs_pool('nosuch').exists?"],
  "zfs_dataset" => ["zfs_dataset('tank/tmp').exists?", "zfs_dataset('tank/tmp').exec", "zfs_dataset('tank/tmp').setuid", "zfs_dataset('tank/tmp').mounted?", "zfs_dataset('nosuch').exists?"],
  "opa_cli" => ["opa_cli(policy: 'a.rego', data: 'i.json', query: 'data.example.allow').allow", "opa_cli(policy: 'a.rego', data: 'i.json', query: 'data.example.nosuch').result",
                "opa_cli(policy: 'a.rego', data: 'i.json', query: 'bad').allow", "opa_cli({}).allow"],
  "opa_api" => ["opa_api(url: 'http://127.0.0.1:1/v1/data', data: 'i.json').allow", "opa_api({}).allow"],
  "nginx: parts" => %w[service prefix sbin_path modules_path error_log_path http_log_path lock_path http_proxy_temp_path openssl_version compiler_info support_info bin_dir].map { |ask| "nginx.#{ask}" } +
    ["nginx('/nothing/nginx').version"],
  "auditd: rules" => ["auditd.status", "auditd.status('enabled')", "auditd.syscall('chown').action", "auditd.syscall('chown').list", "auditd.key('sshd').permissions", "auditd.where { key == 'privileged' }.path",
                      "auditd.file('/etc/ssh/sshd_config').permissions", "auditd.syscall('nosuch').action", "auditd.syscall('chown').arch", "auditd.syscall('chown').fields_nokey", "auditd.entries.length"],
  "nftables: chain" => %w[type hook prio policy flags].map { |ask| "nftables(family: 'inet', table: 'filter', chain: 'INPUT').#{ask}" } +
    ["nftables(family: 'inet', table: 'filter', chain: 'INPUT').retrieve_chain_rules", "nftables(family: 'inet', table: 'filter', set: 'PORTS').has_element?('22')",
     "nftables(family: 'inet', table: 'filter', set: 'PORTS').type", "nftables(family: 'inet', table: 'filter', set: 'PORTS').flags"],
  "firewalld: parts" => ["firewalld.has_zone?('public')", "firewalld.has_zone?('nosuch')", "firewalld.has_service_enabled_in_zone?('ssh', 'public')", "firewalld.has_port_enabled_in_zone?('22/tcp', 'public')",
                         "firewalld.has_port_enabled_in_zone?('23/tcp', 'public')", "firewalld.service_ports_enabled_in_zone('ssh', 'public')", "firewalld.service_protocols_enabled_in_zone('ssh', 'public')",
                         "firewalld.has_rule_enabled?('family=ipv4 accept', 'public')", "firewalld.zone", "firewalld.where { zone == 'public' }.services", "firewalld.where { zone == 'public' }.ports",
                         "firewalld.where { zone == 'public' }.target", "firewalld.where { zone == 'public' }.interfaces", "firewalld.where { zone == 'public' }.sources"],
  "selinux: tables" => ["selinux.modules.names", "selinux.modules.where(name: 'zebra').states", "selinux.modules.priorities", "selinux.modules.where(name: 'abrt').enabled?", "selinux.modules.where(name: 'abrt').installed?",
                        "selinux.booleans.names", "selinux.booleans.states", "selinux.booleans.where(name: 'httpd_can_network_connect').on?", "selinux.booleans.defaults"],
  "service: more" => %w[thing off nosuch].flat_map { |name| %w[startname startmode].map { |ask| "service(#{name.inspect}).#{ask}" } } +
    ["service('thing').params.UnitFileState", "service('thing').runlevels.enabled?", "service('thing').runlevels(3, 5).keys", "service('thing').monitored_by?('monit')", "service('thing').monitored_by?('god')",
     "service('off').running?", "service('off').enabled?", "service('off').installed?", "service('thing', '/nothing/systemctl').running?"],
  "systemd_service: more" => %w[thing off nosuch].flat_map { |name| %w[name description type params].map { |ask| "systemd_service(#{name.inspect}).#{ask}" } },
  "upstart_service: more" => %w[thing nosuch].flat_map { |name| %w[running? enabled? type].map { |ask| "upstart_service(#{name.inspect}).#{ask}" } },
  "runit_service: more" => %w[thing off nosuch].flat_map { |name| %w[installed? running? enabled? type].map { |ask| "runit_service(#{name.inspect}).#{ask}" } },
  "sysv_service: more" => %w[thing cron nosuch].flat_map { |name| %w[enabled? running? runlevels type].map { |ask| "sysv_service(#{name.inspect}).#{ask}" } },
  "yum: parts" => ["yum.repositories", "yum.repo('base').baseurl", "yum.repo('extra').status", "yum.repo('base/7/x86_64').exist?", "yum.base.status"],
  "cran: parts" => ["cran('DBI').installed?", "cran('DBI').version", "cran('nosuch').version"],
  "ppa" => ["ppa('someone/thing').exists?", "ppa('someone/thing').enabled?", "ppa('ppa:someone/thing').exists?", "ppa('someone/nosuch').exists?"]
})

Ask.verdicts(self, {
  "zfs" => { "zfs('tank')" => ["exist", "have_property({ 'failmode' => 'continue', 'size' => '1000' })"], "zfs('nosuch')" => ["exist"] },
  "zfs_pool" => { "zfs_pool('tank')" => ["exist"] },
  "zfs_dataset" => { "zfs_dataset('tank/tmp')" => %w[exist be_mounted] },
  "opa_cli" => { "opa_cli(policy: 'a.rego', data: 'i.json', query: 'data.example.allow')" => ["be_nil"] },
  "nginx" => { "nginx" => ["be_nil"] },
  "linux_audit_system" => { "linux_audit_system" => %w[be_enabled be_running] },
  "nftables" => { "nftables(family: 'inet', table: 'filter', chain: 'INPUT')" => ["have_rule('tcp dport { 22, 80 } accept comment \"web\"')", "have_rule('x')"],
                  "nftables(family: 'inet', table: 'filter', set: 'PORTS')" => ["have_element('22')", "have_element('99')"], "nftables(family: 'inet')" => ["have_rule('x')"] },
  "firewalld" => { "firewalld" => ["be_installed", "be_running", "have_zone('public')", "have_service_enabled_in_zone('ssh', 'public')", "have_port_enabled_in_zone('23/tcp', 'public')"],
                   "firewalld.where { zone == 'public' }" => ["have_masquerade_enabled", "have_icmp_block_inversion_enabled"] },
  "selinux" => { "selinux.modules.where(name: 'zebra')" => %w[exist be_installed be_enabled], "selinux.booleans.where(name: 'httpd_can_network_connect')" => %w[exist be_on] },
  "service" => { "service('thing').runlevels(3, 5)" => ["be_enabled"], "service('off')" => ["be_installed", "be_running", "be_monitored_by('monit')", "be_monitored_by('god')"], "service('thing')" => ["be_monitored_by('monit')"] },
  "systemd_service" => { "systemd_service('thing')" => %w[be_installed be_enabled be_running] },
  "upstart_service" => { "upstart_service('thing')" => %w[be_installed be_enabled be_running] },
  "runit_service" => { "runit_service('thing')" => %w[be_installed be_enabled be_running] },
  "sysv_service" => { "sysv_service('thing')" => %w[be_installed be_enabled be_running] },
  "yum" => { "yum.repo('base')" => %w[exist be_enabled] },
  "cran" => { "cran('DBI')" => ["be_installed"], "cran('nosuch')" => ["be_installed"] },
  "cpan" => { "cpan('Carp')" => ["be_installed"], "cpan('No::Such')" => ["be_installed"] },
  "ppa" => { "ppa('someone/thing')" => %w[exist be_enabled], "ppa('someone/nosuch')" => %w[exist be_enabled] },
  "ipfilter" => { "ipfilter" => ["have_rule('x')"] },
  "ipnat" => { "ipnat" => ["have_rule('x')"] }
})
Ask.properties(self, {
  "service" => { "service('thing')" => ["type eq('systemd')", "description match(/thing/)"], "service('thing').params" => ["UnitFileState eq('enabled')"] },
  "zfs_pool" => { "zfs_pool('tank')" => ["failmode eq('continue')", "health eq('DEGRADED')"] },
  "zfs_dataset" => { "zfs_dataset('tank/tmp')" => ["setuid eq('off')"] },
  "auditd" => { "auditd" => ["lines include('-w /etc/ssh/sshd_config -p wa -k sshd')", "lines be_empty"], "auditd.syscall('chown').where { arch == 'b64' }" => ["action eq(['always'])"] },
  "linux_audit_system" => { "linux_audit_system" => ["rules include(/sshd/)", "rules be_empty"] },
  "nftables" => { "nftables(family: 'inet', table: 'filter', chain: 'INPUT')" => ["policy eq('drop')", "hook eq('output')"] },
  "cgroup" => { "cgroup('web')" => ["cpuset.cpus eq('0-1')"] },
  "opa_cli" => { "opa_cli(policy: 'a.rego', data: 'i.json', query: 'data.example.allow')" => ["allow eq(true)"] }
})
