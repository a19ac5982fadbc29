# frozen_string_literal: true

# Chooses the auditor's versions of all gems before the first library is loaded: where several versions of json are
# installed, a plain `require` would take the newest, and the auditor could not load any more.
%w[inspec-core inspec].find do |name|
  gem name
  Gem.finish_resolve
  true
rescue LoadError
  nil
end

require "json"

module Sidescan
  # The sidecar's entry point: finds the target beside it, audits it with CINC Auditor, stores and delivers the result.
  # It speaks one JSON event per line on stdout; schema/agent-events.schema.json describes them.
  # This process stays small: only the forked child (Audit) loads the auditor.
  module Agent
    VERSION = "0.1.0"

    # Raised in every event; the schema's `v`.
    PROTOCOL = 1

    # The transport gem: beside the agent in a checkout and in the scanner image, else wherever Ruby finds it.
    TRANSPORT = File.expand_path("../../../train-procroot/lib", __dir__)
    $LOAD_PATH.unshift(TRANSPORT) if File.directory?(TRANSPORT) && !$LOAD_PATH.include?(TRANSPORT)
  end
end

require "sidescan/agent/failure"
require "sidescan/agent/emitter"
require "sidescan/agent/loaded_lines"
require "sidescan/agent/spec"
require "sidescan/agent/bundle"
require "sidescan/agent/files"
require "sidescan/agent/processes"
require "sidescan/agent/tools_container"
require "sidescan/agent/identify"
require "sidescan/agent/access"
require "sidescan/agent/approach"
require "sidescan/agent/watch"
require "sidescan/agent/descendants"
require "sidescan/agent/auditor"
require "sidescan/agent/outcome"
require "sidescan/agent/store"
require "sidescan/agent/deliver"
require "sidescan/agent/run"
require "sidescan/agent/command_line"
