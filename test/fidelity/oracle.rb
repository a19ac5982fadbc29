# frozen_string_literal: true

# Ground truth: the real auditor with its local transport, inside the target's namespaces and root. Run by the Ruby of the
# target; its gems and the profile are mounted at /mnt, seen by nobody else.
require "inspec"
require "inspec/cli"
require "shellwords"
require "train/transports/local"

# Every text goes to a shell, as it does with all other transports: this one starts a simple command itself, and then says 1 and
# nothing for a program that is missing, where a shell says 127 and why.
class Train::Transports::Local::Connection::GenericRunner
  prepend(Module.new { def run_command(text, opts = {}) = super("sh -c #{text.shellescape}", opts) })
end
Inspec::InspecCLI.start(ARGV, enforce_license: false)
