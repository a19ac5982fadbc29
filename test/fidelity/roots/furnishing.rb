# frozen_string_literal: true

require "fileutils"
require "json"
require "openssl"
require_relative "../../../scanner/agent/lib/sidescan/pod/holder"
require_relative "configuration"

module Fidelity
  # Puts things that auditors trip over into a root: accounts, configuration of every kind, odd files.
  class Furnishing
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
    WHEN = 1_700_000_000

    def initialize(root)
      @root = root
    end

    def run
      folders
      accounts
      Configuration::FILES.each { |name, content| put(name, content) }
      odd_files
      secrets
      languages
      put("/hold", Sidescan::Pod::Holder.elf, 0o755)
      Dir.glob("#{@root}/{srv,home,etc/app}/**/*").each { |path| File.utime(WHEN, WHEN, path) if File.directory?(path) && !File.symlink?(path) }
    end

    private

    # Other roots share the files of this one by hard links: nothing is written over.
    def put(name, content, mode = 0o644, uid = 0, gid = 0)
      path = "#{@root}#{name}"
      FileUtils.mkdir_p(File.dirname(path))
      FileUtils.rm_f(path)
      File.binwrite(path, content)
      File.chown(uid, gid, path)
      File.chmod(mode, path)
      File.utime(WHEN, WHEN, path)
    end

    def link(to, name)
      FileUtils.rm_f("#{@root}#{name}")
      File.symlink(to, "#{@root}#{name}")
    end

    def folders
      %w[proc sys dev tmp run mnt root home/app home/other var/log var/tmp srv/empty srv/sticky/deep/er].each { |name| FileUtils.mkdir_p("#{@root}/#{name}") }
      { "tmp" => 0o1777, "home/app" => 0o700, "home/other" => 0o750, "srv/sticky" => 0o1777 }.each { |name, mode| File.chmod(mode, "#{@root}/#{name}") }
      File.chown(1000, 1000, "#{@root}/home/app")
      File.chown(0, 1001, "#{@root}/home/other")
    end

    def accounts
      put("/etc/passwd", PASSWD)
      put("/etc/group", GROUP)
      put("/etc/shadow", SHADOW, 0o640, 0, 42)
      put("/etc/gshadow", "root:*::\nteam:!::app\n", 0o640, 0, 42)
      put("/home/app/.ssh/authorized_keys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample app@example.org\n", 0o600, 1000, 1000)
    end

    def odd_files
      put("/etc/app/a.yml", "a:\n  b: [1, two]\n  c: ~\n", 0o600, 1000, 1000)
      { "secret" => [0, 0, 0], "group-only" => [0o060, 0, 2000], "suid" => [0o4644], "sgid" => [0o2664, 0, 2000], "ww" => [0o666],
        "unowned" => [0o644, 4711, 4712], "new\nline" => [], "\u00fcml\u00e4ut" => [] }
        .each { |name, who| put("/etc/app/#{name}", "x\n", *who) }
      put("/etc/app/latin1.txt", "caf\xE9\n".b)
      put("/etc/app/nul.bin", "a\0b\xff\xfe".b)
      put("/etc/app/kept.sh", "#!/bin/sh\necho kept\n", 0o755)
      put("/var/spool/cron/crontabs/root", "# c\n*/5 * * * * /bin/true\n@daily /usr/bin/x y\n", 0o600)
      { "absolute" => "/etc/passwd", "relative" => "a.json", "dangling" => "nowhere", "loop" => "loop" }.each { |name, to| link(to, "/etc/app/#{name}") }
      link("/etc/app", "/srv/app")
      File.mkfifo("#{@root}/srv/fifo")
      [1, 2, 3].each { |n| put("/srv/sticky/f#{n}.log", "line #{n}\nERROR #{n}\n", 0o640, 1000 * (n % 2), 0) }
      File.chmod(0o1777, "#{@root}/srv/sticky")
    end

    # A key, a certificate of it, one of another key; and parameters of a key exchange.
    def secrets
      key, other = Array.new(2) { OpenSSL::PKey::RSA.new(2048) }
      put("/etc/ssl/app.key", key.to_pem, 0o600)
      put("/etc/ssl/app.pub", key.public_key.to_pem)
      put("/etc/ssl/locked.key", key.to_pem(OpenSSL::Cipher.new("aes-256-cbc"), "secret"), 0o600)
      put("/etc/ssl/app.crt", certificate(key, Time.utc(2020), Time.utc(2048)).to_pem)
      put("/etc/ssl/expired.crt", certificate(other, Time.utc(2010), Time.utc(2011)).to_pem)
      put("/etc/ssl/broken.crt", "-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n")
      put("/etc/ssl/dh.pem", DH_PARAMETERS)
    end

    def certificate(key, from, to)
      OpenSSL::X509::Certificate.new.tap do |made|
        made.version = 2
        made.serial = 4711
        made.subject = made.issuer = OpenSSL::X509::Name.parse("/C=XX/O=Example/CN=app.example.org")
        made.not_before = from
        made.not_after = to
        made.public_key = key.public_key
        extensions = OpenSSL::X509::ExtensionFactory.new(made, made)
        made.add_extension(extensions.create_extension("subjectAltName", "DNS:app.example.org,IP:10.1.2.3"))
        made.add_extension(extensions.create_extension("keyUsage", "digitalSignature", true))
        made.add_extension(extensions.create_extension("extendedKeyUsage", "serverAuth"))
        made.sign(key, OpenSSL::Digest.new("SHA256"))
      end
    end

    DH_PARAMETERS = <<~TEXT
      -----BEGIN DH PARAMETERS-----
      MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
      +8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
      87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
      YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
      7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
      ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
      -----END DH PARAMETERS-----
    TEXT

    # Packages of three languages, as their own tools leave them.
    def languages
      put("/usr/local/lib/node_modules/express/package.json", JSON.generate(name: "express", version: "4.18.2", main: "index.js"))
      put("/usr/local/lib/node_modules/@scope/tool/package.json", JSON.generate(name: "@scope/tool", version: "1.0.0-rc.1"))
      put("/srv/project/package.json", JSON.generate(name: "project", version: "0.0.1", dependencies: { "left-pad" => "1.3.0" }))
      put("/srv/project/node_modules/left-pad/package.json", JSON.generate(name: "left-pad", version: "1.3.0"))
      packages = "/usr/local/lib/python3.11/dist-packages"
      put("#{packages}/flask-2.3.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: Flask\nVersion: 2.3.2\nSummary: A framework\nLicense: BSD\n\ntext\n")
      put("#{packages}/flask-2.3.2.dist-info/INSTALLER", "pip\n")
      put("#{packages}/flask-2.3.2.dist-info/RECORD", "flask/__init__.py,,\n")
      put("#{packages}/old_style-1.1.egg-info/PKG-INFO", "Metadata-Version: 1.1\nName: old-style\nVersion: 1.1\nSummary: UNKNOWN\n")
      put("/var/lib/gems/3.1.0/specifications/rack-3.0.8.gemspec", GEMSPEC.gsub("VERSION", "3.0.8"))
      put("/var/lib/gems/3.1.0/specifications/rack-2.2.7.gemspec", GEMSPEC.gsub("VERSION", "2.2.7"))
      %w[3.0.8 2.2.7].each { |version| FileUtils.mkdir_p("#{@root}/var/lib/gems/3.1.0/gems/rack-#{version}") }
    end

    GEMSPEC = <<~RUBY
      # -*- encoding: utf-8 -*-
      # stub: rack VERSION ruby lib

      Gem::Specification.new do |s|
        s.name = "rack".freeze
        s.version = "VERSION"
        s.require_paths = ["lib".freeze]
        s.authors = ["Someone".freeze]
        s.date = "2023-06-14"
        s.summary = "A server interface".freeze
        s.rubygems_version = "3.4.10".freeze
        s.installed_by_version = "3.4.10" if s.respond_to? :installed_by_version
      end
    RUBY
  end
end
