# frozen_string_literal: true

require_relative "with_http"
require_relative "../inspec_helper"

# http: which texts are answered at all, and what a hostile server can do.
class HttpLimitsTest < InspecTest
  include WithHttp

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
     "http://127.1/", "http://2130706433/", "http://localhost:99999/", "http://a\nb/", "http://localhost/a b", "http://localhost/\u00e9",
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

  it "bounds what a hostile server says, and how long" do
    endless = lambda do |start, more|
      port { |_, connection| [start, *Array.new(3000, more)].each { |part| connection.write(part) } && nil }
    end
    large = "x" * 16_384
    { endless.call("HTTP/1.1 200 OK\r\n", "X: #{'y' * 1000}\r\n") => /headers are larger/,
      endless.call("HTTP/1.1 200 OK\r\nX: ", large) => /have a line/,
      endless.call(large, large) => /have a line/,
      endless.call("HTTP/1.1 200 OK\r\n\r\n", large) => /body is larger/,
      endless.call("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "4000\r\n#{large}\r\n") => /body is larger/,
      saying("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n") => /body is larger/,
      saying(ok(Zlib.gzip("\0" * (17 << 20)), "Content-Encoding: gzip")) => /body is larger/,
      saying(ok("no gzip", "Content-Encoding: gzip")) => /compressed/,
      saying(ok("one\n\nHTTP/1.1 500 No\n")) => /another response/ }.each do |at, words|
      assert_match(words, refused(text(format(URL, at, ""))))
    end
    assert_equal 8, asking(format(URL, endless.call("", "HTTP/1.1 100 Continue\r\n\r\n"), "")).exit_status
  end

  it "ends when curl's time is up, and knows no answer when the question's is" do
    waits = service { |_, connection| connection.read && nil }
    drips = service { |_, connection| loop { connection.write("H") && sleep(0.05) } }
    [waits, drips].each do |server|
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
