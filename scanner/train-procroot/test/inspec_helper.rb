# frozen_string_literal: true

require_relative "helper"
require "inspec"
require "json"
require "open3"
require "train-procroot"

# Tests that ask through the real auditor's resources.
class InspecTest < ProcrootTest
  # Everything a test needs of one connection.
  def connect(dir, **options)
    transport = Train.create("procroot", host: dir.target.pid.to_s, start: dir.target.start.to_s, **options)
    transport.connection.tap { |connection| (@connections ||= []) << connection }
  end

  def teardown
    (@connections || []).each(&:close)
    super
  end

  # InSpec's resources by name: `inspec.port(80)`. Text in this file counts as a control's own, being outside of InSpec.
  def inspec(connection)
    Inspec::Backend.new(connection)
  end

  # The controls of a whole audit's JSON result, by the real auditor.
  def audited(profile, dir)
    Dir.mktmpdir do |home|
      File.write("#{home}/profile.rb", profile)
      run_auditor(home, "procroot://#{dir.target.pid}?start=#{dir.target.start}")
      JSON.parse(File.read("#{home}/result.json"))["profiles"][0]["controls"]
    end
  end

  # [ask, how, denied] of everything asked so far outside any control.
  def asked(connection)
    all = connection.ledger.to_h["controls"].flat_map { |control| control["asked"] }
    all.map { |one| one.values_at("ask", "how", "denied") }
  end

  private

  def run_auditor(home, uri)
    output, = Open3.capture2e({ "INSPEC_CONFIG_DIR" => home, "HOME" => home }, RbConfig.ruby,
                              "-I", File.expand_path("../lib", __dir__), "-e", <<~RUBY, home, uri)
                                                                require "inspec"
                                require "json"
                                require "open3"
                                                                require "inspec/cli"
                                                                home, uri = ARGV
                                                                Inspec::InspecCLI.start(["exec", "\#{home}/profile.rb", "-t", uri, "--no-create-lockfile",
                                                                                         "--reporter", "json:\#{home}/result.json"], enforce_license: false)
                              RUBY
    assert_path_exists "#{home}/result.json", output
  end
end
