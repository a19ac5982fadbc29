# frozen_string_literal: true

require_relative "curl_text"
require_relative "host_names"
require_relative "http_client"
require_relative "probe"
require_relative "seen_from_target"
require_relative "text"

module TrainProcroot
  module Natives
    # http, elasticsearch, opa_api: the requests that these resources make by curl, made from the target's network, with
    # its names, its proxies and its certificates. An auditor inside needs no curl for http, so the target's own curl is
    # never asked: an answer does not depend on whether there is one.
    class HttpRequests < Probe
      asked_by "http", "elasticsearch", "opa_api"
      stands_for "curl"

      # These ask, and change nothing.
      SAFE = %w[GET HEAD OPTIONS].freeze
      # Seconds, where the transport was given none.
      LIMIT_S = 60
      # What a hostile server may make a request take: of memory beyond what the scanner has, and of an answer.
      MEMORY = 128 << 20
      BYTES = 2 * HttpClient::LIMIT

      def answer(command, asker)
        return unless command.match?(/\Acurl\b/)

        asked = CurlText.parse(command, asker)
        refuse_changes(asked, asker)
        asked.data ||= file(asked.file) if asked.file
        return Answer.failed(26, "curl: (26) Failed to open #{asked.file}\n") if asked.file && !asked.data

        status, said, words = from_target(asked, command)
        # A resource's own parser fails on bytes that are no UTF-8.
        said = Text.clean(said)
        return Answer.ok(said) if status.zero?

        answer = Answer.failed(status, "curl: (#{status}) #{said}\n")
        # The http resource's own client, inside, fails then; what has no status must not pass for "not 200".
        raise NoAnswer.new(Text.clean(words), answer) if asker == "http"

        answer
      end

      private

      def refuse_changes(asked, asker)
        return if SAFE.include?(asked.verb) || context.options[:commands] == "any"

        raise CouldNotLook, "the #{asker} resource sends #{asked.verb}, which may change something: commands that " \
                            "may not send #{SAFE.join(', ')} only (--commands any sends it)"
      end

      # As curl reads it.
      def file(path) = root.read(path)&.delete("\r\n\0")

      # [0, the response], or [curl's exit status, its words, the client's words]
      def from_target(asked, command)
        limit = context.options[:command_timeout] || LIMIT_S
        own = asked.total_s if asked.total_s&.between?(Float::MIN, limit)
        given = { names: HostNames.new(root), environ: target.environ, trust: HttpTrust.new(target, root),
                  limit_s: own || limit }
        found = SeenFromTarget.within(target, %i[net uts], limit_s: own || limit, memory: MEMORY, bytes: BYTES) do
          [0, HttpClient.new(asked, **given).run]
        rescue HttpFailure => e
          [e.exit_status, e.curl_says, e.message]
        end
        return found unless found == :late

        own ? [28, *["no answer within #{own} s"] * 2] : late(limit, command)
      end

      def late(limit, command)
        message = "the request took longer than #{limit} s: #{command.byteslice(0, 200)}"
        raise CouldNotLook, message unless defined?(Train::CommandTimeoutReached)

        raise Train::CommandTimeoutReached, message
      end
    end
  end
end
