# frozen_string_literal: true

require "digest"
require "fileutils"
require_relative "roots/apk"
require_relative "roots/busybox"
require_relative "roots/clients"
require_relative "roots/debian"
require_relative "roots/furnishing"
require_relative "roots/identities"
require_relative "roots/rpm"

module Fidelity
  # All root file systems, in folders of their own below one that later runs find again. A full one has a shell, tools and the family's
  # package program; a stripped one is the same without anything that could be executed but the main process.
  class Roots
    FAMILIES = %w[debian clients distroless rpm apk scratch].freeze
    # The packages of a distroless image.
    DISTROLESS = %w[base-files netbase tzdata libc6 libssl3 libgcc-s1 media-types].freeze
    # Whose packages the other distributions have.
    DATABASES = [[/ubuntu/, "debian", "/var/lib/dpkg"], [/rhel|amazon|suse/, "rpm", "/var/lib/rpm"], [/wolfi|chainguard/, "apk", "/lib/apk"]].freeze
    # What remains of a stripped root's programs: the main process, and a script that nothing can run.
    REMAIN = %w[/hold /kept.sh].freeze

    # home: where they are kept. Builds what is missing.
    def initialize(home)
      sources = Dir.glob("#{__dir__}/{roots.rb,roots/*.rb,evidence.rb}").map { |file| File.read(file) }
      @base = "#{home}/debian-#{Digest::SHA256.hexdigest(File.read("#{__dir__}/roots/debian.rb"))[0, 12]}"
      @home = "#{home}/roots-#{Digest::SHA256.hexdigest(sources.join)[0, 12]}"
      FileUtils.mkdir_p(@home)
      # Of other versions; another run may be at work with one of today.
      others = Dir.glob("#{home}/{debian,roots}-*") - Dir.glob("{#{@base},#{@home}}*")
      others.each { |old| FileUtils.rm_rf(old) if Time.now - File.mtime(old) > 86_400 }
    end

    # Also the auditor's Ruby inside comes from here.
    def base
      made(@base) { |path| Debian.build(path) }
    end

    # family: one of FAMILIES; form: "full" or "stripped"
    def path(family, form)
      full = made("#{@home}/#{family}-full") { |path| send(family, path) }
      return full if form == "full"

      made("#{@home}/#{family}-stripped") do |path|
        strip(full, path)
        into_status_d(path) if family == "distroless"
        (remove_links(path) || FileUtils.rm_f("#{path}/lib")) if family == "scratch"
      end
    end

    # identity: a key of Identities::ALL
    def identity(name, form)
      folder = name.scan(/[a-z0-9]+/).join("-")
      full = made("#{@home}/#{folder}-full") do |path|
        busybox(path, name)
      end
      return full if form == "full"

      made("#{@home}/#{folder}-stripped") do |path|
        strip(full, path)
        remove_links(path) unless name == "busybox"
      end
    end

    # The data of the Debian one, and nothing else, which only root may read: its files, or the folders around them.
    def unreadable(what)
      made("#{@home}/unreadable-#{what}") do |path|
        empty(path)
        Furnishing.new(path).run
        FileUtils.mkdir_p("#{path}/var/lib")
        system("cp", "-a", "#{self.path('debian', 'full')}/var/lib/dpkg", "#{path}/var/lib/dpkg", exception: true)
        paths = Dir.glob(Evidence::CLOSED.fetch(what), File::FNM_DOTMATCH, base: path).map { |name| "#{path}/#{name}" }
        paths.each { |each| File.chmod(0, each) if what == :files ? File.file?(each) && !File.symlink?(each) : File.directory?(each) && !each.end_with?("/.", "/..") }
        # Without these nobody knows what to ask, and the audit ends before it began.
        %w[os-release debian_version].each { |name| FileUtils.cp("#{self.path('debian', 'full')}/etc/#{name}", "#{path}/etc/#{name}") }
      end
    end

    private

    # Appears whole or not at all.
    def made(path)
      return path if File.exist?(path)

      half = "#{path}.half"
      FileUtils.rm_rf(half)
      yield half
      File.rename(half, path)
      path
    end

    def copy(from, to) = system("cp", "-al", from, to, exception: true)

    def debian(root)
      copy(base, root)
      Furnishing.new(root).run
      keep_entries(root) { true }
      gone = "Package: gone\nStatus: deinstall ok config-files\nPriority: optional\nSection: net\nMaintainer: Nobody <n@example.org>\n" \
             "Architecture: all\nVersion: 1:2.0-1\nConfig-Version: 1:2.0-1\nDescription: removed, its configuration is still here\n\n"
      held = "Package: held-back\nStatus: hold ok installed\nPriority: optional\nSection: net\nMaintainer: Nobody <n@example.org>\n" \
             "Architecture: all\nVersion: 2:1.0~beta+dfsg-1\nDescription: held\n Status: not so\n\n"
      File.write("#{root}/var/lib/dpkg/status", gone + held, mode: "a")
    end

    # With programs that show what is elsewhere, which no other has.
    def clients(root)
      copy(path("debian", "full"), root)
      Clients.put(root)
    end

    # Full: what dpkg would have been told by installing the same packages.
    def distroless(root)
      copy(base, root)
      Furnishing.new(root).run
      keep_entries(root) { |entry| DISTROLESS.include?(entry[/^Package: (\S+)/, 1]) }
    end

    # Writes the database anew, for other roots share its file by a hard link.
    def keep_entries(root, &)
      path = "#{root}/var/lib/dpkg/status"
      entries = File.read(path).split("\n\n").select(&)
      FileUtils.rm(path)
      File.write(path, entries.map { |entry| "#{entry.chomp}\n\n" }.join)
    end

    def rpm(root)
      copy(base, root)
      Furnishing.new(root).run
      Rpm.convert(root)
      mark(root, Identities::RHEL)
    end

    def apk(root)
      copy(base, root)
      Furnishing.new(root).run
      Apk.convert(root)
      mark(root, Identities::ALPINE)
    end

    # Nothing but the main process; full, with a Debian's programs beside it, and nothing else of it.
    def scratch(root)
      empty(root)
      copy("#{base}/usr", "#{root}/usr")
      %w[bin sbin lib lib64].each { |name| File.symlink("usr/#{name}", "#{root}/#{name}") }
    end

    def empty(root)
      FileUtils.mkdir_p(%w[proc sys dev run mnt tmp etc].map { |name| "#{root}/#{name}" })
      File.binwrite("#{root}/hold", Sidescan::Pod::Holder.elf)
      File.chmod(0o755, "#{root}/hold")
    end

    # Nothing but busybox, the marks of a distribution, and its packages.
    def busybox(root, name)
      empty(root)
      FileUtils.mkdir_p("#{root}/bin")
      FileUtils.cp("#{base}/bin/busybox", "#{root}/bin/busybox")
      Busybox.link(root)
      mark(root, Identities::ALL.fetch(name))
      family, database = DATABASES.find { |pattern, *| name.match?(pattern) }&.last(2)
      return unless family

      FileUtils.mkdir_p(File.dirname("#{root}#{database}"))
      system("cp", "-a", "#{path(family, 'full')}#{database}", "#{root}#{database}", exception: true)
    end

    def mark(root, files)
      FileUtils.rm_f(%w[os-release debian_version lsb-release].map { |name| "#{root}/etc/#{name}" }) unless files.empty?
      files.each do |name, content|
        FileUtils.rm_f("#{root}#{name}")
        File.write("#{root}#{name}", content)
      end
    end

    def strip(full, stripped)
      copy(full, stripped)
      Dir.glob("#{stripped}/**/*", File::FNM_DOTMATCH).each do |path|
        stat = File.lstat(path)
        FileUtils.rm(path) if stat.file? && stat.mode.anybits?(0o111) && !path.end_with?(*REMAIN)
      end
    end

    # Of a root that was nothing but busybox.
    def remove_links(root) = FileUtils.rm_rf(%w[bin sbin usr linuxrc lib64].map { |name| "#{root}/#{name}" })

    # As the builder of distroless images leaves it: a file per package, without a status, and one of checksums.
    def into_status_d(root)
      database = "#{root}/var/lib/dpkg"
      entries = File.read("#{database}/status").split("\n\n")
      FileUtils.rm_rf(Dir.glob("#{database}/*"))
      FileUtils.mkdir_p("#{database}/status.d")
      entries.each do |entry|
        name = entry[/^Package: (\S+)/, 1]
        File.write("#{database}/status.d/#{name}", "#{entry.gsub(/^Status: .*\n/, '')}\n")
        File.write("#{database}/status.d/#{name}.md5sums", "d41d8cd98f00b204e9800998ecf8427e  usr/share/#{name}\n")
      end
    end
  end
end
