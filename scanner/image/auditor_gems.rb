# frozen_string_literal: true

# Copies the auditor's gems for the image: those that it loads, without what only building and testing them needs.
#
#     ruby auditor_gems.rb GEM_HOME DIRECTORY

require "fileutils"
require "rubygems"

ROOTS = %w[inspec-core base64 csv rexml].freeze

# inspec-core declares a linter, for `inspec check`; of what comes with that an audit loads only the parser
# (inspec/profile.rb).
INSTEAD = { "inspec-core" => { "cookstyle" => "rubocop-ast" } }.freeze

UNWANTED_FOLDERS = %w[
  .github benchmark benchmarks bench bin doc docs examples example exe ext features gemfiles rakelib rbi samples sig
  sorbet spec tasks test tests website yard-template
].freeze
UNWANTED_FILES = /
  \A(?: \..* | Gemfile.* | Rakefile | Steepfile | Makefile | .*\.(?:gemspec|rdoc)
      | (?!LICEN|COPYING|NOTICE).*\.(?:md|txt|markdown) )\z
/ix

def wanted?(path, spec)
  name = File.basename(path)
  return !name.match?(UNWANTED_FILES) unless File.directory?(path)

  !UNWANTED_FOLDERS.include?(name) || spec.require_paths.include?(name)
end

def inside(home, spec) = File.join(home, "gems", spec.full_name)

# The gem itself, without what lies beside its code. Licences stay.
def copy_gem(spec, home, made)
  from = inside(home, spec)
  to = inside(made, spec)
  FileUtils.mkdir_p(to)
  Dir.children(from).sort.each do |name|
    path = File.join(from, name)
    FileUtils.cp_r(path, to, preserve: true) if wanted?(path, spec)
  end
end

def copy_extension(spec, made)
  return if spec.extensions.empty?

  to = File.join(made, spec.extension_dir.split("/").last(4).join("/"))
  FileUtils.mkdir_p(File.dirname(to))
  FileUtils.cp_r(spec.extension_dir, to, preserve: true)
  FileUtils.rm_f(Dir.glob("#{to}/{gem_make.out,mkmf.log}"))
end

home, root = ARGV
Gem.use_paths(home, [home])
all = Dir.glob("#{home}/specifications/*.gemspec").map { |file| Gem::Specification.load(file) }.to_h { |spec| [spec.name, spec] }

INSTEAD.each do |name, changes|
  changes.each do |declared, loaded|
    dependency = all.fetch(name).dependencies.find { |of| of.name == declared }
    abort "#{name} no longer needs #{declared}" unless dependency
    all[name].dependencies.delete(dependency)
    all[name].add_runtime_dependency(loaded)
  end
end

needed = []
open = ROOTS.dup
while (name = open.shift)
  spec = all[name] or next # comes with Ruby
  next if needed.include?(spec)

  needed << spec
  open.concat(spec.runtime_dependencies.map(&:name))
end

made = File.join(root, home)
FileUtils.mkdir_p("#{made}/specifications")
needed.sort_by(&:name).each do |spec|
  copy_gem(spec, home, made)
  copy_extension(spec, made)
  file = "#{spec.full_name}.gemspec"
  if INSTEAD.key?(spec.name)
    File.write("#{made}/specifications/#{file}", spec.to_ruby)
  else
    FileUtils.cp("#{home}/specifications/#{file}", "#{made}/specifications/", preserve: true)
  end
end
system("strip", "--strip-unneeded", *Dir.glob("#{made}/**/*.so"), exception: true)
puts "left out: #{(all.keys - needed.map(&:name)).sort.join(' ')}"
