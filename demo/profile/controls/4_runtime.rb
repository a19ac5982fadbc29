# frozen_string_literal: true

# How the service runs.

app_user = input("app_user")

control "runtime-01" do
  impact 0.7
  title "The service does not run as root"
  desc "A hole in the service then gives an intruder no more than the service's own rights."
  desc "check", "Verify the user of the running process."
  desc "fix", "Set USER in the image, and runAsNonRoot in the pod."
  tag severity: "high"
  tag nist: ["AC-6 (2)", "AC-6 (10)"]

  describe processes(/node/) do
    it { should exist }
    its("users") { should cmp app_user }
  end
end

control "runtime-02" do
  impact 0.7
  title "The debugger does not listen"
  desc "Whoever reaches the port of Node's inspector can run any code in the service."
  desc "check", "Verify that nothing listens on port 9229."
  desc "fix", "Take --inspect out of NODE_OPTIONS."
  tag severity: "high"
  tag nist: ["CM-7 b", "SC-7 (5)"]

  describe port(9229) do
    it { should_not be_listening }
  end
end

control "runtime-03" do
  impact 0.3
  title "The service listens on its port"
  desc "A container that is up and does not listen is not in service, and what was audited is not what will run."
  desc "check", "Verify that port 8080 is listened on, by TCP only."
  desc "fix", "Set listen.port in the server's configuration."
  tag severity: "low"
  tag nist: ["CM-7 b"]

  describe port(8080) do
    it { should be_listening }
    its("protocols") { should cmp "tcp" }
  end
end

control "runtime-04" do
  impact 0.3
  title "Addresses are randomised"
  desc "Randomised addresses make many holes in native code hard to use."
  desc "check", "Verify that kernel.randomize_va_space is 2."
  desc "fix", "sysctl kernel.randomize_va_space=2, on the node."
  tag severity: "low"
  tag nist: ["SI-16"]

  describe kernel_parameter("kernel.randomize_va_space") do
    its("value") { should eq 2 }
  end
end

control "runtime-05" do
  impact 0.0
  title "The SSH server is hardened"
  desc "Not applicable where no SSH server is installed, which is how it should be in a container."
  desc "check", "Verify the settings of sshd, if there is one."
  desc "fix", "Remove the SSH server from the image."
  tag severity: "none"
  tag nist: ["AC-17 (2)"]

  if package("openssh-server").installed?
    impact 0.7
    describe sshd_config do
      its("PermitRootLogin") { should eq "no" }
      its("PasswordAuthentication") { should eq "no" }
    end
  else
    describe "SSH server" do
      skip "There is no SSH server in this image: not applicable."
    end
  end
end

control "runtime-06" do
  impact 0.5
  title "The reverse proxy in the image hides its version"
  desc "An image with a web server of its own should not tell which one."
  desc "check", "Verify server_tokens, if nginx is installed."
  desc "fix", "Set server_tokens off."
  tag severity: "medium"
  tag nist: ["SI-11 a"]

  only_if("nginx is not installed in this image") { file("/etc/nginx/nginx.conf").exist? }
  describe nginx_conf("/etc/nginx/nginx.conf").http do
    its("entries.first.params") { should include("server_tokens" => [["off"]]) }
  end
end

control "runtime-07" do
  impact 0.5
  title "The image was signed by the release pipeline"
  desc "A signature tells that what runs is what was built and reviewed."
  desc "check", "Verify the signature of the image's digest in the registry."
  desc "fix", "Sign the image in the release pipeline, and have the cluster refuse unsigned ones."
  tag severity: "medium"
  tag nist: ["CM-14", "SI-7 (15)"]

  describe "Signature of the image" do
    skip "To be reviewed by hand: a running container does not tell how its image was signed."
  end
end
