# frozen_string_literal: true

require "json"
require_relative "target"

module Fidelity
  # Runs the two auditors, the one inside and sidescan beside it, and reads what they said.
  class Audits
    REPOSITORY = File.expand_path("../..", __dir__)
    PROFILE = "#{__dir__}/profile"

    # out: a folder for results and logs; base: the root that brings Ruby
    def initialize(out, base)
      @out = out
      @base = base
    end

    # pid: a main process; as: who audits, { user:, groups: } or nothing for root; controls: ids or a regular expression's text, as the auditor takes them.
    def inside(pid, name, as: {}, controls: nil)
      folder = "#{@out}/#{name}"
      FileUtils.mkdir_p(folder)
      FileUtils.chmod(0o777, folder)
      FileUtils.rm_f("#{folder}/oracle.json")
      environ = File.read("/proc/#{pid}/environ").split("\0").to_h { |pair| pair.split("=", 2) }
      arguments = ["exec", "/mnt/fidelity/profile", "--reporter", "json:/mnt/out/oracle.json", "--no-create-lockfile", "--no-distinct-exit",
                   "--reporter-backtrace-inclusion=false", "--command-timeout=20", *(["--controls", controls] if controls)]
      # 100: some result failed, and all do
      system("nsenter", "--target", pid.to_s, "--pid", "--ipc", "--uts", "--net", RbConfig.ruby, "#{__dir__}/oracle_enter.rb", pid.to_s,
             JSON.generate(gems: ENV.fetch("GEM_HOME"), fidelity: __dir__, out: folder, debian: @base), JSON.generate(environ), JSON.generate(as.merge(capabilities: bounds(pid))), *arguments)
      read("#{folder}/oracle.json", "#{folder}/oracle.log")
    end

    # target: as on the command line
    def beside(target, name, *options, controls: nil, before: [])
      file = "#{@out}/#{name}/result.json"
      log = "#{@out}/#{name}.log"
      FileUtils.rm_rf("#{@out}/#{name}")
      FileUtils.mkdir_p("#{@out}/#{name}", mode: 0o777)
      FileUtils.chmod(0o777, "#{@out}/#{name}")
      FileUtils.chmod(0o755, @out)
      # An ordinary user may not write among root's folders.
      environ = before.empty? ? {} : { "HOME" => "/nonexistent", "TMPDIR" => "#{@out}/#{name}", "NODE_COMPILE_CACHE" => "" }
      system(environ, *before, "#{REPOSITORY}/node_modules/.bin/node", "#{REPOSITORY}/src/cli/main.ts", "scan", target, "-p", PROFILE, "--reporter", "json:#{file}",
             "-o", "#{@out}/#{name}", "--virtualization", "native", *options, *(["--controls", controls] if controls), in: File::NULL, out: log, err: log)
      read(file, log)
    end

    private

    # What the main process could ever hold, unless that is nothing: an auditor without rights would see nothing.
    def bounds(pid)
      mask = File.read("/proc/#{pid}/status")[/^CapBnd:\s+(\h+)/, 1].hex
      mask unless mask.zero?
    end

    # [control, description] => what was said
    def read(file, log)
      raise "no result:\n#{File.read(log)[/.{0,3000}\z/m]}" unless File.exist?(file)

      controls = JSON.parse(File.read(file))["profiles"].flat_map { |profile| profile["controls"] }
      controls.flat_map { |control| control["results"].map { |result| [[control["id"], result["code_desc"].gsub(/0x\h{8,}/, "0x")], Said.of(result)] } }.to_h
    end
  end

  # A result: passed, failed, skipped or error, and the reason or value, without what says which process, object or evidence it was.
  Said = Struct.new(:status, :text) do
    def self.of(result)
      text = [result["message"], result["exception"], result["skip_message"]].compact.join(" ")
      value = text[/^\s+got: (.*?)\n\n\(compared/m, 1] || text
      new(result["status"], value.strip.sub(/\A#<Encoding:[\w-]+> /, "").gsub(/0x\h{8,}/, "0x").gsub(%r{/usr/s?bin/lsattr}, "lsattr"))
    end

    # The gate calls an error what rests on a look that was denied.
    def unanswerable? = status == "error" || text.include?("could not look: ")
    def passed? = status == "passed"
  end
end
