# frozen_string_literal: true

require "shellwords"
require "strscan"
require_relative "../errors"

module TrainProcroot
  module Natives
    # Reads the calls of curl that InSpec's resources make, and just those: each option in its place, each value as the
    # resource quotes it. It quotes badly, so that a value with a quote in it makes another text; a shell would take
    # some of those for a command. Whatever does not fit is refused.
    class CurlText
      # data: what is sent, or for opa_api the path of a file that holds it. include: the headers are wanted, too.
      # headers: [name, value]; an empty value is sent as it is, as inside (curl would send no such header).
      Asked = Struct.new(:verb, :include, :proxy, :proxy_user, :no_proxy, :connect_s, :total_s, :user, :insecure,
                         :data, :file, :max_redirects, :headers, :url, keyword_init: true)
      # What is nothing to a shell but itself.
      PLAIN = /[^'"\\$`&|;<>()*?\[\]#~{}!\x00-\x20\x7f]+/n
      TOKEN = /\A[\w!#$%&'*+.^`|~-]+\z/n

      def self.parse(command, asker) = new(command, asker).parse

      def initialize(command, asker)
        @command = command.b
        @asker = asker
        @words = words
      end

      def parse
        odd unless words? "curl"
        asked = { "http" => :http, "elasticsearch" => :elasticsearch, "opa_api" => :opa }.fetch(@asker)
        Asked.new(**send(asked)).tap { odd unless @words.empty? }
      end

      private

      def odd
        raise CouldNotLook, "the #{@asker} resource asks by `#{@command}`, which is not what it makes of plain values"
      end

      # As sh would split it; [] where it would do more than that.
      def words
        scanner = StringScanner.new(@command)
        found = [+""]
        until scanner.eos?
          if scanner.skip(/ +/) then found << +""
          elsif scanner.scan(PLAIN) then found.last << scanner.matched
          elsif scanner.scan(/'([^']*)'|\\([^\n])/mn) then found.last << (scanner[1] || scanner[2])
          else return []
          end
        end
        found
      end

      # Are these the next words? Takes them if so.
      def words?(*expected) = @words.first(expected.length) == expected && @words.shift(expected.length)

      def value(option) = (@words.shift or odd if words?(option))

      def seconds(option)
        Float(value(option) || odd).tap { |number| odd unless number.finite? && !number.negative? }
      rescue ArgumentError
        odd
      end

      # http.rb, http_command; its options in the order of the words.
      def http
        odd unless words? "-i"
        { include: true, verb: words?("--head") ? "HEAD" : verb, **proxy, connect_s: seconds("--connect-timeout"),
          total_s: seconds("--max-time"), user: value("--user"), insecure: words?("--insecure"), data: body,
          max_redirects: redirects, headers: headers, url: url }
      end

      # In capitals, as the auditor's own client sends it.
      def verb
        name = value("-X") || odd
        name.match?(TOKEN) ? name.upcase : odd
      end

      def proxy
        return { no_proxy: true } if words?("--noproxy", "*")

        { proxy: value("--proxy"), proxy_user: value("--proxy-user") }
      end

      # The one value that the resource quotes by the book: anything else there is part of another one.
      def body
        text = value("--data") or return
        odd unless @command.include?(" --data #{Shellwords.escape(text.dup.force_encoding(Encoding::UTF_8))} ".b)
        text
      rescue ArgumentError
        odd # bytes that are no UTF-8
      end

      def redirects
        return unless words? "--location"

        Integer(value("--max-redirs") || odd, 10)
      rescue ArgumentError
        odd
      end

      def headers
        found = []
        while (line = value("-H"))
          name, text = line.split(":", 2)
          odd unless text && name.match?(TOKEN) && !text.match?(/[\r\n\0]/n)
          # Anything but a body of known length would be another request than this one.
          odd if name.match?(/\A(?:transfer-encoding|content-length)\z/ni)
          found << [name, text.strip]
        end
        found
      end

      def url
        @words.shift || odd
      end

      # elasticsearch.rb, curl_command_string
      def elasticsearch
        { verb: "GET", insecure: words?("-k"), headers: headers, user: value("-u"), url: url }
      end

      # opa_api.rb, load_result
      def opa
        odd unless words?("-X", "POST")
        address = url
        data = value("-d") || odd
        odd unless data.start_with?("@") && data.length > 1
        { verb: "POST", url: address, file: data.delete_prefix("@"), headers: headers }
      end
    end
  end
end
