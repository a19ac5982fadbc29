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

      def answer(command, asker)
        return unless command.match?(/\Acurl\b/)

        asked = CurlText.parse(command, asker)
        refuse_changes(asked, asker)
        asked.data ||= file(asked.file) if asked.file
        return Answer.failed(26, "curl: (26) Failed to open #{asked.file}\n") if asked.file && !asked.data

        out, problem, status = from_target(asked, command)
        # A resource's own parser fails on bytes that are no UTF-8.
        answer = Answer.new(Text.clean(out), Text.clean(problem), status, :native)
        # The http resource's own client, inside, fails then; what has no status must not pass for "not 200".
        raise NoAnswer.new(answer.stderr.strip, answer) if asker == "http" && !status.zero?

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

      def from_target(asked, command)
        names = HostNames.new(root)
        limit = context.options[:command_timeout] || LIMIT_S
        client = [asked, { names: names, environ: target.environ, trust: HttpTrust.new(target, root), limit_s: limit }]
        found = SeenFromTarget.look(target, %i[net uts]) { HttpClient.new(client.first, **client.last).run }
        found == :late ? late(limit, command) : found
      end

      def late(limit, command)
        message = "the request took longer than #{limit} s: #{command.byteslice(0, 200)}"
        raise CouldNotLook, message unless defined?(Train::CommandTimeoutReached)

        raise Train::CommandTimeoutReached, message
      end
    end
  end
end
