# frozen_string_literal: true

require_relative "inspec_helper"

class VirtualizationTest < InspecTest
  it "says docker, which profiles for containers ask for" do
    resource = inspec(connect(target_dir)).virtualization
    assert_equal %w[docker guest], [resource.system, resource.role]
  end

  it "says what it is told to say, by every name that the resource knows" do
    dir = target_dir
    (TrainProcroot::Virtualization::FILES.keys - ["none"]).each do |name|
      assert_equal name, inspec(connect(dir, virtualization: name)).virtualization.system, name
    end
    assert_nil inspec(connect(dir, virtualization: "none")).virtualization.system
  end

  it "concludes from the target's own files when it is to say what is there" do
    dir = target_dir { |made| made.write("/.dockerenv", "") }
    assert_equal "docker", inspec(connect(dir, virtualization: "native")).virtualization.system
  end

  it "shows those files to that resource only: a control gets the truth" do
    connection = connect(target_dir)
    connection.enable_cache(:file)
    resources = inspec(connection)
    refute resources.file("/.dockerenv").exist?
    assert_equal "docker", resources.virtualization.system
    refute resources.file("/.dockerenv").exist?
  end

  it "refuses a name that the resource does not know" do
    error = assert_raises(Train::UserError) { connect(target_dir, virtualization: "dcoker") }
    assert_match(/virtualization=dcoker is none of docker, podman/, error.message)
  end
end
