# frozen_string_literal: true

module Sidescan
  module Agent
    # What the auditor's end means: an audit with a whole result, or a Failure in its own words.
    class Outcome
      MEANINGS = {
        0 => "all controls passed", 1 => "usage or general error", 2 => "a plugin did not load",
        3 => "the profile uses something that was removed", 4 => "the profile needs a gem that is not installed",
        5 => "bad signature of the profile", 6 => "the profile must be signed", 100 => "some controls failed",
        101 => "no control failed, some were skipped", 102 => "a profile did not load", 130 => "interrupted",
        172 => "its licence was not accepted", 173 => "it has no licence", 174 => "its licence does not allow this"
      }.freeze
      AUDITED = [0, 100, 101].freeze
      PROFILE = [3, 4, 5, 6, 102].freeze
      LICENCE = [172, 173, 174].freeze

      # The auditor's words, and what to do about them.
      NO_LICENCE = "CINC Auditor needs no licence, nor does inspec-core up to 5"
      HINTS = [
        [/licens(e|ing) server|license key/i, NO_LICENCE],
        [/Input '.+' is required/, "give it: --input NAME=VALUE, or a YAML file of inputs with --input-file"],
        [/Input '.+' with value/, "give the input a value of that type; `--input` reads its value as YAML"],
        [/requires .+ version/, "use an auditor of that version, or a version of the profile for this auditor"],
        [/doesn't look like a supported profile|Don't understand inspec profile|Could not fetch inspec profile/,
         "a profile is a directory or archive with an inspec.yml and a directory named controls"],
        [/does not exist|dependenc/i, "if it is a dependency: run `cinc-auditor vendor PROFILE` (or `inspec vendor`)"],
        [/syntax error|unexpected|undefined/i, "`cinc-auditor check PROFILE` shows where"]
      ].freeze
      CLOSED_HINT = "the scanner may not read that: run it as root, or as the owner of the file " \
                    "(in a cluster: `--access default`)"
      CHECK_HINT = "try `cinc-auditor check PROFILE` where the profile is written"

      # heard: what the child told, by event; words: its last lines.
      def initialize(status, heard, words)
        @status = status
        @heard = heard
        @words = words
      end

      # Fields of the `stored` event's auditor; raises Failure unless `file` holds the whole result of an audit.
      def check(file)
        failed = @heard[:failed]
        fail!(failed[:code], failed[:message], hint: failed[:hint]) if failed
        killed if @status.signaled?
        exit = @status.exitstatus
        audited = @heard[:finished] && (AUDITED.include?(exit) || (exit == 1 && @heard[:finished][:rendered]))
        no_verdict(exit, file) unless audited
        whole(file)
        { exit: exit, meaning: exit == 1 ? MEANINGS[100] : MEANINGS[exit] }
      end

      private

      def fail!(code, message, hint: nil)
        raise Failure.new(code, message, hint: hint, details: @words)
      end

      def killed
        name = Signal.signame(@status.termsig) || @status.termsig
        fail!("auditor-killed", "the auditor was killed by SIG#{name}",
              hint: name == "KILL" ? "most likely memory ran out: raise the limit" : nil)
      end

      def no_verdict(exit, file)
        meaning = MEANINGS.fetch(exit, "unknown meaning")
        if LICENCE.include?(exit)
          fail!("auditor-failed", "the auditor ended with #{exit}: #{meaning}",
                hint: NO_LICENCE)
        end
        load_errors(parse(file)) if exit == 102
        not_looked(own_words) if own_words.to_s.include?("could not look: ")
        words = [(meaning if PROFILE.include?(exit)), own_words].compact.join(": ")
        profile_failed(words) if PROFILE.include?(exit) || loading?
        fail!("auditor-failed", "the auditor ended with #{exit} (#{meaning})#{own_words && ": #{own_words}"}",
              hint: hint_for(own_words.to_s))
      end

      # Something that the auditor asks before any control (which platform it is, say), or a profile while it loads.
      def not_looked(words)
        raise Failure.new("access-denied", "the audit could not begin: #{words}",
                          hint: (CLOSED_HINT if words.match?(/Permission denied|Operation not permitted/)))
      end

      # The transport was up, and the profiles were not loaded yet: then it is the profile's fault.
      def loading? = @heard[:connected] && !@heard[:loaded]

      # The error as the auditor has it, else the first line that is no log line.
      def own_words
        message = @heard.dig(:trouble, :message).to_s.lines.map(&:strip).find { |line| !line.empty? }
        message || @words.grep_v(/\A\[[^\]]+\] +(?:DEBUG|INFO|WARN)/).first
      end

      def profile_failed(words)
        fail!("profile-failed", "the profile did not load: #{words}", hint: hint_for(words) || CHECK_HINT)
      end

      def hint_for(words) = HINTS.find { |pattern, _| words.match?(pattern) }&.last

      def parse(file)
        JSON.parse(File.read(file, encoding: Encoding::UTF_8))
      rescue SystemCallError
        fail!("result-invalid", "the auditor wrote no result")
      rescue JSON::ParserError, EncodingError
        fail!("result-invalid", "the auditor's result is not whole: it is no valid JSON")
      end

      def whole(file)
        result = parse(file)
        profiles = result.is_a?(Hash) && result["profiles"]
        fail!("result-invalid", "the auditor's result holds no profile") unless profiles.is_a?(Array) && profiles.any?
        load_errors(result)
        nothing_to_run if @heard[:total].to_i.zero?
        missing(profiles)
      end

      def load_errors(result)
        Array(result["profiles"]).each do |profile|
          words = [profile["status_message"], profile["skip_message"]].map(&:to_s).find { |text| !text.empty? }
          profile_failed("#{profile['name']}: #{words || 'no reason given'}") if profile["status"] == "failed"
          next unless profile["status"] == "skipped" && profile["parent_profile"].nil?

          fail!("profile-failed", "the profile does not fit the target: #{words}",
                hint: "its inspec.yml names the platforms it supports")
        end
      end

      def nothing_to_run
        fail!("profile-failed", "no control ran",
              hint: "the profile holds none, or none that --controls and --tags ask for")
      end

      # Two profiles may share a name: together they must hold what was loaded.
      def missing(profiles)
        held = profiles.group_by { |profile| profile["name"] }
                       .transform_values do |same|
          same.flat_map do |one|
            one["controls"].map do |control|
              control["id"]
            end
          end
        end
        @heard[:loaded].each do |profile|
          lost = profile[:controls] - held.fetch(profile[:name], [])
          next if lost.empty?

          fail!("result-invalid", "the auditor's result lacks #{lost.length} controls of #{profile[:name]}: " \
                                  "#{lost.first(5).join(', ')}")
        end
      end
    end
  end
end
