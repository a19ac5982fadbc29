# frozen_string_literal: true

# What container engines say. One root has their clients, all others lack them. podman_network has no matchers here: without podman it cannot
# say its name, which ends the auditor.
containers = %w[ids names images commands labels local_volumes mounts networks ports running_for sizes status]
Ask.values(self, {
  "docker: tables" => containers.map { |ask| "docker.containers.#{ask}" } + %w[ids repositories tags sizes digests created created_since].map { |ask| "docker.images.#{ask}" } +
    %w[ids names versions enabled].map { |ask| "docker.plugins.#{ask}" } + %w[ids names modes replicas images ports].map { |ask| "docker.services.#{ask}" } +
    ["docker.containers.running?.ids", "docker.containers.where { names == 'job' }.status", "docker.info.SecurityOptions", "docker.info.Driver", "docker.version.Server", "docker.object('web').HostConfig",
     "docker.object('nosuch').HostConfig", "docker.containers.exists?", "docker.images.exists?", "docker.services.exists?", "docker.plugins.where(name: 'rexray/ebs').exist?"],
  "docker_container" => ["'web'", "'nosuch'", "id: 'aa11bb'"].flat_map { |which| %w[exist? id running? status labels ports command image repo tag].map { |ask| "docker_container(#{which}).#{ask}" } } +
    ["docker_container('web').has_volume?('/usr/share/nginx/html', '/srv/www')", "docker_container('nosuch').has_volume?('/x', '/y')"],
  "docker_image" => ["'alpine:latest'", "'nosuch'", "id: '4a415e366388'"].flat_map { |which| %w[exist? id image repo tag].map { |ask| "docker_image(#{which}).#{ask}" } } +
    ["docker_image('alpine:latest').Architecture", "docker_image('alpine:latest')['Config.Cmd']", "docker_image('alpine:latest').inspection.Id", "docker_image('nosuch').Architecture"],
  "docker_plugin" => ["'rexray/ebs'", "'nosuch'", "id: '6ea8176de74b'"].flat_map { |which| %w[exist? id version enabled?].map { |ask| "docker_plugin(#{which}).#{ask}" } },
  "docker_service" => ["'api'", "'nosuch'", "image: 'example/api:1.2'"].flat_map { |which| %w[exist? id name image image_name repo tag mode replicas ports].map { |ask| "docker_service(#{which}).#{ask}" } },
  "podman: tables" => %w[ids names images commands status labels mounts networks pods ports sizes created_at].map { |ask| "podman.containers.#{ask}" } +
    %w[ids repositories tags sizes digests created_at created_since history].map { |ask| "podman.images.#{ask}" } +
    %w[ids names drivers network_interfaces subnets ipv6_enabled internal].map { |ask| "podman.networks.#{ask}" } + %w[ids names status networks containers].map { |ask| "podman.pods.#{ask}" } +
    %w[names drivers mountpoints scopes].map { |ask| "podman.volumes.#{ask}" } + ["podman.info.host", "podman.object('591270d8d80d26').State", "podman.object('nosuch').State", "podman.containers.running?.ids"],
  "podman_container" => ["'sweet_mendeleev'", "'nosuch'"].flat_map { |which| %w[exist? id running? status labels ports command image].map { |ask| "podman_container(#{which}).#{ask}" } },
  "podman_image" => ["'docker.io/library/ubuntu:latest'", "'nosuch'"].flat_map { |which| %w[exist? id repo_tags digest os architecture size].map { |ask| "podman_image(#{which}).#{ask}" } },
  "podman_network" => ["'podman'", "'nosuch'"].flat_map { |which| %w[exist? id name driver subnets internal dns_enabled].map { |ask| "podman_network(#{which}).#{ask}" } },
  "podman_pod" => ["'cranky_allen'", "'nosuch'"].flat_map { |which| %w[exist? id state num_containers shared_namespaces].map { |ask| "podman_pod(#{which}).#{ask}" } },
  "podman_volume" => ["'my_volume'", "'nosuch'"].flat_map { |which| %w[exist? name driver mountpoint needs_chown].map { |ask| "podman_volume(#{which}).#{ask}" } },
  "lxc: parts" => ["'web'", "'nosuch'"].flat_map { |which| %w[exists? running? name status type architecture pid created_at last_used_at resources].map { |ask| "lxc(#{which}).#{ask}" } },
  "cgroup: parts" => ["cgroup('web').cpuset.cpus", "cgroup('web').cpu.shares", "cgroup('web').nosuch", "cgroup('nosuch').cpu.shares"]
})

Ask.verdicts(self, {
  "docker" => { "docker.containers" => %w[exist be_running], "docker.images.where { repository == 'nosuch' }" => ["exist"] },
  "docker_container" => { "docker_container('web')" => ["exist", "be_running", "have_volume('/usr/share/nginx/html', '/srv/www')"], "docker_container('nosuch')" => %w[exist be_running] },
  "docker_image" => { "docker_image('alpine:latest')" => ["exist"], "docker_image('nosuch')" => ["exist"] },
  "docker_plugin" => { "docker_plugin('rexray/ebs')" => %w[exist be_enabled], "docker_plugin('nosuch')" => %w[exist] },
  "docker_service" => { "docker_service('api')" => ["exist"], "docker_service('nosuch')" => ["exist"] },
  "podman_container" => { "podman_container('sweet_mendeleev')" => %w[exist be_running], "podman_container('nosuch')" => ["exist"] },
  "podman_image" => { "podman_image('docker.io/library/ubuntu:latest')" => ["exist"], "podman_image('nosuch')" => ["exist"] },
  "podman_pod" => { "podman_pod('cranky_allen')" => ["exist"], "podman_pod('nosuch')" => ["exist"] },
  "podman_volume" => { "podman_volume('my_volume')" => ["exist"], "podman_volume('nosuch')" => ["exist"] },
  "lxc" => { "lxc('web')" => %w[exist be_running], "lxc('nosuch')" => ["exist"] },
  "virtualization" => { "virtualization" => %w[be_virtual_system] }
})
Ask.properties(self, {
  "docker" => { "docker.version" => ["Server.Version cmp >= '1.12'"], "docker.containers" => ["images include('nginx:1.25')", "ids be_empty"], "docker.object('web')" => ["Path eq('nginx')"] },
  "docker_image" => { "docker_image('alpine:latest')" => ["Architecture eq('amd64')", "tag eq('edge')"] },
  "docker_container" => { "docker_container('web')" => ["labels include('app=web')", "image eq('x')"] },
  "podman" => { "podman.version" => ["Client.Version eq('4.3.1')"], "podman.containers" => ["images include('docker.io/library/ubuntu:latest')", "ids be_empty"] }
})
