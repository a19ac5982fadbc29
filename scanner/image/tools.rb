# frozen_string_literal: true

# Notes the packages that the supplied tools were taken from where tools that list packages look, as Debian's minimal
# images do (/var/lib/dpkg/status.d), and adds these packages' licences.
#
#     ruby tools.rb DIRECTORY

require "fileutils"
require "json"
require "open3"
require "tmpdir"

def said(*words, chdir: ".")
  out, status = Open3.capture2({ "LC_ALL" => "C" }, *words, chdir: chdir)
  status.success? ? out : abort("#{words.join(' ')} ended with #{status.exitstatus}")
end

# As dpkg would note it, without what says where it was downloaded.
def note(name, version, folder)
  entry = said("apt-cache", "show", "#{name}=#{version}").split("\n\n").first
  kept = entry.lines(chomp: true).grep_v(/\A(?:Filename|Size|MD5sum|SHA\d+|Description-md5):/)
  File.write("#{folder}/#{name}", "#{kept.join("\n")}\nStatus: install ok installed\n")
end

# A package's folder may be a link to that of another one made from the same source.
def add_licence(from, to)
  return File.symlink(File.readlink(from), to) if File.symlink?(from)

  FileUtils.mkdir_p(to)
  FileUtils.cp("#{from}/copyright", to) if File.exist?("#{from}/copyright")
end

def add_licences(packages, root)
  Dir.mktmpdir do |scratch|
    said("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *packages, chdir: scratch)
    Dir.glob("#{scratch}/*.deb").each do |deb|
      said("dpkg-deb", "-x", deb, "#{scratch}/unpacked")
      File.delete(deb)
    end
    FileUtils.mkdir_p("#{root}/usr/share/doc")
    Dir.children("#{scratch}/unpacked/usr/share/doc").sort.each do |name|
      add_licence("#{scratch}/unpacked/usr/share/doc/#{name}", "#{root}/usr/share/doc/#{name}")
    end
  end
end

root = ARGV.fetch(0)
folder = "#{root}/var/lib/dpkg/status.d"
FileUtils.mkdir_p(folder)
packages = JSON.parse(File.read("#{root}/opt/sidescan/tools/manifest.json")).fetch("packages")
packages.reject! { |package| package["name"] == "patchelf" } # only the build used it
packages.each { |package| note(package["name"], package["version"], folder) }
add_licences(packages.map { |package| package.values_at("name", "version").join("=") }, root)
