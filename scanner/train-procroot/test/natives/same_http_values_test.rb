# frozen_string_literal: true

require_relative "comparison"
require_relative "with_http"

# What is said of a server through procroot is what the auditor's own client (Faraday) says where it looks by itself,
# and what curl says where that is the same.
class SameHttpValuesTest < ComparisonTest
  include WithHttp

  # Paths, and what the resource is asked with.
  CASES = [
    ["plain"], ["plain", { method: "HEAD" }], ["plain", { method: "OPTIONS" }], ["plain", { method: "DELETE" }],
    ["plain", { data: "a=b" }], ["missing"], ["big"], ["chunked"], ["empty"], ["closes"], ["early"], ["hints"],
    ["gzip"], ["repeated"], ["short"],
    ["plain", { headers: { "X-A" => "b", "Accept" => "text/html", "User-Agent" => "me", "Host" => "else" } }],
    ["plain?a=1", { headers: { "X-Empty" => "", "x-lower" => "A: b" } }],
    ["multi", { params: { a: 1, b: "x" } }], ["spaced", { params: { a: "x y", b: "\u00e9%" } }], ["spaced?a=b%20c"],
    ["to/plain"], ["to/plain", { max_redirects: 3 }], ["to/to/plain?q", { max_redirects: 3 }],
    ["to/to/plain", { max_redirects: 1 }], ["to/plain", { max_redirects: 0 }],
    ["to/plain", { method: "HEAD", max_redirects: 2 }], ["relative/x", { max_redirects: 2 }],
    ["relative/x?y", { max_redirects: 1, data: "a" }], ["slashes", { max_redirects: 1 }],
    ["nowhere", { max_redirects: 1 }], ["post/301", { method: "POST", data: "a=b", max_redirects: 1 }],
    ["post/303", { method: "put", max_redirects: 1 }], ["post/304", { max_redirects: 1 }],
    ["post/307", { method: "POST", data: "a=b", max_redirects: 1, headers: { "Content-Type" => "text/x" } }],
    ["post/308", { method: "PATCH", data: "{}", max_redirects: 1 }],
    ["away", { max_redirects: 1, headers: { "Cookie" => "a=1", "X-A" => "b", "Authorization" => "Custom x" } }],
    ["away", { max_redirects: 1, auth: { user: "u", pass: "p" } }], ["auth"],
    ["auth", { auth: { user: "u", pass: "p w" } }]
  ].freeze
  # Where Faraday decodes, folds, does without the rest, asks for a Location that is not there, escapes, makes a GET of
  # a POST, and leaves a 304; curl does not.
  CURL_DIFFERS = %w[gzip repeated short nowhere spaced post/301 post/303 post/304].freeze

  # Bytes, by path.
  FIXED = {
    "/missing" => "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone",
    "/big" => "HTTP/1.1 200 OK\r\nContent-Length: 1000003\r\n\r\n#{"line\n" * 200_000}end",
    "/chunked" => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" \
                  "3;x=y\r\none\r\nB\r\n, two three\r\n0\r\n\r\n",
    "/gzip" => "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" \
               "#{Zlib.gzip('packed').then { |bytes| "#{bytes.bytesize.to_s(16)}\r\n#{bytes}" }}\r\n0\r\n\r\n",
    "/repeated" => "HTTP/1.1 200 Fine indeed\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-Folded: one\r\n two\r\n" \
                   "Content-Length: 0\r\n\r\n",
    "/short" => "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nless",
    "/nowhere" => "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
    "/empty" => "HTTP/1.1 204 No Content\r\n\r\n",
    "/closes" => "HTTP/1.0 200 OK\r\nX-Form: old\r\n\r\nuntil the end",
    "/hints" => "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nafter",
    "/early" => "HTTP/1.1 200\nContent-Length: 4\nX-Empty:\nX-Colons: a:b: c\n\nbare"
  }.freeze

  def setup
    super
    @service = service { |request, _| answer_to(request[/\A(\w+) (\S+)/, 1], Regexp.last_match[2], request) }
  end

  it "requests and responses" do
    CASES.product(%w[localhost 127.0.0.1]).each do |(path, options), host|
      assert_same("http://#{host}:#{@service.port}/#{path}", **(options || {}))
    end
  end

  it "requests and responses, as curl has them" do
    needs "curl"
    CASES.each do |path, options|
      url = "http://localhost:#{@service.port}/#{path}"
      ours, theirs = [native_said(url, options || {}), curl_said(url, options || {})].map { |one,| one.values_at(0, 2) }
      differs = CURL_DIFFERS.include?(path.sub(/\?.*/, ""))
      differs ? refute_equal(theirs, ours, path) : assert_equal(theirs, ours, "#{path} #{options}")
    end
  end

  it "requests through a proxy" do
    at = "http://127.0.0.1:#{@service.port}"
    [at, "127.0.0.1:#{@service.port}", { uri: at, user: "u", password: "p" }].each do |proxy|
      %w[http://nowhere.invalid/x https://nowhere.invalid/x].each do |url|
        assert_same(url, proxy: proxy, ssl_verify: false)
      end
    end
  end

  it "responses over TLS, where trust is not asked for" do
    at = saying(ok("secret"), tls: certificate("localhost"))
    assert_equal [200, "secret"], assert_same("https://localhost:#{at}/", ssl_verify: false).values_at(0, 2)
  end

  it "errors where there is no response, in the same words" do
    ["http://127.0.0.1:#{closed}/", "http://nosuch.invalid/", "http://localhost:#{saying('')}/",
     "http://localhost:#{saying("what\r\n\r\n")}/",
     "https://127.0.0.1:#{saying(ok, tls: certificate('127.0.0.1'))}/"].each do |url|
      assert_nil assert_same(url).first
    end
  end

  private

  # Fails unless both say the same and ask for it in the same way. Gives what they say.
  def assert_same(url, **options)
    return if options[:auth] # which Faraday has no way any more to send

    theirs = said { local.http(url, options) }
    assert_equal theirs, native_said(url, options), "#{url} #{options}"
    theirs.first
  end

  # Commands may change something.
  def native
    @native ||= Inspec::Backend.create(Inspec::Config.new("target" => "procroot://#{Backends.target}?commands=any",
                                                          "backend_cache" => false))
  end

  def native_said(url, options) = said { native.http(url, options) }

  def curl_said(url, options)
    said do
      worker = Inspec::Resources::Http::Worker::Remote.new(local, options.fetch(:method, "GET"), url, options)
      worker.tap { worker.status or raise "no response" }
    end
  end

  # [[status, headers, body], what the server was asked]; of an error its words.
  def said
    http = yield
    headers = Inspec::Resources::Http::Headers.create(http.respond_to?(:headers) ? http.headers : http.response_headers)
    [[http.status, headers.to_h, http.body.to_s], asked]
  rescue TrainProcroot::NoAnswer, Faraday::Error, RuntimeError, NoMethodError => e
    [[nil, e.message.sub("getaddrinfo: ", ""), nil], asked]
  end

  # The fields of a request in the order of the alphabet, as their order says nothing.
  def asked
    @service.asked.map do |request|
      head, body = request.sub(/^User-Agent: Faraday.*\r\n/, "").split("\r\n\r\n", 2)
      [head.lines(chomp: true).then { |first, *rest| [first, *rest.sort] }, body]
    end
  end

  # [status line, fields, body] by path.
  def answer_to(verb, path, request)
    case path
    when %r{^/to/(.*)} then to("/#{Regexp.last_match[1]}")
    when "/away" then to("http://#{%w[localhost 127.0.0.1].find { |host| !request.include?("Host: #{host}:") }}" \
                         ":#{@service.port}/plain")
    when %r{^/relative/} then to("../plain?x=y")
    when %r{^/post/(\d+)} then to("/plain", "#{Regexp.last_match[1]} Go")
    when "/slashes" then to("//#{request[/^Host: (\S+)/, 1]}/plain?x")
    when %r{^/(plain|multi|spaced)} then plain(verb, path)
    when "/auth" then request.include?("Basic dTpwIHc=") ? ok("in") : "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"
    when "http://nowhere.invalid/x" then ok("by a proxy")
    when "nowhere.invalid:443" then "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"
    else FIXED.fetch(path)
    end
  end

  def plain(verb, path)
    answer = ok("#{verb} #{path}", "X-App: Mixed-Case", "Content-Type: text/plain; charset=utf-8")
    verb == "HEAD" ? answer[/.*\r\n\r\n/m] : answer
  end
end
