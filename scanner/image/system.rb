# frozen_string_literal: true

# Copies what the scanner needs of the Debian that this runs in to a new root: a few packages' files without
# documentation, translations and development tools, and these packages' entries in dpkg's database, so that tools that
# list packages see what is there and no more.
#
#     ruby system.rb DIRECTORY

require "fileutils"
require "open3"

PACKAGES = %w[
  base-files ca-certificates gcc-12-base libc-bin libc6 libcrypt1 libffi8 libgcc-s1 libgmp10 libruby3.1 libssl3
  libyaml-0-2 netbase ruby3.1 rubygems-integration zlib1g
].freeze

RUBY = "/usr/lib/ruby"
# Gems that come with Ruby and are there to build and test programs.
DEVELOPMENT = "(?:bundler|debug|irb|minitest|power_assert|rake|rbs|rdoc|test-unit|typeprof)-"

# Licences stay.
UNWANTED = [
  %r{\A/usr/share/(?!ca-certificates|doc/|rubygems-integration)},
  %r{\A/usr/share/doc/[^/]+/(?!copyright\z)},
  %r{\A/usr/share/ca-certificates/}, # the one file made of them is enough
  %r{\A/usr/s?bin/(?!ruby3\.1\z)}, %r{\A/s?bin/},
  %r{\A/etc/(?:ca-certificates|cron|default|dpkg|ld\.so|update-motd|profile|issue|motd|apt|init|kernel)},
  %r{\A(?:/usr)?/lib/[^/]+/(?:gconv|audit|perl)/},
  %r{\A/usr/lib/(?:bfd|locale/(?!C\.utf8)|tmpfiles|systemd)},
  %r{\A#{RUBY}/3\.1\.0/(?:bundler|irb|rdoc|mkmf|debug)},
  %r{\A#{RUBY}/gems/3\.1\.0/(?:build_info|cache|doc|plugins)/},
  %r{\A#{RUBY}/gems/3\.1\.0/[^/]+/(?:default/|[^/]+/[^/]+/)?#{DEVELOPMENT}},
  %r{\A/var/(?!lib/dpkg)}, %r{\A/(?:boot|home|media|mnt|opt|run|srv|tmp|root|proc|sys|dev)(?:/|\z)}
].freeze

ADDED = {
  "/etc/passwd" => "root:x:0:0:root:/nonexistent:/nonexistent\n" \
                   "sidescan:x:65532:65532:sidescan:/nonexistent:/nonexistent\n",
  "/etc/group" => "root:x:0:\nsidescan:x:65532:\n",
  "/etc/nsswitch.conf" => "passwd: files\ngroup: files\nhosts: files dns\n"
}.freeze

def said(*words)
  out, status = Open3.capture2({ "LC_ALL" => "C" }, *words)
  status.success? ? out : abort("#{words.join(' ')} ended with #{status.exitstatus}")
end

def wanted?(path) = UNWANTED.none? { |pattern| pattern.match?(path) }

# With /usr merged, a package may name a file by either path.
def place(path) = File.join(File.realpath(File.dirname(path)), File.basename(path))

def copy(path, root)
  target = root + path
  FileUtils.mkdir_p(File.dirname(target))
  return File.symlink(File.readlink(path), target) if File.symlink?(path)

  FileUtils.cp(path, target, preserve: true)
end

# Path of a package's list in dpkg's database; those of libraries carry their architecture.
def info(package, kind)
  Dir.glob("/var/lib/dpkg/info/{#{package},#{package}:*}.#{kind}").first
end

def register(package, files, root)
  list = info(package, "list") or abort "#{package} is not installed"
  folder = "#{root}/var/lib/dpkg/info"
  FileUtils.mkdir_p(folder)
  File.write("#{folder}/#{File.basename(list)}", files.map { |path| "#{path}\n" }.join)
  sums = info(package, "md5sums") or return
  kept = File.readlines(sums).select { |line| files.include?("/#{line[34..].chomp}") }
  File.write("#{folder}/#{File.basename(sums)}", kept.join)
end

root = ARGV.fetch(0)
FileUtils.mkdir_p(root)
%w[bin sbin lib lib64].each do |name|
  FileUtils.mkdir_p("#{root}/usr/#{name}")
  File.symlink("usr/#{name}", "#{root}/#{name}")
end

PACKAGES.each do |package|
  listed = said("dpkg-query", "-L", package).lines(chomp: true).select { |path| path.start_with?("/") && wanted?(path) }
  present = listed.select { |path| File.symlink?(path) || File.file?(path) }
  present.each do |path|
    copy(place(path), root) unless File.exist?(root + place(path)) || File.symlink?(root + place(path))
  end
  register(package, present, root)
end

entries = File.read("/var/lib/dpkg/status").split(/\n\n+/)
kept = entries.select { |entry| PACKAGES.include?(entry[/^Package: (.*)/, 1]) }
File.write("#{root}/var/lib/dpkg/status", "#{kept.join("\n\n")}\n\n")

ADDED.each { |path, text| File.write(root + path, text) }
FileUtils.mkdir_p(%W[#{root}/etc/ssl/certs #{root}/tmp #{root}/proc #{root}/dev #{root}/sys #{root}/sidescan])
File.chmod(0o1777, "#{root}/tmp")
FileUtils.cp("/etc/ssl/certs/ca-certificates.crt", "#{root}/etc/ssl/certs/")
File.symlink("ruby3.1", "#{root}/usr/bin/ruby")
# A process whose user cannot read its program can be neither traced nor read by others of that user, and the target may
# be one of them.
File.chmod(0o111, "#{root}/usr/bin/ruby3.1")
