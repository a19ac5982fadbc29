# frozen_string_literal: true

require_relative "helper"

class RootTest < ProcrootTest
  it "resolves an absolute link to /etc/shadow inside the root" do
    dir = target_dir { |made| made.symlink("/etc/shadow", "/leak") }
    assert_nil dir.root.stat("/leak")
    assert_nil dir.root.read("/leak")
    dir.write("/etc/shadow", "inside\n")
    assert_equal "inside\n", dir.root.read("/leak")
    assert_equal "/etc/shadow", dir.root.realpath("/leak")
  end
end
