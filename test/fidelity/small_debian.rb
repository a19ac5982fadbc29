# frozen_string_literal: true

require "fileutils"
require "open3"

# A Debian root file system made of this machine's own packages, with things in it that auditors trip over; and the same one
# stripped: every file that could be executed is gone, but for the main process's.
module SmallDebian
  PACKAGES = %w[
    base-files base-passwd bash coreutils dash debianutils diffutils dpkg e2fsprogs findutils gawk grep hostname iproute2 kmod
    libc-bin login lsb-release mawk mount net-tools netbase passwd perl-base procps ruby3.1 sed tar tzdata util-linux
  ].freeze
  BESIDE = %w[/etc/ld.so.cache /etc/alternatives /etc/localtime /etc/timezone /etc/pam.d /etc/sysctl.conf /usr/bin/awk /usr/bin/which].freeze
  PASSWD = <<~TEXT
    root:x:0:0:root:/root:/bin/bash
    daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
    www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
    app:x:1000:1000:The App,,,:/home/app:/bin/sh
    other:x:1001:1001::/home/other:/bin/false
    nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
  TEXT
  GROUP = "root:x:0:\ndaemon:x:1:\nshadow:x:42:\nwww-data:x:33:app\nteam:x:2000:app,other\napp:x:1000:\nother:x:1001:\nnogroup:x:65534:\n"
  SHADOW = "root:*:19000:0:99999:7:::\nwww-data:$6$salt$hash:19100:1:90:14:30:20000:\napp:$6$salt$hash:19100:0:99999:7:::\nother:!:19200:0:99999:7:::\nnobody:*:19300:0:99999:7:::\n"

  module_function

  def build(root)
    names = closure
    copy(root, files(names) + BESIDE + Dir.glob(names.map { |name| "/var/lib/dpkg/info/{#{name},#{name}:*}.{list,md5sums}" }))
    status(root, names)
    furnish(root)
  end

  # A copy without anything executable.
  def strip(full, stripped)
    system("cp", "-a", full, stripped, exception: true)
    Dir.glob("#{stripped}/**/*", File::FNM_DOTMATCH).each do |path|
      stat = File.lstat(path)
      FileUtils.rm(path) if stat.file? && stat.mode.anybits?(0o111) && !path.end_with?("/hold", "/kept.sh")
    end
  end

  def closure
    listed, = Open3.capture2("apt-cache", "depends", "--recurse", "--installed", "--important", *PACKAGES, err: File::NULL)
    wanted = listed.scan(/^[a-z0-9][a-z0-9.+-]*/).uniq
    installed, = Open3.capture2("dpkg-query", "-W", "-f=${db:Status-Status} ${Package}\n", *wanted, err: File::NULL)
    installed.scan(/^installed (\S+)$/).flatten.uniq
  end

  def files(names)
    listed, = Open3.capture2("dpkg-query", "-W", "-f=${binary:Package}\n", *names)
    owned, = Open3.capture2("dpkg", "-L", *listed.split("\n"), err: File::NULL)
    owned.split("\n").uniq.select { |path| path.start_with?("/") && !path.start_with?("/usr/share/doc", "/usr/share/man") }
  end

  def copy(root, paths)
    FileUtils.mkdir_p(root)
    # merged /usr, before anything is put into it
    %w[bin sbin lib lib64].each do |name|
      FileUtils.mkdir_p("#{root}/usr/#{name}")
      File.symlink("usr/#{name}", "#{root}/#{name}") if File.symlink?("/#{name}")
    end
    present = paths.select { |path| File.exist?(path) || File.symlink?(path) } - %w[/bin /sbin /lib /lib64 /.]
    pack = ["tar", "-C", "/", "--no-recursion", "-cf", "-", "--null", "-T", "-"]
    directories, others = present.partition { |path| File.directory?(path) && !File.symlink?(path) }
    whole = directories.select { |path| BESIDE.include?(path) }.flat_map { |path| Dir.glob("#{path}/**/*") }
    list = (directories + others + whole).map { |path| "#{path.delete_prefix('/')}\0" }.join
    statuses = Open3.pipeline_start(pack, ["tar", "-C", root, "--keep-directory-symlink", "-xpf", "-"], in: input(list), err: File::NULL)
    statuses.each(&:value)
  end

  def input(text)
    reader, writer = IO.pipe
    Thread.new { writer.write(text) && writer.close }
    reader
  end

  def status(root, names)
    FileUtils.mkdir_p("#{root}/var/lib/dpkg")
    kept = File.read("/var/lib/dpkg/status").split("\n\n").select { |entry| names.include?(entry[/^Package: (\S+)/, 1]) }
    kept << "Package: gone\nStatus: deinstall ok config-files\nPriority: optional\nSection: net\nMaintainer: Nobody <n@example.org>\n" \
            "Architecture: all\nVersion: 1:2.0-1\nConfig-Version: 1:2.0-1\nDescription: removed, its configuration is still here"
    File.write("#{root}/var/lib/dpkg/status", "#{kept.join("\n\n")}\n\n")
    File.write("#{root}/var/lib/dpkg/available", "")
  end

  def furnish(root)
    put = lambda do |name, content, mode = 0o644, uid = 0, gid = 0|
      FileUtils.mkdir_p(File.dirname("#{root}#{name}"))
      File.binwrite("#{root}#{name}", content)
      File.chown(uid, gid, "#{root}#{name}")
      File.chmod(mode, "#{root}#{name}")
      File.utime(1_700_000_000, 1_700_000_000, "#{root}#{name}")
    end
    %w[proc sys dev tmp run mnt root home/app home/other var/log var/tmp srv/empty].each { |name| FileUtils.mkdir_p("#{root}/#{name}") }
    File.chmod(0o1777, "#{root}/tmp")
    put.call("/etc/passwd", PASSWD)
    put.call("/etc/group", GROUP)
    put.call("/etc/shadow", SHADOW, 0o640, 0, 42)
    put.call("/etc/gshadow", "root:*::\nteam:!::app\n", 0o640, 0, 42)
    put.call("/etc/hostname", "fidelity\n")
    put.call("/etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost\n10.1.2.3 db.example.org db\n")
    put.call("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n")
    put.call("/etc/fstab", "# comment\n/dev/sda1 / ext4 errors=remount-ro 0 1\ntmpfs /tmp tmpfs nodev,nosuid,noexec 0 0\n\n")
    put.call("/etc/login.defs", "# c\nPASS_MAX_DAYS\t60\nPASS_MIN_DAYS 1\nUMASK 027\nENCRYPT_METHOD SHA512\n")
    put.call("/etc/security/limits.conf", "* hard core 0\n@team soft nproc 20\n# x\n")
    put.call("/etc/ssh/sshd_config", "Port 22\nPort 2222\nPermitRootLogin no\nCiphers a,b\nMatch User app\n  PermitRootLogin yes\n")
    put.call("/etc/ssh/ssh_config", "Host *\n  Protocol 2\n  HashKnownHosts yes\n")
    put.call("/etc/audit/auditd.conf", "log_file = /var/log/audit/audit.log\nmax_log_file = 8\n")
    put.call("/etc/nginx/nginx.conf", "user www-data;\nhttp {\n  include /etc/nginx/conf.d/*.conf;\n  server { listen 80; server_name a b; }\n}\n")
    put.call("/etc/nginx/conf.d/b.conf", "server { listen 8080; location / { return 404; } }\n")
    put.call("/etc/apache2/apache2.conf", "ServerRoot \"/etc/apache2\"\nTimeout 60\nIncludeOptional conf-enabled/*.conf\n")
    put.call("/etc/apache2/conf-enabled/s.conf", "ServerTokens Prod\n")
    put.call("/etc/mysql/my.cnf", "[mysqld]\nuser = mysql\n!includedir /etc/mysql/conf.d/\n")
    put.call("/etc/mysql/conf.d/x.cnf", "[mysqld]\nport = 3306\n")
    put.call("/etc/app/a.json", '{"a":{"b":[1,2,{"c":null}]},"t":true}')
    put.call("/etc/app/a.yml", "a:\n  b: [1, two]\n  c: ~\n", 0o600, 1000, 1000)
    put.call("/etc/app/a.ini", "top=1\n[s]\nk = v\n[s.t]\nx=y=z\n")
    put.call("/etc/app/a.toml", "a = 1\n[t]\nb = [\"x\"]\n")
    put.call("/etc/app/a.xml", "<r><x id=\"1\">one</x><x>two</x></r>")
    put.call("/etc/app/a.csv", "n,v\na,1\nb,2\n")
    put.call("/etc/app/bad.json", "{")
    put.call("/etc/app/with space.conf", "k=v\nPassword = secret\n\n; c\n# d\nlong=#{'x' * 300}\n")
    put.call("/etc/app/latin1.txt", "caf\xE9\n".b)
    put.call("/etc/app/nul.bin", "a\0b\xff\xfe".b)
    put.call("/etc/app/empty", "")
    put.call("/etc/app/crlf", "a\r\nb\r\n")
    put.call("/etc/app/nonl", "no newline at end")
    put.call("/etc/app/secret", "s\n", 0, 0, 0)
    put.call("/etc/app/group-only", "g\n", 0o060, 0, 2000)
    put.call("/etc/app/suid", "x\n", 0o4644)
    put.call("/etc/app/sgid", "x\n", 0o2664, 0, 2000)
    put.call("/etc/app/unowned", "x\n", 0o644, 4711, 4712)
    put.call("/etc/app/ww", "x\n", 0o666)
    put.call("/etc/app/new\nline", "x\n")
    put.call("/etc/app/\u00fcml\u00e4ut", "x\n")
    put.call("/etc/app/kept.sh", "#!/bin/sh\necho kept\n", 0o755)
    put.call("/var/spool/cron/crontabs/root", "# c\n*/5 * * * * /bin/true\n@daily /usr/bin/x y\n", 0o600)
    put.call("/etc/crontab", "SHELL=/bin/sh\n17 * * * * root cd / && run\n")
    put.call("/etc/modprobe.d/x.conf", "blacklist usb-storage\ninstall cramfs /bin/true\n")
    put.call("/etc/selinux/config", "SELINUX=enforcing\n")
    put.call("/etc/profile.d/u.sh", "umask 027\nTMOUT=600\n")
    put.call("/etc/cron.allow", "root\n", 0o600)
    put.call("/hold", Sidescan::Pod::Holder.elf, 0o755)
    File.symlink("/etc/passwd", "#{root}/etc/app/absolute")
    File.symlink("a.json", "#{root}/etc/app/relative")
    File.symlink("nowhere", "#{root}/etc/app/dangling")
    File.symlink("loop", "#{root}/etc/app/loop")
    File.symlink("/etc/app", "#{root}/srv/app")
    File.mkfifo("#{root}/srv/fifo")
    FileUtils.mkdir_p("#{root}/srv/sticky/deep/er")
    File.chmod(0o1777, "#{root}/srv/sticky")
    FileUtils.chown(1000, 1000, "#{root}/home/app")
    File.chmod(0o700, "#{root}/home/app")
    File.chmod(0o750, "#{root}/home/other")
    [1, 2, 3].each { |n| put.call("/srv/sticky/f#{n}.log", "line #{n}\nERROR #{n}\n", 0o640, 1000 * (n % 2), 0) }
  end
end
