# frozen_string_literal: true

require_relative "with_runner"

# The supplied tools in a container of their own: opened through the root of the process that keeps them there.
class ToolsHolderTest < ProcrootTest
  include WithRunner

  it "runs a command by the tools in the root of another process, of another user too" do
    holder = tools_elsewhere
    answer = bare_runner(tools: "/tools", tools_holder: [holder.pid, holder.target.start.to_s]).run("echo $((1 + 1))")
    assert_equal ["2\n", :supplied], [answer.stdout, answer.how]
  end

  it "says when that process is not the one that was meant" do
    run = bare_runner(tools: "/tools", tools_holder: [tools_elsewhere.pid, "1"])
    assert_match(%r{the supplied tools in /tools cannot be used .*another one}, could_not_look(run, "true"))
  end

  private

  def tools_elsewhere
    target_dir(uid: 65_532, gid: 65_532) { |made| FileUtils.cp_r(TOOLS, made.on_host("/tools")) }.tap(&:start)
  end
end
