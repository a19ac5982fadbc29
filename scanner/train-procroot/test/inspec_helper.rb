# frozen_string_literal: true

require_relative "helper"
require "inspec"
require "train-procroot"

# Tests that ask through the real auditor's resources.
class InspecTest < ProcrootTest
  # Everything a test needs of one connection.
  def connect(dir, **options)
    transport = Train.create("procroot", host: dir.target.pid.to_s, start: dir.target.start.to_s, **options)
    transport.connection.tap { |connection| (@connections ||= []) << connection }
  end

  def teardown
    (@connections || []).each(&:close)
    super
  end

  # InSpec's resources by name: `inspec.port(80)`. Text in this file counts as a control's own, being outside of InSpec.
  def inspec(connection)
    Inspec::Backend.new(connection)
  end

  # [ask, how, denied] of everything asked so far outside any control.
  def asked(connection)
    all = connection.ledger.to_h["controls"].flat_map { |control| control["asked"] }
    all.map { |one| one.values_at("ask", "how", "denied") }
  end
end
