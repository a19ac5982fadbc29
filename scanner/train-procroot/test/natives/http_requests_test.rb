# frozen_string_literal: true

require "json"
require_relative "with_http"
require_relative "../inspec_helper"

# http: requests from the target's network by a scanner that needs no curl.
class HttpRequestsTest < InspecTest
  include WithHttp

  it "gives InSpec's http resource what a server in the target's own network says, where there is no curl" do
    target = target_dir { |made| made.write("/etc/hosts", HOSTS) }.start
    inside = service(listening_in(target)) { ok("hello", "X-App: one", "x-app: two", "Content-Type: text/plain") }
    http = inspec(connect(target)).http(format(URL, inside.port, "a?b=c"), params: { d: "e" })
    assert_equal [200, "hello", "text/plain", "one, two"],
                 [http.status, http.body, http.headers["content-type"], http.headers["X-App"]]
    assert_match(%r{\AGET /a\?b=c\?d=e HTTP/1.1\r\n.*^Host: localhost:#{inside.port}\r$}m, inside.asked.first)
    refute inspec(connect(target)).command("curl").exist?
    # The same port here is another one.
    error = assert_raises(TrainProcroot::NoAnswer) { inspec(connect(here)).http(format(URL, inside.port, "")).status }
    assert_match(/\AFailed to open TCP connection to 127.0.0.1:#{inside.port} \(Connection refused/, error.message)
    assert_match(/\Acurl: \(7\) Failed to connect to localhost port #{inside.port}: /, error.answer.stderr)
  end

  it "audits a server that only the target's own network has" do
    target = target_dir { |made| made.write("/etc/hosts", HOSTS) }.start
    inside = service(listening_in(target)) { |request, _| request.start_with?("GET /a ") ? to("/b") : ok("hello") }
    results = audited(<<~RUBY, target).to_h { |control| [control["id"], control["results"]] }
      url = "http://localhost:#{inside.port}/"
      control("passes") do
        describe(http(url + "a", max_redirects: 2)) { its("status") { should cmp 200 } }
        describe(http(url + "a")) { its("headers.Location") { should eq "/b" } }
        describe(http(url)) { its("body") { should eq "hello" } }
      end
      control("fails") { describe(http(url)) { its("status") { should cmp 404 } } }
      control("hears nobody") { describe(http("http://localhost:1/")) { its("status") { should_not cmp 200 } } }
      control("posts") { describe(http(url, method: "POST")) { its("status") { should_not cmp 200 } } }
    RUBY
    assert_equal(%w[passed passed passed], results["passes"].map { |result| result["status"] })
    assert_match(/got: 200/, results["fails"][0]["message"])
    assert_equal(["failed", "Failed to open TCP connection"],
                 [results["hears nobody"][0]["status"], results["hears nobody"][0]["message"][0, 29]])
    assert_match(/could not look: .*--commands any/, results["posts"][0]["message"])
  end

  it "says why there is no response: to the http resource as an error, to others with curl's exit status" do
    { format(URL, closed, "") => [7, /Failed to connect to localhost port/],
      "http://nosuch.example.org/" => [6, /Could not resolve host: nosuch/],
      format(URL, saying(""), "") => [52, /end of file/],
      format(URL, saying("what\r\n\r\n"), "") => [56, /wrong status line/],
      format(URL, saying("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), "") => [56, /wrong header line/],
      format(URL, saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "") => [56, /wrong chunk/],
      format(URL, saying(ok("no gzip", "Content-Encoding: gzip")), "") => [56, /incorrect header/],
      format("https://localhost:%d/", blunt) => [35, /./] }.each do |url, (status, words)|
      answer = asking(url, ssl_verify: false)
      assert_equal status, answer.exit_status, "#{url} #{answer.stderr}"
      assert_match(words, answer.stderr)
      assert_match(/\Acurl: \(#{status}\) /, answer.stderr)
      assert_raises(TrainProcroot::NoAnswer, url) { inspec(connect(here)).http(url, ssl_verify: false).status }
    end
  end

  it "does not take a name server's silence for a name that does not exist" do
    target = here { |made| made.write("/etc/nsswitch.conf", "hosts: files ldap\n") }
    assert_raises(TrainProcroot::CouldNotLook) { asking("http://nosuch.example.org/", target: target) }
  end

  it "follows redirects as the auditor's own client does, and only to http and https" do
    other = service { ok("there") }
    ports = [other.port]
    server = service do |request, _|
      case request[%r{ /(\S*)}, 1]
      when "a/b?c" then to("../d?e#f")
      when "d?e" then to("//127.0.0.1:#{ports.first}/far", "301 Moved")
      when "loop" then to("/loop", "307 Again")
      when "file" then to("file:///etc/passwd")
      when "ftp" then to("ftp://localhost/x")
      when "odd" then to("http://a b/\xff".b)
      when "worse" then to("http://[/")
      else ok("end")
      end
    end
    url = ->(path) { format(URL, server.port, path) }
    options = { max_redirects: 3, auth: { user: "u", pass: "p" }, headers: { "Cookie" => "c=1", "X-A" => "b" } }
    answer = asking(url["a/b?c"], **options)
    assert_equal(["200 OK"], answer.stdout.scan(%r{^HTTP/1.1 (.*)\r$}).flatten)
    assert answer.stdout.end_with?("\r\n\r\nthere")
    # Who asks is told again only where that is the same server, by what is written there.
    assert_equal([["b", "Basic dTpw"], ["b", nil], ["b", nil]],
                 [*server.asked, *other.asked].map { |request| [request[/^X-A: (\w+)/i, 1], request[/Basic \w+/]] })
    http = inspec(connect(here)).http(url["a/b?c"], max_redirects: 3)
    assert_equal [200, "there"], [http.status, http.body]
    assert_equal 302, inspec(connect(here)).http(url["a/b?c"]).status
    { "loop" => 47, "file" => 1, "ftp" => 1, "odd" => 6, "worse" => 3 }.each do |path, status|
      assert_equal status, asking(url[path], max_redirects: 3).exit_status, path
    end
  end

  it "takes the proxy that is given, or that the target's environment names, but for what is excepted" do
    proxy = service { |request, _| ok(request[/\A.*$/].strip) }
    environment = { "http_proxy" => "http://me:s%40y@localhost:#{proxy.port}/", "no_proxy" => "192.0.2.0/24, .inner.org" }
    target = here(environ: environment)
    far = "http://far.example.org/x?y"
    assert asking(far, target: target).stdout.end_with?("GET #{far} HTTP/1.1")
    assert_includes proxy.asked.first, "Proxy-Authorization: Basic #{['me:s@y'].pack('m0')}"
    at = closed
    [["http://a.inner.org/", {}, 6], ["http://192.0.2.1:#{at}/", { open_timeout: 0.1 }, [7, 28]],
     [format(URL, at, ""), {}, 7],
     ["http://far.example.org/", { proxy: "disable" }, 6],
     ["http://far.example.org/", { proxy: "http://localhost:#{at}" }, 7],
     ["http://far.example.org/", { proxy: "http://nosuch.example.org:1" }, 5],
     ["https://far.example.org/",
      { proxy: "http://localhost:#{saying("HTTP/1.1 407 No\r\n\r\n")}", ssl_verify: false }, 56]]
      .each { |url, options, is| assert_includes [*is], asking(url, target: target, **options).exit_status, url }
    assert_empty proxy.asked
    given = { proxy: { uri: "http://localhost:#{proxy.port}", user: "u", password: "p" } }
    assert_equal 0, asking("http://far.example.org/", **given).exit_status
    assert_includes proxy.asked.first, "Proxy-Authorization: Basic dTpw"
    refused(text("http://far.example.org/", proxy: "socks5://localhost:1"))
  end

  it "does not take the scanner's own proxy" do
    proxy = service { ok }
    own = ENV.to_h
    ENV.update("http_proxy" => "http://localhost:#{proxy.port}", "no_proxy" => "")
    target = here { |made| made.write("/etc/hosts", "192.0.2.1 far.example.org\n") }
    assert_includes [7, 28], asking("http://far.example.org/", target: target, open_timeout: 0.1).exit_status
    assert_empty proxy.asked
  ensure
    ENV.replace(own)
  end

  it "trusts the authorities that the target trusts, and no others" do
    authority = certificate
    good = certificate("localhost", "127.0.0.1", by: authority)
    at = saying(ok, tls: good)
    trusting = lambda do |path, pem, **environ|
      here(environ: environ.transform_keys(&:to_s)) { |made| made.write(path, "junk\n#{certificate.first}#{pem}") }
    end
    [["/etc/ssl/certs/ca-certificates.crt"], ["/etc/pki/tls/certs/ca-bundle.crt"], ["/etc/ssl/ca-bundle.pem"],
     ["/etc/ssl/cert.pem"], ["/opt/own.pem", { SSL_CERT_FILE: "/opt/own.pem" }],
     ["/etc/ssl/certs/#{format('%08x', authority.first.subject.hash)}.0"]].each do |path, environ|
      target = trusting.call(path, authority.first.to_pem, **(environ || {}))
      %w[localhost 127.0.0.1].each do |name|
        assert_equal 0, asking("https://#{name}:#{at}/", target: target).exit_status, "#{path} #{name}"
      end
      answer = asking("https://web.example.org:#{at}/", target: target)
      assert_equal [60, true], [answer.exit_status, answer.stderr.include?("hostname mismatch")]
    end
    other = trusting.call("/etc/ssl/cert.pem", "")
    answer = asking("https://localhost:#{at}/", target: other)
    assert_equal [60, true], [answer.exit_status, answer.stderr.include?("unable to get local issuer")]
    # Where nothing is trusted, nothing was verified.
    assert_match(/no certificates/, refused(text("https://localhost:#{at}/")))
    assert_equal 0, asking("https://localhost:#{at}/", ssl_verify: false).exit_status
  end

  it "gives bytes that are no UTF-8, and compressed bodies, as something that can be read" do
    at = saying(ok("caf\xe9".b, "X-Odd: \xff".b))
    http = inspec(connect(here)).http(format(URL, at, ""))
    assert_equal [200, "caf\uFFFD", "\uFFFD"], [http.status, http.body, http.headers["x-odd"]]
    packed = saying(ok(Zlib.gzip("plain"), "Content-Encoding: gzip"))
    assert asking(format(URL, packed, "")).stdout.end_with?("plain")
    refute asking(format(URL, packed, ""), headers: { "Accept-Encoding" => "gzip" }).stdout.end_with?("plain")
  end

  it "answers elasticsearch, and opa_api where commands may change something" do
    nodes = { "_nodes" => { "successful" => 1 }, "nodes" => { "n1" => node } }
    at = saying(ok(JSON.generate(nodes)))
    found = inspec(connect(here)).elasticsearch(url: "http://localhost:#{at}", username: "u", password: "p")
    assert_equal [["elastic"], ["n1"]], [found.cluster_name, found.node_id]
    refute found.resource_skipped?
    assert_match(/Connection refused/, inspec(connect(here)).elasticsearch(url: "http://localhost:#{closed}").resource_exception_message)
    opa = service { |request, _| ok(JSON.generate("result" => request[/\r\n\r\n(.*)/m, 1])) }
    target = here { |made| made.write("/in.json", "{\"a\":\n1}\n") }
    asks = "curl -X POST localhost:#{opa.port}/v1 -d @/in.json -H 'Content-Type: application/json'"
    refused(asks, :opa_api)
    answer = TrainProcroot::Native.answer(asks, "opa_api", target.context(commands: "any"))
    assert_equal({ "result" => "{\"a\":1}" }, JSON.parse(answer.stdout))
    assert_includes opa.asked.first, "Content-Type: application/json\r\n"
    missing = TrainProcroot::Native.answer(asks.sub("in.json", "no"), "opa_api", target.context(commands: "any"))
    assert_equal 26, missing.exit_status
  end

  private

  # A server that says the same before it was asked.
  def blunt
    service(TCPServer.new("127.0.0.1", 0), early: ok) { nil }.port
  end

  def node
    { "name" => "one", "settings" => { "cluster" => { "name" => "elastic" } }, "plugins" => [], "modules" => [] }
  end
end
