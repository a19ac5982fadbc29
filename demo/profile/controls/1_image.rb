# frozen_string_literal: true

# What the image is made of.

allowed_packages = input("allowed_packages")

control "image-01" do
  impact 0.7
  title "The image holds no shell"
  desc "An attacker who can make the application run a program finds no shell to run."
  desc "check", "Verify that neither the usual paths nor the PATH of the service lead to a shell."
  desc "fix", "Build on a base image without a shell, such as a distroless one, and copy only the application into it."
  tag severity: "high"
  tag nist: ["CM-7 a", "CM-7 (1)"]
  tag cci: ["CCI-000381"]

  %w[/bin/sh /bin/bash /bin/dash /usr/bin/sh /usr/bin/bash /busybox/sh].each do |shell|
    describe file(shell) do
      it { should_not exist }
    end
  end
  %w[sh bash].each do |shell|
    describe command(shell) do
      it { should_not exist }
    end
  end
end

control "image-02" do
  impact 0.5
  title "The image holds no package manager"
  desc "What is in the image is decided when it is built. A package manager at run time is of use only to an intruder."
  desc "check", "Verify that no package manager is in the PATH of the service."
  desc "fix", "Remove the package manager, or build on a base image without one."
  tag severity: "medium"
  tag nist: ["CM-7 a", "CM-11 b"]

  %w[apt apt-get dpkg apk yum dnf rpm npm pip gem].each do |program|
    describe command(program) do
      it { should_not exist }
    end
  end
end

control "image-03" do
  impact 0.3
  title "The base is a supported Debian release"
  desc "A release that gets no security updates any more keeps every hole that is found in it."
  desc "check", "Verify that the release is Debian 12 or newer."
  desc "fix", "Build on a base image of a supported release."
  tag severity: "low"
  tag nist: ["SI-2 c", "SA-22 a"]

  describe os.family do
    it { should eq "debian" }
  end
  describe os.release.to_i do
    it { should be >= 12 }
  end
end

control "image-04" do
  impact 0.5
  title "Only the expected packages are installed"
  desc "Every package is something to update and to misuse. Network tools in particular help an intruder on."
  desc "check", "Compare the installed packages with the list that was agreed on (input allowed_packages)."
  desc "fix", "Remove the packages that are not on the list, or put them on it with a reason."
  tag severity: "medium"
  tag nist: ["CM-7 a", "CM-7 (5)", "CM-8 a"]

  describe "Packages that are not on the list" do
    subject { packages(/.*/).where { status == "installed" }.names.uniq - allowed_packages }
    it { should be_empty }
  end
end

control "image-05" do
  impact 0.7
  title "OpenSSL holds the fixes of 2024"
  desc "Versions before 3.0.15 can be crashed from the network (CVE-2024-6119)."
  desc "check", "Verify that libssl3 is installed in version 3.0.15 or newer."
  desc "fix", "Rebuild the image on a current base."
  tag severity: "high"
  tag nist: ["SI-2 a", "SI-2 c"]
  ref "Debian security tracker", url: "https://security-tracker.debian.org/tracker/CVE-2024-6119"

  describe package("libssl3") do
    it { should be_installed }
    its("version") { should cmp >= "3.0.15" }
  end
end

control "image-06" do
  impact 0.5
  title "Certificates of the authorities are there and cannot be changed"
  desc "Without them the service cannot tell whom it talks to; who can change them can add an authority."
  desc "check", "Verify that the bundle exists, is owned by root and is not writable by others."
  desc "fix", "Install ca-certificates; set owner root and mode 0644."
  tag severity: "medium"
  tag nist: %w[SC-12 SC-17]

  describe file("/etc/ssl/certs/ca-certificates.crt") do
    it { should be_file }
    it { should be_owned_by "root" }
    it { should_not be_more_permissive_than("0644") }
    its("size") { should be > 100_000 }
    its("content") { should match(/^-----BEGIN CERTIFICATE-----$/) }
  end
end

control "image-07" do
  impact 0.3
  title "Time zones are installed"
  desc "Logs of services in several zones can be put in order only when each service knows its own."
  desc "check", "Verify that the data of UTC and of the site's zone exist."
  desc "fix", "Install tzdata."
  tag severity: "low"
  tag nist: ["AU-8 b"]

  %w[Etc/UTC Europe/Berlin America/New_York].each do |zone|
    describe file("/usr/share/zoneinfo/#{zone}") do
      it { should be_file }
      its("content") { should start_with "TZif" }
    end
  end
end

control "image-08" do
  impact 0.5
  title "No file gains the rights of its owner when run"
  desc "A setuid or setgid program is a way from the service's account to another one."
  desc "check", "Search for files with the setuid or setgid bit."
  desc "fix", "Remove the programs, or take the bit away: chmod u-s,g-s FILE."
  tag severity: "medium"
  tag nist: ["AC-6 (10)"]

  describe command("find /app /nodejs /home /etc -xdev -type f \\( -perm -4000 -o -perm -2000 \\) -print | sort") do
    its("stdout") { should be_empty }
    its("exit_status") { should eq 0 }
  end
end
