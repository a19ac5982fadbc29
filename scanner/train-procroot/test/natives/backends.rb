# frozen_string_literal: true

require "minitest"
require "inspec"
require "train-procroot"

# Both backends, made once for all tests.
module Backends
  class << self
    # A process of this machine to be the target, with a fixed environment, but for the locale, which is that of the
    # programs it is compared with.
    LOCALE = ENV.values_at("LC_ALL", "LC_CTYPE", "LANG").compact.find { |name| !name.empty? } || "C"
    ENVIRONMENT = { "PATH" => "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG" => LOCALE,
                    "APP_MODE" => "a=b, c" }.freeze

    def native = @native ||= backend("procroot://#{target}")

    def local = @local ||= backend("local://")

    def target
      @target ||= spawn(ENVIRONMENT, "sleep", "1000", unsetenv_others: true, pgroup: true).tap do |pid|
        Minitest.after_run { Process.kill(:KILL, pid) }
      end
    end

    private

    # Without InSpec's caches: a test starts and stops what it asks about.
    def backend(target)
      Inspec::Backend.create(Inspec::Config.new("target" => target, "backend_cache" => false))
    end
  end
end
