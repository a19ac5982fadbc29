# frozen_string_literal: true

ports = [8080, 9090, 8081, 7070, 5353, 5354, 1]
Ask.values(self, {
  "port" => ports.flat_map { |number| %w[listening? protocols processes addresses pids].map { |ask| "port(#{number}).#{ask}" } } +
    ["port.ports.sort", "port.where { protocol =~ /tcp/ }.addresses.sort", "port('127.0.0.1', 8080).listening?", "port('0.0.0.0', 8080).listening?", "port('8080').listening?",
     "port.where { port > 8000 }.processes.uniq.sort", "port.where { protocol == 'udp6' }.ports"],
  "interface" => ["interface('lo').exists?", "interface('lo').up?", "interface('lo').ipv4_addresses", "interface('lo').ipv6_addresses", "interface('lo').speed",
                  "interface('lo').ipv4_cidrs", "interface('lo').ipv6_cidrs", "interface('lo').ipv4_addresses_netmask", "interface('lo').ipv4_address?", "interface('lo').ipv6_address?",
                  "interface('lo').name", "interface('nosuch').exists?", "interface('nosuch').up?", "interface('nosuch').ipv4_addresses"],
  "interfaces" => ["interfaces.names", "interfaces.ipv4_address", "interfaces.where { name == 'lo' }.entries.length"],
  "host" => ["host('localhost').resolvable?", "host('db.example.org').resolvable?", "host('db.example.org').ipaddress", "host('localhost').ipaddress", "host('localhost').ipv4_address",
             "host('localhost').ipv6_address", "host('nosuch.invalid').resolvable?", "host('nosuch.invalid').ipaddress", "host('127.0.0.1', port: 8080, protocol: 'tcp').reachable?",
             "host('127.0.0.1', port: 1, protocol: 'tcp').reachable?", "host('127.0.0.1', port: 8080, protocol: 'tcp').socket.class", "host('127.0.0.1').reachable?"],
  "etc_hosts" => ["etc_hosts.all_host_names", "etc_hosts.primary_name", "etc_hosts.ip_address", "etc_hosts.where { ip_address == '127.0.0.1' }.primary_name", "etc_hosts('/nothing').ip_address"],
  "etc_hosts_allow" => ["etc_hosts_allow.client_list", "etc_hosts_allow.where { daemon == 'sshd' }.options", "etc_hosts_allow.daemon", "etc_hosts_allow('/nothing').daemon"],
  "etc_hosts_deny" => ["etc_hosts_deny.client_list", "etc_hosts_deny.daemon"],
  "default_gateway" => ["default_gateway.ipaddress", "default_gateway.interface"],
  "routing_table" => ["routing_table.has_entry?(destination: '0.0.0.0', gateway: '1.1.1.1', interface: 'eth0')"],
  "iptables" => ["iptables.has_rule?('-P INPUT ACCEPT')", "iptables(chain: 'INPUT').retrieve_rules"],
  "ip6tables" => ["ip6tables.has_rule?('-P INPUT ACCEPT')"],
  "nftables" => ["nftables(table: 'filter', chain: 'input').has_rule?('x')"],
  "bridge" => ["bridge('br0').exists?", "bridge('lo').exists?", "bridge('br0').interfaces"],
  "bond" => ["bond('bond0').exist?", "bond('bond0').mode", "bond('bond0').interfaces"],
  "firewalld" => %w[firewalld.installed? firewalld.running? firewalld.default_zone]
})

Ask.verdicts(self, {
  "port" => ports.to_h { |number| ["port(#{number})", ["be_listening"]] },
  "interface" => { "interface('lo')" => %w[exist be_up have_ipv4_address have_an_ipv6_address], "interface('nosuch')" => %w[exist be_up] },
  "host" => { "host('localhost')" => ["be_resolvable"], "host('nosuch.invalid')" => ["be_resolvable"], "host('127.0.0.1', port: 8080, protocol: 'tcp')" => ["be_reachable"],
              "host('127.0.0.1', port: 1, protocol: 'tcp')" => ["be_reachable"] },
  "bridge" => { "bridge('br0')" => ["exist", "have_interface('eth0')"] },
  "bond" => { "bond('bond0')" => ["exist", "have_interface('eth0')"] },
  "iptables" => { "iptables" => ["have_rule('-P INPUT ACCEPT')", "have_rule('x')"] }
})
Ask.properties(self, {
  "port" => { "port(8080)" => ["protocols include('tcp')", "addresses include('0.0.0.0')", "processes include('hold')"], "port(1)" => ["protocols include('tcp')", "addresses be_empty"],
              "port(7070)" => ["addresses include('::')", "protocols cmp('tcp6')"] },
  "interface" => { "interface('lo')" => ["ipv4_addresses include('127.0.0.1')", "ipv4_cidrs include('10.0.0.1/8')"] }
})
