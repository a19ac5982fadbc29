# frozen_string_literal: true

require_relative "inspec_helper"

# Whole audits by the real auditor: what a control's result says in the end.
class AuditTest < InspecTest
  PROFILE = <<~RUBY
    control "file-refused" do
      describe file("/large") do
        its("content") { should be_nil }
      end
    end
    control "condition-refused" do
      only_if { file("/large").content.to_s.empty? }
      describe(file("/etc/passwd")) { it { should exist } }
    end
    control "parser-refused" do
      describe(json("/large")) { its("a") { should be_nil } }
    end
    control "resource-refused" do
      describe(mail_alias("root")) { it { should_not be_aliased_to "x" } }
    end
    control "name-refused" do
      describe(file("/bad\\0name")) { it { should_not exist } }
    end
    control "answered" do
      describe(file("/etc/passwd")) { its("owner") { should eq "root" } }
      describe(virtualization) { its("system") { should eq "docker" } }
      describe(file("/.dockerenv")) { it { should_not exist } }
      describe(command("ss")) { it { should_not exist } }
      describe(docker_container("app")) { it { should_not exist } }
      describe(port(80)) { it { should_not be_listening } }
    end
  RUBY

  it "says in every control's result that and why it could not look" do
    results = audit(PROFILE).to_h { |control| [control["id"], control["results"]] }
    %w[file condition parser resource name].each do |name|
      result = results.fetch("#{name}-refused").fetch(0)
      assert_equal "failed", result["status"], name
      assert_match(/could not look: /, result["message"], name)
    end
    assert_equal ["passed"], results.fetch("answered").map { |result| result["status"] }.uniq
  end

  private

  # The controls of the auditor's JSON result.
  def audit(profile)
    dir = target_dir do |made|
      made.write("/etc/debian_version", "12.5\n")
      File.open(made.on_host("/large"), "w") { |file| file.truncate(65 << 20) }
    end
    audited(profile, dir)
  end
end
