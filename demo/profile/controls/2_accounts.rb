# frozen_string_literal: true

# Who is known in the image.

app_user = input("app_user")

control "accounts-01" do
  impact 0.7
  title "Only root has user id 0"
  desc "A second account with user id 0 is root by another name."
  desc "check", "List the accounts with user id 0."
  desc "fix", "Give the other accounts ids of their own, or remove them."
  tag severity: "high"
  tag nist: ["AC-6 (5)", "IA-2"]

  describe passwd.uids(0) do
    its("users") { should cmp "root" }
  end
end

control "accounts-02" do
  impact 0.5
  title "No account can log in"
  desc "Nobody logs in to a service's container; an account that could is of use only to an intruder."
  desc "check", "Verify that every account's shell is nologin or false."
  desc "fix", "Set the shell to /sbin/nologin in /etc/passwd."
  tag severity: "medium"
  tag nist: ["AC-2 (3)", "AC-17 (2)"]

  describe passwd do
    its("shells") { should all(match(%r{/(nologin|false)$})) }
  end
end

control "accounts-03" do
  impact 0.3
  title "The service has an account of its own"
  desc "An account that nothing else uses keeps what the service owns apart."
  desc "check", "Verify that the account and its group exist and hold no system id."
  desc "fix", "Add the account with a high id, and its group."
  tag severity: "low"
  tag nist: ["AC-6"]

  describe user(app_user) do
    it { should exist }
    its("uid") { should be >= 1000 }
    its("group") { should eq app_user }
  end
  describe group(app_user) do
    it { should exist }
  end
end

control "accounts-04" do
  impact 0.5
  title "The account files belong to root and only root may change them"
  desc "Whoever can change them can give an account to anybody."
  desc "check", "Verify owner and mode of /etc/passwd and /etc/group."
  desc "fix", "chown root:root, chmod 0644."
  tag severity: "medium"
  tag nist: ["AC-3 (4)", "CM-5"]

  %w[/etc/passwd /etc/group].each do |path|
    describe file(path) do
      it { should be_owned_by "root" }
      it { should be_grouped_into "root" }
      its("mode") { should cmp "0644" }
    end
  end
end
