# frozen_string_literal: true

require_relative "with_http"
require_relative "../inspec_helper"

# http: which texts are answered at all, and what a hostile server can do.
class HttpLimitsTest < InspecTest
  include WithHttp

  ERRORS = [TrainProcroot::CouldNotLook, TrainProcroot::NoAnswer].freeze
  # An older Net::HTTP reads headers until there is no memory for more.
  NOTHING = /too (?:large|long|many)|memory|ended early/

  it "reads what the resource makes of plain values, and nothing else" do
    server = service { ok }
    answer = asking(format(URL, server.port, "x"), method: "patch", target: with_any, data: "it's \"a\"\n$b; c",
                                                   headers: { "X-A" => "b;c $(id)", "Accept" => "text/html" })
    assert_equal 0, answer.exit_status
    request = server.asked.first
    ["PATCH /x HTTP/1.1\r\n", "X-A: b;c $(id)\r\n", "Accept: text/html\r\n", "\r\n\r\nit's \"a\"\n$b; c",
     "Content-Type: application/x-www-form-urlencoded\r\n"].each { |part| assert_includes request, part }
    refute_includes request, "*/*"
    assert_empty server.asked
  end

  it "refuses a text that a value with quotes or shell's characters in it has made into another" do
    url = format(URL, closed, "")
    [{ headers: { "X" => "a' --insecure 'b" } }, { headers: { "X" => "a\r\nY: b" } }, { headers: { "X Y" => "b" } },
     { headers: { "@/etc/passwd" => "b" } }, { headers: { "X" => "a'$(id)'b" } }, { method: "GET -o /etc/x" },
     { method: "GET; id" }, { proxy: "http://a:1 --insecure" }, { auth: { user: "a", pass: "b' -o 'c" } },
     { auth: { user: "u:p' --data x --insecure 'b", pass: "" } },
     { max_redirects: "x" }, { method: "HEAD", headers: { "Transfer-Encoding" => "chunked" } },
     { proxy: { uri: "", user: "a", password: "b" } }].each do |options|
      refused(text(url, **options))
    end
    ["http://localhost/' -o '/etc/x", "http://localhost/{a,b}'$(id)'", "http://[/", "ftp://localhost/", "file:///etc/x",
     "http://localhost:99999/", "http://a\nb/", "http://localhost/a b", "http://localhost/\u00e9",
     ""].each { |bad| refused(text(bad)) }
    ["curl", "curl -i", "curl -o /etc/x http://localhost", "#{text(url)}; id", "#{text(url)} 'x'",
     text(url).sub("--max-time", "--max-tim"), text(url).sub("timeout 60", "timeout soon"),
     text(url).sub("timeout 60", "timeout ")].each { |command| refused(command) }
    assert_nil ask(here, text(url), :command)
  end

  it "sends nothing that may change something unless commands may" do
    server = service { ok }
    url = format(URL, server.port, "")
    %w[POST PUT DELETE PATCH].each { |verb| assert_match(/--commands any/, refused(text(url, method: verb))) }
    assert_empty server.asked
    %w[GET HEAD OPTIONS].each { |verb| assert_equal 0, asking(url, method: verb).exit_status }
    assert_equal(%w[GET HEAD OPTIONS], server.asked.map { |request| request[/\A\w+/] })
    assert_equal 0, asking(url, method: "POST", target: with_any).exit_status
  end

  it "ends with what a hostile server says without end" do
    endless = lambda do |start, more|
      port { |_, connection| connection.write(start) && loop { connection.write(more) } }
    end
    large = "x" * 65_536
    { endless.call("HTTP/1.1 200 OK\r\n", "X: #{large}\r\n") => NOTHING,
      endless.call("HTTP/1.1 200 OK\r\nX: ", large) => NOTHING,
      endless.call(large, large) => NOTHING,
      endless.call("", "HTTP/1.1 100 Continue\r\n\r\n") => NOTHING,
      endless.call("HTTP/1.1 200 OK\r\n\r\n", large) => /body is larger/,
      endless.call("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "10000\r\n#{large}\r\n") => /body is large/,
      saying(ok(Zlib.gzip("\0" * (17 << 20)), "Content-Encoding: gzip")) => /body is larger/,
      saying(ok("one\n\nHTTP/1.1 500 No\n")) => /another response/ }.each do |at, said|
      error = assert_raises(*(said == NOTHING ? ERRORS : ERRORS.first)) { ask(here, text(format(URL, at, "")), :http) }
      assert_match(said, error.message)
    end
  end

  it "ends when the resource's time is up, and knows no answer when the question's is" do
    waits = service { |_, connection| connection.read && nil }
    drips = service { |_, connection| loop { connection.write("H") && sleep(0.05) } }
    lines = service { |_, connection| loop { connection.write("HTTP/1.1 100 Continue\r\n\r\n") && sleep(0.05) } }
    [waits, drips, lines].each do |server|
      url = format(URL, server.port, "")
      assert_equal 28, asking(url, open_timeout: 0.2, read_timeout: 0.2).exit_status
      error = assert_raises(TrainProcroot::CouldNotLook, Train::CommandTimeoutReached) do
        TrainProcroot::Native.answer(text(url), "http", here.context(command_timeout: 0.3))
      end
      assert_match(/took longer than 0.3 s/, error.message)
    end
  end

  private

  # Asked through this, commands may change something.
  def with_any
    here.tap { |made| made.define_singleton_method(:context) { super({ commands: "any" }) } }
  end
end
