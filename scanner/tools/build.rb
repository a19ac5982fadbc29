#!/usr/bin/env ruby
# frozen_string_literal: true

# Builds the supplied tools: a directory with shells and GNU tools that run inside a root that holds nothing.
#
#     ruby build.rb OUTPUT_DIRECTORY
#
# Packages of the Debian (or Ubuntu) that this runs on are downloaded and unpacked aside; nothing is installed and no
# right is needed (only package lists, which root refreshes here and others by `apt-get update`). In a target the
# directory is open as descriptor 197, so every copy is given that as its loader's and its libraries' place. Paths by
# which the C library would load code of the target (ld.so.preload, NSS modules, gconv) are replaced by names that
# cannot exist, and the mount table by descriptor 198, where the runner opens the target's own. OUTPUT_DIRECTORY
# appears whole or not at all; manifest.json says what is in it; a second run that finds the manifest of this very
# builder does nothing.

require "digest"
require "fileutils"
require "json"
require "open3"
require "tmpdir"
require_relative "selection"
require_relative "strings"

# One build: download, unpack, choose, change, describe.
class Build
  class Failure < StandardError; end

  LIBRARY = /\Az?lib[a-z0-9]/
  # What a copy must no longer hold, checked at the end.
  FORBIDDEN = ["/etc/ld.so.preload", "/etc/ld.so.cache", "/etc/nsswitch.conf"].freeze

  def initialize(output, scratch)
    @output = output
    @made = "#{scratch}/made"
    @unpacked = "#{scratch}/unpacked"
    @downloads = "#{scratch}/downloads"
    @patchelf_dir = "#{scratch}/patchelf"
    @packages = {}
    @replaced = []
    FileUtils.mkdir_p([@made, "#{@made}/bin", "#{@made}/debian", "#{@made}/lib", @unpacked, @downloads, @patchelf_dir])
  end

  def run
    fetch(["patchelf"], into: @patchelf_dir)
    @patchelf = "#{@patchelf_dir}/usr/bin/patchelf"
    fetch(Selection::PACKAGES.keys)
    take_programs
    take_libraries
    change_copies
    write_scripts
    write_manifest
    check
    publish
  end

  private

  def fetch(names, into: @unpacked)
    wanted = available(names)
    return if wanted.empty?

    apt("download", *wanted)
    Dir.glob("#{@downloads}/*.deb").each do |deb|
      name, version, depends, early = fields(deb)
      command("dpkg-deb", "-x", deb, into)
      @packages[name] = { version: version, depends: [depends, early].join(",") }
      File.delete(deb)
    end
  end

  # A package that this release does not have (its programs moved to another) is left out; what must be there is
  # checked at the end.
  def available(names)
    listed = command("apt-cache", "policy", *names).split(/^(?=\S)/)
    candidates = listed.grep_v(/Candidate: \(none\)/).map { |entry| entry[/\A[^:\n]+/] }
    if candidates.empty? && @packages.empty?
      raise Failure, "there are no package lists: run `apt-get update` (as root) first"
    end

    names & candidates
  end

  def apt(*words)
    sandbox = Process.uid.zero? ? ["-o", "APT::Sandbox::User=root"] : []
    command("apt-get", "-q", *sandbox, *words, chdir: @downloads)
  end

  def fields(deb)
    text = command("dpkg-deb", "-f", deb, "Package", "Version", "Depends", "Pre-Depends")
    %w[Package Version Depends Pre-Depends].map { |field| text[/^#{field}: (.*)$/, 1].to_s }
  end

  def take_programs
    Selection::PACKAGES.each_value do |names|
      next if names == :all

      names.each { |name| take_program(name) }
    end
    list = Dir.glob("#{@unpacked}/{usr/bin,bin,usr/sbin,sbin}/*")
    core = coreutils_programs
    list.each { |file| take_program(File.basename(file)) if core.include?(File.basename(file)) }
    Selection::ALIASES.each do |name, program|
      FileUtils.ln_s(program, "#{@made}/bin/#{name}") if File.exist?("#{@made}/bin/#{program}")
    end
    Selection::DEBIAN_ALIASES.each { |name, program| FileUtils.ln_s("../bin/#{program}", "#{@made}/debian/#{name}") }
  end

  # coreutils is unpacked a second time, alone, to know its programs.
  def coreutils_programs
    apt("download", "coreutils")
    deb = Dir.glob("#{@downloads}/coreutils*.deb").first
    command("dpkg-deb", "-c", deb).scan(%r{ \./(?:usr/)?s?bin/([^\s/]+)(?: -> .*)?$}).flatten - %w[chroot]
  ensure
    File.delete(deb) if deb
  end

  def take_program(name)
    file = Dir.glob("#{@unpacked}/{usr/bin,bin,usr/sbin,sbin}/#{name}").find { |found| elf?(found) }
    FileUtils.cp(File.realpath(file), "#{@made}/bin/#{name}") if file
  end

  # Libraries by what the copies need, found in the packages that their packages depend on.
  def take_libraries
    loop do
      missing = needed.reject { |name| File.exist?("#{@made}/lib/#{name}") || loader?(name) }
      missing.reject! { |name| library_taken?(name) }
      next fetch_dependencies(missing) unless missing.empty?
      break if needed.all? { |name| File.exist?("#{@made}/lib/#{name}") || loader?(name) }
    end
    loader = patchelf("--print-interpreter", "#{@made}/bin/bash").strip
    file = find_unpacked(File.basename(loader)) or raise Failure, "the loader #{loader} is in none of the packages"
    FileUtils.cp(file, "#{@made}/ld.so")
    FileUtils.ln_s("../ld.so", "#{@made}/lib/#{File.basename(loader)}")
  end

  def loader?(name) = name.start_with?("ld-linux")

  def needed
    elves = (Dir.glob("#{@made}/bin/*") + Dir.glob("#{@made}/lib/*")).select do |file|
      !File.symlink?(file) && elf?(file)
    end
    patchelf("--print-needed", *elves).split.uniq
  end

  # Copies the library; false when none of the packages has it.
  def library_taken?(name)
    file = find_unpacked(name) or return false
    FileUtils.cp(file, "#{@made}/lib/#{name}")
    true
  end

  def find_unpacked(name)
    file = Dir.glob("#{@unpacked}/{usr/lib,lib,usr/lib64,lib64}/{,*-linux-gnu/}#{name}").first
    file && in_unpacked(file)
  end

  # The regular file behind a link of a package (libx.so.1 -> libx.so.1.2); links with an absolute path lead into the
  # package too.
  def in_unpacked(file)
    return file unless File.symlink?(file)

    text = File.readlink(file)
    in_unpacked(text.start_with?("/") ? "#{@unpacked}#{text}" : File.expand_path(text, File.dirname(file)))
  end

  def fetch_dependencies(missing)
    depends = @packages.values.flat_map { |package| package[:depends].split(/[,|]/) }
    names = depends.filter_map { |text| text[/[a-z0-9][a-z0-9.+-]+/] }.uniq.grep(LIBRARY) - @packages.keys
    raise Failure, "no package has #{missing.join(', ')}" if names.empty?

    fetch(names)
  end

  def change_copies
    elves = Dir.glob("#{@made}/{bin,lib}/*").reject { |file| File.symlink?(file) }
    elves.each { |file| FileUtils.chmod(0o755, file) }
    place = Selection::PLACE
    programs = elves.select { |file| file.start_with?("#{@made}/bin/") }
    patchelf("--set-interpreter", "#{place}/ld.so", "--force-rpath", "--set-rpath", "#{place}/lib", *programs)
    # The C library itself stays as it was linked: it needs only the loader.
    libraries = (elves - programs).reject { |file| File.basename(file).start_with?("libc.so") }
    patchelf("--force-rpath", "--set-rpath", "#{place}/lib", *libraries)
    [*elves, "#{@made}/ld.so"].each { |file| replace_strings(file) }
    FileUtils.chmod(0o755, "#{@made}/ld.so")
  end

  def replace_strings(file)
    bytes, found = Strings.replace(File.binread(file))
    @replaced |= found
    File.binwrite(file, bytes) unless found.empty?
  end

  def write_scripts
    Selection::SCRIPTS.each do |name, text|
      File.write("#{@made}/bin/#{name}", Selection::SHEBANG + text)
      FileUtils.chmod(0o755, "#{@made}/bin/#{name}")
    end
  end

  def write_manifest
    manifest = { builder: BUILDER, descriptor: Selection::DESCRIPTOR,
                 mountinfoDescriptor: Selection::MOUNTINFO_DESCRIPTOR, arch: ARCH,
                 packages: @packages.sort.map { |name, package| { name: name, version: package[:version] } },
                 programs: Dir.children("#{@made}/bin").sort, debian: Dir.children("#{@made}/debian").sort,
                 files: sizes(@made) }
    File.write("#{@made}/manifest.json", "#{JSON.pretty_generate(manifest)}\n")
  end

  # The set is only good when it runs and when nothing in it still names the target's loader configuration.
  def check
    programs = %w[bash dash find grep sed gawk ps ss getent ls stat df]
    absent = programs.reject { |name| File.exist?("#{@made}/bin/#{name}") }
    raise Failure, "missing in the packages: #{absent.join(', ')}" unless absent.empty?

    left = Dir.glob("#{@made}/{bin/*,lib/*,ld.so}").select { |file| forbidden?(File.binread(file)) }
    raise Failure, "still names the target's loader configuration: #{left.join(', ')}" unless left.empty?

    { "bin/bash" => "egrep -c x <<<x", "debian/sh" => "echo x | egrep -c x" }.each do |shell, text|
      said, status = File.open(@made) { |directory| try_shell(directory, shell, text) }
      raise Failure, "the supplied #{shell} does not run here: #{said}" unless status.success? && said == "1\n"
    end
  end

  def forbidden?(bytes) = FORBIDDEN.any? { |text| bytes.include?("\0#{text}\0") }

  def try_shell(directory, shell, text)
    Open3.capture2e({ "PATH" => "#{Selection::PLACE}/bin" }, "#{Selection::PLACE}/#{shell}", "-c",
                    "ls / | grep -c . >/dev/null && #{text}",
                    Selection::DESCRIPTOR => directory, unsetenv_others: true)
  end

  # The old set, if any, is moved aside and removed; a run that is killed in between leaves no half-made one.
  def publish
    FileUtils.chmod(0o755, @made)
    FileUtils.rm_rf("#{@output}.old")
    File.rename(@output, "#{@output}.old") if File.exist?(@output)
    File.rename(@made, @output)
    FileUtils.rm_rf("#{@output}.old")
  end

  def patchelf(*words) = command(@patchelf, *words)

  def elf?(file) = File.file?(file) && File.binread(file, 4) == "\x7FELF".b

  def command(*words, chdir: ".")
    out, err, status = Open3.capture3({ "LC_ALL" => "C" }, *words, chdir: chdir)
    return out if status.success?

    outdated = err.match?(/Unable to locate|no installation candidate|404|Failed to fetch/i)
    hint = outdated ? " (is `apt-get update` needed?)" : ""
    raise Failure, "#{words.first(4).join(' ')} ... failed#{hint}: #{err.lines.last(3).join.strip}"
  rescue Errno::ENOENT
    raise Failure, "#{words.first} is not on this machine: the supplied tools are built on Debian or Ubuntu"
  end
end

# Path and size of every file below a directory, but for the manifest itself.
def sizes(directory)
  Dir.glob("**/*", base: directory).select { |name| File.file?("#{directory}/#{name}") && name != "manifest.json" }
     .sort.to_h { |name| [name, File.size("#{directory}/#{name}")] }
end

def current?(output)
  manifest = JSON.parse(File.read("#{output}/manifest.json"))
  manifest["builder"] == BUILDER && manifest["arch"] == ARCH && manifest["files"] == sizes(output)
rescue SystemCallError, JSON::ParserError
  false
end

BUILDER = Digest::SHA256.hexdigest(Dir.glob("#{__dir__}/*.rb").map { |file| File.binread(file) }.join)
ARCH = RbConfig::CONFIG["host_cpu"]

def main(arguments)
  abort "usage: ruby build.rb OUTPUT_DIRECTORY" unless arguments.length == 1
  output = File.expand_path(arguments.first)
  return puts("the supplied tools in #{output} are current") if current?(output)

  FileUtils.mkdir_p(File.dirname(output))
  # Beside the output, so that the last rename stays on one file system.
  Dir.mktmpdir(".tools-", File.dirname(output)) do |scratch|
    no_lists = Process.uid.zero? && Dir.glob("/var/lib/apt/lists/*Packages*").empty?
    system("apt-get", "-q", "update", out: :err) if no_lists
    Build.new(output, scratch).run
  end
  puts "the supplied tools are in #{output}"
rescue Build::Failure => e
  abort "could not build the supplied tools: #{e.message}"
end

main(ARGV)
