# frozen_string_literal: true

module Fidelity
  # Programs that show what is elsewhere: in a database, with a container engine, in the kernel or with a service manager. Nothing of that can run
  # here. What a container that has them says is told by small programs in their place, which print what the real ones print.
  module Clients
    SH = "#!/bin/sh\n"

    # arguments (a pattern of sh) => what is printed; what is not in the table is an error
    def self.says(table, errors = {}, otherwise: "unknown command", subject: '"$*"')
      cases = table.map { |pattern, text| "  #{pattern}) cat <<'TOLD'\n#{text}TOLD\n  ;;\n" }
      failures = errors.map { |pattern, (status, text)| "  #{pattern}) cat >&2 <<'TOLD'\n#{text}TOLD\n  exit #{status};;\n" }
      "#{SH}case #{subject} in\n#{failures.join}#{cases.join}  *) echo '#{otherwise}' >&2; exit 1;;\nesac\n"
    end

    DOCKER = says({
      "'version '*" => %({"Client":{"Version":"24.0.7","ApiVersion":"1.43"},"Server":{"Version":"24.0.7","ApiVersion":"1.43"}}\n),
      "'info '*" => %({"ID":"7f1c","Containers":2,"SecurityOptions":["name=seccomp,profile=builtin"],"Driver":"overlay2","LiveRestoreEnabled":false}\n),
      "'ps '*" => <<~JSON,
        {"Command": "\\"nginx -g 'daemon off;'\\"", "CreatedAt": "2026-01-02 03:04:05 +0000 UTC", "ID": "e2c52a183358f9", "Image": "nginx:1.25", "Labels": "app=web,tier=front", "Mounts": "/srv/www", "Names": "web", "Ports": "0.0.0.0:80->80/tcp", "RunningFor": "2 days ago", "Size": "0B", "Status": "Up 2 days", "Networks": "bridge", "LocalVolumes": "0"}
        {"Command": "\\"sleep 1\\"", "CreatedAt": "2026-01-02 03:04:05 +0000 UTC", "ID": "aa11bb22cc33dd", "Image": "registry.example.org:5000/tools/job:2", "Labels": "", "Mounts": "", "Names": "job", "Ports": "", "RunningFor": "3 days ago", "Size": "0B", "Status": "Exited (0) 3 days ago", "Networks": "none", "LocalVolumes": "0"}
      JSON
      "'images '*" => <<~JSON,
        { "id": "sha256:4a415e3663882fbc554ee830889c68a33b3585503892cc718a4698e91ef2a526", "repository": "alpine", "tag": "latest", "size": "3.99MB", "digest": "sha256:1354db23ff5478120c980eca1611a51c9f2b88b61f24283ee8200bf9a54f2e5c", "createdat": "2026-01-02 03:04:05 +0000 UTC", "createdsize": "2 days ago" }
      JSON
      "'plugin ls '*" => %({"id": "6ea8176de74b", "name": "rexray/ebs", "version": "0.11.1", "enabled": true }\n),
      "'service ls '*" => %({"ID": "2ghswegspre1", "Name": "api", "Mode": "replicated", "Replicas": "3/3", "Image": "example/api:1.2", "Ports": "*:1234->1234/tcp"}\n),
      "'inspect web'|'inspect e2c52a183358f9'" => <<~JSON,
        [{"Id":"e2c52a183358f9","Path":"nginx","State":{"Running":true},"HostConfig":{"Privileged":false,"PidMode":"","ReadonlyRootfs":true},
        "Mounts":[{"Type":"bind","Source":"/srv/www","Destination":"/usr/share/nginx/html","RW":false}]}]
      JSON
      "'inspect alpine:latest'" => %([{"Id":"sha256:4a415e366388","Architecture":"amd64","Config":{"Cmd":["/bin/sh"],"User":""}}]\n)
    })

    PODMAN = says({
      "'version'" => "Client:       Podman Engine\nVersion:      4.3.1\n",
      "'version --format json'" => %({"Client": {"APIVersion": "4.3.1","Version": "4.3.1","OsArch": "linux/amd64"}}\n),
      "'info --format json'" => %({"host": {"os": "linux","cgroupVersion": "v2","security": {"rootless": false,"seccompEnabled": true}}}\n),
      "'ps '*" => %({"ID": "591270d8d80d26", "Image": "docker.io/library/ubuntu:latest", "ImageID": "2dc39ba059dc", "Command": "bash", "CreatedAt": "2026-01-02 03:04:05 +0000 UTC", "RunningFor": "4 hours ago", "Status": "Up 4 hours ago", "Pod": "", "Ports": "", "Size": "0B", "Names": "sweet_mendeleev", "Networks": "podman", "Labels": {"a":"b"}, "Mounts": ""}\n),
      "'images '*" => %({"ID": "2dc39ba059dc", "Repository": "docker.io/library/ubuntu", "Tag": "latest", "Size": "80.3 MB", "Digest": "sha256:34fea4", "CreatedAt": "2026-01-02 03:04:05 +0000 UTC", "CreatedSince": "2 weeks ago", "History": ""}\n),
      "'network ls '*" => %({"ID": "2f259bab93aa", "Name": "podman", "Driver": "bridge", "Labels": "", "Options": {}, "IPAMOptions": {"driver":"host-local"}, "Created": "4 hours", "Internal": false, "IPv6Enabled": false, "DNSEnabled": false, "NetworkInterface": "podman0", "Subnets": [{"subnet":"10.88.0.0/16","gateway":"10.88.0.1"}]}\n),
      "'pod ps '*" => %([{"Cgroup": "user.slice","Containers": [{"Id": "a218","Names": "95cadbb84df7-infra","Status": "running"}],"Created": "2026-01-02","Id": "95cadbb84df7","InfraId": "a218","Name": "cranky_allen","Namespace": "","Networks": ["podman"],"Status": "Running","Labels": {}}]\n),
      "'volume ls '*" => %([{"Name": "my_volume","Driver": "local","Mountpoint": "/var/lib/containers/storage/volumes/my_volume/_data","CreatedAt": "2026-01-02","Labels": {},"Scope": "local","Options": {},"MountCount": 0,"NeedsCopyUp": true,"NeedsChown": true}]\n),
      "'image inspect docker.io/library/ubuntu:latest '*|'image inspect 2dc39ba059dc '*" => %({"id": "2dc39ba059dc", "repo_tags": ["docker.io/library/ubuntu:latest"], "size": 80324784, "digest": "sha256:34fea4", "created_at": "2026-01-02", "version": "", "names_history": null, "repo_digests": null, "architecture": "amd64", "os": "linux", "virtual_size": 80324784}\n),
      "'network inspect podman '*" => %({"id": "2f259bab93aa", "name": "podman", "driver": "bridge", "labels": {}, "options": {}, "ipam_options": {"driver":"host-local"}, "internal": false, "created": "2026-01-02", "ipv6_enabled": false, "dns_enabled": false, "network_interface": "podman0", "subnets": [{"subnet":"10.88.0.0/16"}]}\n),
      "'pod inspect cranky_allen '*" => %({"id": "95cadbb84df7", "name": "cranky_allen", "created_at": "2026-01-02", "create_command": ["podman","pod","create"], "state": "Running", "hostname": "", "create_cgroup": true, "cgroup_parent": "user.slice", "cgroup_path": "user.slice/x", "create_infra": true, "infra_container_id": "a218", "infra_config": {"PortBindings":{}}, "shared_namespaces": ["ipc","net","uts"], "num_containers": 1, "containers": [{"Id":"a218"}]}\n),
      "'volume inspect my_volume '*" => %({"name": "my_volume", "driver": "local", "mountpoint": "/var/lib/containers/storage/volumes/my_volume/_data", "created_at": "2026-01-02", "labels": {}, "scope": "local", "options": {}, "mount_count": 0, "needs_copy_up": true, "needs_chown": true}\n),
      "'inspect 591270d8d80d26 '*" => %([{"Id": "591270d8d80d26","State": {"OciVersion": "1.0.2-dev","Running": true}}]\n)
    }, { "'inspect nosuch '*" => [125, "Error: no such object: \"nosuch\"\n"] })
    # Of what is missing, each command has words of its own.
    PODMAN_MISSING = <<~'SH'
      case "$*" in
        'image inspect docker.io'*|'image inspect 2dc3'*|'network inspect podman '*|'pod inspect cranky'*|'volume inspect my_volume '*) ;;
        'image inspect '*) echo 'Error: inspecting object: unable to inspect "nosuch": failed to find image nosuch: No such image' >&2; exit 125;;
        'network inspect '*) echo 'Error: unable to find network with name or ID nosuch: network not found' >&2; exit 125;;
        'pod inspect '*) echo 'Error: no pod with name or ID nosuch found: no such pod' >&2; exit 125;;
        'volume inspect '*) echo 'Error: inspecting object: no such volume nosuch' >&2; exit 125;;
      esac
    SH

    MYSQL = says({
      "*' -s -e select now()'" => "2026-01-02 03:04:05\n",
      "*\"name = 'have_ssl'\"*" => "have_ssl\tYES\n",
      "*'show databases'*" => "information_schema\nmysql\n",
      "*'nothing here'*" => ""
    }, { "*-pwrong*" => [1, "ERROR 1045 (28000): Access denied for user 'app'@'localhost' (using password: YES)\n"],
         "*'from nosuch'*" => [1, "ERROR 1146 (42S02) at line 1: Table 'mysql.nosuch' doesn't exist\n"] })
    PSQL = says({
      "--version" => "psql (PostgreSQL) 15.6 (Debian 15.6-0+deb12u1)\n",
      "*'SHOW ssl;'" => "on\n",
      "*'FROM pg_shadow'*" => ""
    }, { "*:wrong@*" => [2, "psql: error: connection to server at \"localhost\" (127.0.0.1), port 5432 failed: FATAL:  password authentication failed for user \"app\"\n"],
         "*'FROM nosuch'*" => [1, "ERROR:  relation \"nosuch\" does not exist\nLINE 1: SELECT 1 FROM nosuch;\n                       ^\n"] })
    SQLPLUS = says({
      "*'AUDIT_SYS_OPERATIONS'*" => "\nUPPER_VALUE\nTRUE\n",
      "*'FROM dual'*" => "\nDUMMY\nX\n",
      "*'FROM users'*" => "\nNAME,STATE\n\"A, B\",OPEN\nC,LOCKED\n"
    }, { "*'/wrong@'*" => [1, "ERROR:\nORA-01017: invalid username/password; logon denied\n"] }, subject: '"$* $(cat)"')
    SQLCMD = says({
      "*'getdate()'*" => "\n-\n2026-01-02 03:04:05.000\n",
      "*'login_mode'*" => "login_mode\n----------\n1\n",
      "*'Clr Enabled'*" => "name,value_configured,value_in_use\n----,----------------,------------\nclr enabled,0,0\n"
    }, { "*\"-P 'wrong'\"*|*'-P wrong'*" => [1, "Sqlcmd: Error: Microsoft ODBC Driver 18 for SQL Server : Login failed for user 'sa'..\n"] })
    CQLSH = says({ "*'cluster_name'*" => "\n cluster_name\n--------------\n Test Cluster\n\n(1 rows)\n" },
                 { "*'-p wrong'*" => [1, "Connection error: ('Unable to connect to any servers', {'127.0.0.1:9042': AuthenticationFailed()})\n"] })
    DB2 = says({
      "'attach to db2inst1'" => "\n   Instance Attachment Information\n\n Instance server        = DB2/LINUXX8664 11.5.8.0\n",
      "'get database manager configuration'" => "\n          Database Manager Configuration\n\n Audit buffer size (4KB)                  (AUDIT_BUF_SZ) = 0\n Maximum query degree of parallelism   (MAX_QUERYDEGREE) = ANY\n",
      "'connect to sample'" => "\n   Database Connection Information\n\n Database server        = DB2/LINUXX8664 11.5.8.0\n",
      "'list database directory'" => " System Database Directory\n\n Number of entries in the directory = 1\n Database name                        = SAMPLE\n"
    }, otherwise: 'SQL1097N  The node name was not found in the node directory.  SQLSTATE=42720')
    OPA = says({ "'eval '*'data.example.allow'" => %({"result": [{"expressions": [{"value": true, "text": "data.example.allow"}]}]}\n),
                 "'eval '*'data.example.nosuch'" => "{}\n" }, otherwise: "{\"errors\": [{\"code\": \"rego_parse_error\"}]}")
    ZPOOL = says({ "'get -Hp all tank'" => "tank\tsize\t1000\t-\ntank\tfailmode\tcontinue\tlocal\ntank\thealth\tONLINE\t-\n" }, otherwise: "cannot open: no such pool")
    ZFS = says({ "'get -Hp all tank/tmp'" => "tank/tmp\texec\toff\tlocal\ntank/tmp\tsetuid\toff\tlocal\ntank/tmp\tmountpoint\t/run\tlocal\n" }, otherwise: "cannot open: dataset does not exist")
    NGINX = <<~'SH'
      #!/bin/sh
      cat >&2 <<'TOLD'
      nginx version: nginx/1.24.0 
      built by gcc 12.2.0 (Debian 12.2.0-14)
      built with OpenSSL 3.0.8 7 Feb 2023
      TLS SNI support enabled
      configure arguments: --prefix=/etc/nginx --sbin-path=/usr/sbin/nginx --modules-path=/usr/lib/nginx/modules --error-log-path=/var/log/nginx/error.log --http-log-path=/var/log/nginx/access.log --lock-path=/var/run/nginx.lock --http-client-body-temp-path=/var/cache/nginx/client_temp --http-proxy-temp-path=/var/cache/nginx/proxy_temp --http-fastcgi-temp-path=/x/f --http-uwsgi-temp-path=/x/u --http-scgi-temp-path=/x/s --with-http_ssl_module --with-http_v2_module --with-stream
      TOLD
    SH
    AUDITCTL = says({
      "-l" => "-w /etc/ssh/sshd_config -p wa -k sshd\n-a always,exit -F arch=b64 -S chown,fchown -F auid>=1000 -F key=perm_mod\n-a always,exit -F path=/usr/bin/su -F perm=x -F auid>=1000 -F key=privileged\n",
      "-s" => "enabled 1\nfailure 1\npid 812\nrate_limit 0\nbacklog_limit 8192\nlost 0\n"
    })
    NFT = says({
      "--version" => "nftables v1.0.6 (Lester Gooch #5)\n",
      "'-s -y list chain inet filter INPUT'" => "table inet filter {\n\tchain INPUT {\n\t\ttype filter hook input priority 0; policy drop;\n\t\ttcp dport { 22, 80 } accept comment \"web\"\n\t}\n}\n",
      "'-s -j list chain inet filter INPUT'" => %({"nftables": [{"metainfo": {"version": "1.0.6"}}, {"chain": {"family": "inet", "table": "filter", "name": "INPUT", "handle": 1, "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}}]}\n),
      "'-s list set inet filter PORTS'" => "table inet filter {\n\tset PORTS {\n\t\ttype inet_service\n\t\tflags interval\n\t\telements = { 22, 80-81 }\n\t}\n}\n",
      "'-s -j list set inet filter PORTS'" => %({"nftables": [{"metainfo": {"version": "1.0.6"}}, {"set": {"family": "inet", "name": "PORTS", "table": "filter", "type": "inet_service", "flags": ["interval"]}}]}\n)
    }, otherwise: "Error: No such file or directory")
    CGGET = says({ "'-n -a web'" => "cpuset.cpus: 0-1\ncpu.shares: 1024\nmemory.limit_in_bytes: 268435456\n", "'-n -r cpuset.cpus web'" => "cpuset.cpus: 0-1\n",
                   "'-n -r cpu.shares web'" => "cpu.shares: 1024\n" }, otherwise: "cgget: cannot find controller")
    LXC = says({ "'info web'" => "Name: web\nStatus: RUNNING\nType: container\nArchitecture: x86_64\nPID: 1378\nCreated: 2026/01/02 03:04 UTC\nLast Used: 2026/01/02 03:05 UTC\nResources:\n  Processes: 12\n" },
               otherwise: "Error: Instance not found")
    FIREWALL = says({
      "--get-active-zones" => "public\n  interfaces: eth0\n", "--get-zones" => "block dmz public trusted\n", "--state" => "running\n", "--get-default-zone" => "public\n",
      "*--query-service=ssh|*--query-port=22/tcp|*--query-masquerade|*--query-rich-rule=*" => "yes\n", "*--query-*" => "no\n", "*--service=ssh*--get-ports" => "22/tcp\n",
      "*--get-protocols" => "icmp\n", "*--get-target" => "default\n", "*--list-ports" => "22/tcp 80/tcp\n", "*--list-services" => "ssh dhcpv6-client\n",
      "*--list-sources" => "192.168.1.0/24\n", "*--list-*" => "\n"
    })
    SESTATUS = says({ "''" => "SELinux status:                 enabled\nSELinuxfs mount:                /sys/fs/selinux\nLoaded policy name:             targeted\nCurrent mode:                   enforcing\n" })
    SYSTEMCTL = says({
      "'show --no-pager --all thing'" => "Id=thing.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\nUser=app\nDescription=A thing\n",
      "'show --no-pager --all off'" => "Id=off.service\nLoadState=loaded\nActiveState=inactive\nUnitFileState=disabled\nDescription=Is off\n",
      "'show --no-pager --all '*" => "Id=nosuch.service\nLoadState=not-found\nActiveState=inactive\n",
      "'is-active thing --quiet'|'is-enabled thing --quiet'" => ""
    }, otherwise: "")
    TIMEDATECTL = says({ "status" => "               Local time: Fri 2026-01-02 03:04:05 UTC\n                Time zone: Etc/UTC (UTC, +0000)\n" })
    YUM = says({ "'-v repolist all'" => "Not loading \"rhnplugin\" plugin\nRepo-id      : base/7/x86_64\nRepo-name    : CentOS-7 - Base\nRepo-status  : enabled\nRepo-baseurl : http://r.example.org/base/\n\nRepo-id      : extra\nRepo-name    : Extra\nRepo-status  : disabled\n\nrepolist: 1\n" })

    PROGRAMS = {
      "/usr/bin/docker" => DOCKER, "/usr/bin/podman" => PODMAN.sub("\n", "\n#{PODMAN_MISSING}"), "/usr/bin/mysql" => MYSQL, "/usr/bin/psql" => PSQL, "/usr/bin/sqlplus" => SQLPLUS,
      "/usr/bin/sqlcmd" => SQLCMD, "/usr/bin/cqlsh" => CQLSH, "/opt/ibm/db2/bin/db2" => DB2, "/usr/bin/opa" => OPA, "/usr/sbin/zpool" => ZPOOL, "/usr/sbin/zfs" => ZFS,
      "/usr/sbin/nginx" => NGINX, "/usr/sbin/auditctl" => AUDITCTL, "/usr/sbin/nft" => NFT, "/usr/bin/cgget" => CGGET, "/usr/bin/lxc" => LXC, "/usr/bin/firewall-cmd" => FIREWALL,
      "/usr/sbin/sestatus" => SESTATUS, "/usr/bin/systemctl" => SYSTEMCTL, "/usr/bin/timedatectl" => TIMEDATECTL, "/usr/bin/yum" => YUM,
      "/usr/sbin/semodule" => says({ "-lfull" => "100 abrt pp\n400 zebra pp disabled\n" }),
      "/usr/sbin/semanage" => says({ "'boolean -l -n'" => "ftpd_anon_write                (off  ,  off)  Allow ftpd to anon write\nhttpd_can_network_connect      (on   ,  off)  Allow httpd\n" }),
      "/usr/bin/Rscript" => "#{SH}case \"$*\" in *DBI*) echo \"[1] ‘1.1.3’\";; *) echo 'Error in packageVersion : there is no package called' >&2; exit 1;; esac\n",
      "/usr/sbin/initctl" => says({ "'status thing'" => "thing start/running, process 42\n", "--version" => "init (upstart 1.12.1)\n" }, otherwise: "initctl: Unknown job"),
      "/usr/bin/sv" => says({ "'status thing'" => "run: thing: (pid 7) 20s\n", "'status off'" => "down: off: 20s, normally up\n" }, otherwise: "fail: unable to change to service directory"),
      "/usr/bin/monit" => says({ "summary" => "Monit 5.33.0 uptime: 1m\n thing                           OK                          Process\n off                             Not monitored               Process\n" }),
      "/usr/bin/god" => says({ "'status thing'" => "thing: up\n", "'status off'" => "off: unmonitored\n" }, otherwise: "Task or Group does not exist")
    }.freeze

    module_function

    def put(root)
      PROGRAMS.each do |path, script|
        FileUtils.mkdir_p(File.dirname("#{root}#{path}"))
        FileUtils.rm_f("#{root}#{path}")
        File.write("#{root}#{path}", script)
        File.chmod(0o755, "#{root}#{path}")
      end
    end
  end
end
