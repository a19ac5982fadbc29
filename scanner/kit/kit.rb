# frozen_string_literal: true

# Starts the agent in an image that holds CINC Auditor or InSpec and nothing of sidescan: agent and transport lie beside
# this file as kit.tar.gz.
#
#     ruby kit.rb AGENT_ARGUMENTS...          unpacks them and becomes the agent
#     ruby kit.rb --copy-hold-to DIRECTORY    puts the program there that keeps a target alive, as DIRECTORY/hold
#
# What needs a Ruby newer than the one that runs this is only read after that has been checked.

abort "sidescan: this image has Ruby #{RUBY_VERSION}; the agent needs 3.1 or newer" if RUBY_VERSION.to_f < 3.1

# Into a namespace of its own: the unpacked agent brings the same file.
early = Module.new
load File.expand_path("closed.rb", __dir__), early
early::Sidescan::Agent::Closed.close

require "fileutils"
require "rubygems/package"
require "tmpdir"
require "zlib"

# Unpacking, finding the auditor, and the two ways to be called.
module Kit
  ARCHIVE = File.expand_path("kit.tar.gz", __dir__)
  # Where the auditor's gems lie when Ruby was not told of them.
  PLACES = %w[/opt/*/embedded/lib/ruby/gems /usr/local/lib/ruby/gems /usr/local/bundle/ruby /usr/local/bundle
              /var/lib/gems /opt/sidescan/bundle/ruby].freeze
  AUDITORS = %w[inspec-core inspec].freeze

  module_function

  def unpack(directory)
    Zlib::GzipReader.open(ARCHIVE) do |gzip|
      Gem::Package::TarReader.new(gzip).each do |entry|
        next unless entry.file?

        path = File.join(directory, entry.full_name)
        FileUtils.mkdir_p(File.dirname(path))
        File.binwrite(path, entry.read.to_s)
      end
    end
  end

  def find_auditor
    return if AUDITORS.any? { |name| Gem::Specification.find_all_by_name(name).any? }

    found = PLACES.flat_map { |place| Dir.glob([place, "#{place}/#{RbConfig::CONFIG['ruby_version']}"]) }.find do |home|
      Dir.glob("#{home}/specifications/{#{AUDITORS.join(',')}}-[0-9]*.gemspec").any?
    end
    Gem.use_paths(found, [found, *Gem.path]) if found
  end

  def become_agent
    # Ruby would not take a folder that all may write to, as volumes of pods are, for temporary files.
    directory = Dir.mktmpdir("sidescan-kit-", ENV.fetch("TMPDIR") { Dir.tmpdir })
    unpack(directory)
    find_auditor
    load File.join(directory, "agent/bin/sidescan-agent")
  end

  def copy_hold(to)
    scratch = Dir.mktmpdir(".sidescan-", to)
    unpack(scratch)
    require File.join(scratch, "agent/lib/sidescan/pod/holder")
    File.binwrite("#{scratch}/hold", Sidescan::Pod::Holder.elf)
    File.chmod(0o555, "#{scratch}/hold")
    File.rename("#{scratch}/hold", "#{to}/hold")
  ensure
    FileUtils.rm_rf(scratch) if scratch
  end
end

ARGV.first == "--copy-hold-to" ? Kit.copy_hold(ARGV.fetch(1)) : Kit.become_agent
