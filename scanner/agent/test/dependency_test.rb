# frozen_string_literal: true

require_relative "helper"
require "rbconfig"

# Dependencies come with the profile or not at all.
class DependencyTest < Minitest::Test
  include AgentTest

  # Vendors with the auditor itself, from a git repository on disk: what `cinc-auditor vendor` does.
  VENDOR = <<~RUBY
    gem "inspec-core"
    Gem.finish_resolve
    require "inspec"
    require "inspec/cli"
    ARGV.replace(["vendor", ARGV.first, "--overwrite"])
    Inspec::InspecCLI.start(ARGV.dup, enforce_license: false)
  RUBY

  def setup
    super
    @base = profile(PASSING.sub("one", "base-1") + PASSING.sub("one", "base-2"), name: "base")
    git("init", "--quiet")
    git("add", ".")
    git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message", "base")
  end

  def git(*arguments) = assert(system("git", "-C", @base, *arguments), "git #{arguments.first}")

  def overlay
    profile(<<~RUBY, yml: "depends:\n  - name: base\n    git: #{@base}/.git\n")
      include_controls "base" do
        skip_control "base-2"
        control("base-1") { impact 1.0 }
      end
      #{PASSING}
    RUBY
  end

  def vendored
    overlay.tap do |dir|
      home = { "HOME" => "#{@dir}/home", "INSPEC_CONFIG_DIR" => "#{@dir}/home" }
      assert system(home, RbConfig.ruby, "-e", VENDOR, dir, in: File::NULL, out: File::NULL)
      assert File.exist?("#{dir}/inspec.lock")
      FileUtils.rm_rf([@base, "#{@dir}/home"]) # nobody can fetch it any more
    end
  end

  def assert_complete(talk)
    names = talk.all("loaded").flat_map { |event| event["profiles"].map { |one| one["name"] } }
    assert_equal %w[base example], names.sort
    ran = talk.result["profiles"].flat_map { |one| one["controls"] }.select { |control| control["results"].any? }
    assert_equal %w[base-1 one], ran.map { |control| control["id"] }.uniq.sort
    assert_equal %w[base-1 one], talk.all("progress").map { |event| event["control"] }.sort
  end

  def test_vendored_ones_run_offline_from_a_directory
    assert_complete(run_agent(spec({ pid: target }, vendored)))
  end

  def test_vendored_ones_run_offline_from_an_archive
    vendored
    archive = "#{@dir}/example.tar.gz"
    assert system("tar", "-C", @dir, "-czf", archive, "example")
    FileUtils.rm_rf("#{@dir}/example")
    assert_complete(run_agent(spec({ pid: target }, archive)))
  end

  def test_unvendored_ones_say_what_to_do
    error = run_agent(spec({ pid: target }, overlay), exit: 1).error
    assert_equal ["profile-failed", "the profile depends on base, which is not vendored with it"],
                 error.values_at("code", "message")
    assert_match(/cinc-auditor vendor/, error["hint"])
  end

  def test_no_network_is_asked_for_any_kind_of_dependency
    ["url: https://example.com/base.tar.gz", "supermarket: owner/base", "git: https://example.com/base.git",
     "compliance: owner/base"].each_with_index do |source, n|
      dir = profile("include_controls 'base'", name: "needy#{n}", yml: "depends:\n  - name: base\n    #{source}\n")
      error = run_agent(spec({ pid: target }, dir), exit: 1).error
      assert_equal "the profile depends on base, which is not vendored with it", error["message"], source
    end
  end

  def test_a_dependency_by_path_is_read_from_there
    dir = profile("include_controls 'base'", yml: "depends:\n  - name: base\n    path: ../base\n")
    talk = run_agent(spec({ pid: target }, dir))
    assert_equal(%w[base-1 base-2], talk.all("progress").map { |event| event["control"] })
  end

  def test_a_dependency_by_path_that_is_not_there_fails_with_what_to_do
    dir = profile("include_controls 'base'", yml: "depends:\n  - name: base\n    path: ../nowhere\n")
    error = run_agent(spec({ pid: target }, dir), exit: 1).error
    assert_equal "profile-failed", error["code"], error.inspect
    assert_match(/vendor/, error["hint"])
  end
end
