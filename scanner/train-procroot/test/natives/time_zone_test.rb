# frozen_string_literal: true

require_relative "asking"

class TimeZoneTest < ProcrootTest
  include Asking

  ASKED = "timedatectl status | grep -i 'Time zone'"

  it "is an error where neither systemd nor a program could say it" do
    answer = ask(target_dir, ASKED, :timezone)
    assert_equal [1, "sh: timedatectl: not found\n"], [answer.exit_status, answer.stderr]
  end

  it "is the target's own program's to say where there is one" do
    target = target_dir(environ: { "PATH" => "/usr/bin" }) do |made|
      made.write("/usr/bin/timedatectl", "#!/bin/sh\n", mode: 0o755)
    end
    assert_nil ask(target, ASKED, :timezone)
  end
end
