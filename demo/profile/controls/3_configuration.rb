# frozen_string_literal: true

# How the application is configured.

app = input("app_directory")

control "config-01" do
  impact 0.7
  title "Nobody but its owner can change the application"
  desc "A file that everybody may write lets any process in the container change what the service does next."
  desc "check", "Search the application's directory for files that everybody may write."
  desc "fix", "chmod o-w FILE, in the image's build."
  tag severity: "high"
  tag nist: ["AC-3 (4)", "CM-5 (6)"]

  describe command("find #{app} -xdev -type f -perm -0002 -print | sort") do
    its("stdout") { should be_empty }
    its("exit_status") { should eq 0 }
  end
end

control "config-02" do
  impact 0.7
  title "Connections use TLS 1.2 or newer"
  desc "TLS 1.0 and 1.1 are broken and were withdrawn in 2021 (RFC 8996)."
  desc "check", "Verify tls.minVersion in the server's configuration."
  desc "fix", "Set tls.minVersion to TLSv1.2 or TLSv1.3."
  tag severity: "high"
  tag nist: %w[SC-8 SC-13]
  ref "RFC 8996", url: "https://www.rfc-editor.org/rfc/rfc8996"

  describe json("#{app}/config/server.json") do
    its(%w[tls enabled]) { should eq true }
    its(%w[tls minVersion]) { should be_in %w[TLSv1.2 TLSv1.3] }
  end
end

control "config-03" do
  impact 0.3
  title "The log holds what an investigation needs, and no secrets"
  desc "Audit events must be on; passwords and cookies must not be in the log."
  desc "check", "Verify level, audit and redact in the logging configuration."
  desc "fix", "Set level to info, audit.enabled to true, and list the secrets under redact."
  tag severity: "low"
  tag nist: ["AU-3", "AU-12 a"]

  describe yaml("#{app}/config/logging.yaml") do
    its("level") { should be_in %w[info warn] }
    its(%w[audit enabled]) { should eq true }
    its("redact") { should include "password" }
  end
end

control "config-04" do
  impact 0.5
  title "The database's certificate is verified"
  desc "Without verification the service gives its password to whoever answers at the database's address."
  desc "check", "Verify sslmode in the database configuration, and that no password is kept beside it."
  desc "fix", "Set sslmode to verify-full; take the password from a mounted secret."
  tag severity: "medium"
  tag nist: ["SC-8 (1)", "IA-5 (7)"]

  describe ini("#{app}/config/database.ini") do
    its(%w[database sslmode]) { should eq "verify-full" }
    its(%w[database password]) { should be_nil }
  end
end

control "config-05" do
  impact 0.9
  title "No secret is in the environment"
  desc "The environment is seen by every child process, ends up in crash reports, and is part of the image."
  desc "check", "Verify that the service's environment holds no password, token or key."
  desc "fix", "Mount the secret as a file and read it from there."
  tag severity: "critical"
  tag nist: ["IA-5 (7)", "SC-28"]

  %w[DB_PASSWORD DATABASE_PASSWORD API_TOKEN SECRET_KEY AWS_SECRET_ACCESS_KEY].each do |name|
    describe os_env(name) do
      its("content") { should be_nil.or(eq("")) }
    end
  end
end

control "config-06" do
  impact 0.7
  title "No private key is part of the image"
  desc "Whoever can pull the image has the key."
  desc "check", "Search the application and /etc for private keys."
  desc "fix", "Mount the key when the container starts, and make a new one: the old one is known."
  tag severity: "high"
  tag nist: ["SC-12 (3)", "IA-5 (2)"]

  describe command("grep -rlI -e '-----BEGIN [A-Z ]*PRIVATE KEY-----' #{app} /etc | wc -l") do
    its("stdout.strip") { should eq "0" }
  end
end
