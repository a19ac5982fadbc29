control "reads" do
  describe file("/") do
    it { should be_directory }
  end
  describe file("/etc/passwd") do
    its("content") { should_not match(/nothing of this kind/) }
  end
end

# Tries to leave a trace; whether it may is the run's choice, that the directory stays as it is must not depend on it.
if input("write", value: false)
  control "writes" do
    describe command("echo trace > /trace; echo changed >> /etc/passwd; rm -f /victim; chmod 0777 /; echo done") do
      its("stdout") { should eq "done\n" }
    end
  end
end

# Long enough to be interrupted, with a command running in the target.
if input("naps", value: 0).positive?
  control "sleeps" do
    describe command("sleep 2") do
      its("exit_status") { should eq 0 }
    end
  end
end

(1..input("naps", value: 0)).each do |nap|
  control "nap-#{nap}" do
    describe "a nap" do
      it { sleep 0.2 }
    end
  end
end
