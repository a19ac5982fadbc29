# frozen_string_literal: true

require_relative "comparison"
require_relative "with_http"

# What is said of a server through procroot is what curl says, and what the auditor's own client says.
class SameHttpValuesTest < ComparisonTest
  include WithHttp

  # Paths, and what the resource is asked with.
  CASES = [["plain"], ["plain", { method: "HEAD" }], ["plain", { method: "OPTIONS" }], ["to/plain"],
           ["to/plain", { max_redirects: 3 }], ["to/to/plain?q", { max_redirects: 3 }],
           ["to/to/plain", { max_redirects: 1 }], ["to/plain", { max_redirects: 0 }],
           ["to/plain", { method: "HEAD", max_redirects: 2 }], ["relative/x", { max_redirects: 2 }], ["missing"],
           ["big"], ["chunked"], ["empty"], ["closes"], ["early"], ["hints"], ["multi", { params: { a: 1, b: "x" } }],
           ["plain", { headers: { "X-A" => "b", "Accept" => "text/html", "User-Agent" => "me", "Host" => "else" } }],
           ["away", { max_redirects: 1, auth: { user: "u", pass: "p" },
                      headers: { "Cookie" => "a=1", "X-A" => "b", "Authorization" => "Custom x" } }],
           ["away", { max_redirects: 1, auth: { user: "u", pass: "p" } }],
           ["relative/x?y", { max_redirects: 1, data: "a" }],
           ["auth"], ["auth", { auth: { user: "u", pass: "p w" } }], ["plain", { data: "a=b" }]].freeze

  # Bytes, by path.
  FIXED = {
    "/missing" => "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone",
    "/big" => "HTTP/1.1 200 OK\r\nContent-Length: 1000003\r\n\r\n#{"line\n" * 200_000}end",
    "/chunked" => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" \
                  "3;x=y\r\none\r\nB\r\n, two three\r\n0\r\n\r\n",
    "/empty" => "HTTP/1.1 204 No Content\r\n\r\n",
    "/closes" => "HTTP/1.0 200 OK\r\nX-Form: old\r\n\r\nuntil the end",
    "/hints" => "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nafter",
    "/early" => "HTTP/1.1 200\nContent-Length: 4\nX-Empty:\nX-Colons: a:b: c\n\nbare"
  }.freeze

  def setup
    super
    @service = service { |request, _| answer_to(request[/\A(\w+) (\S+)/, 1], Regexp.last_match[2], request) }
  end

  # [standard output, exit status, what the server was asked] of curl, and of the native in its place.
  def both(text, **environ)
    curl = Open3.capture2(environ.transform_keys(&:to_s), "sh", "-c", "#{text} 2>/dev/null")
    theirs = [curl.first, curl.last.exitstatus, asked]
    said = heard { TrainProcroot::Native.answer(text, "http", context) }
    [theirs, [said.stdout, said.exit_status, asked]]
  end

  def context = TrainProcroot::Native::Context.new(native.backend.target, native.backend.root, { commands: "any" })

  def asked = @service.asked.map { |request| request.sub(%r{curl/\S+( \(\w+\))?}, "curl") }

  def text(url, options = {}) = native.http(url, options).instance_variable_get(:@worker).send(:http_command)

  it "requests and responses, byte for byte" do
    needs "curl"
    CASES.product(%w[localhost 127.0.0.1]).each do |(path, options), host|
      url = "http://#{host}:#{@service.port}/#{path}"
      theirs, ours = both(text(url, options || {}))
      refute_empty theirs.last, "#{path} is no comparison: curl asked nothing"
      assert_equal theirs, ours, "#{path} #{options}"
    end
  end

  it "requests through a proxy" do
    needs "curl"
    at = "http://127.0.0.1:#{@service.port}"
    [at, "127.0.0.1:#{@service.port}", { uri: at, user: "u", password: "p" }].each do |proxy|
      %w[http://nowhere.invalid/x https://nowhere.invalid/x].each do |url|
        theirs, ours = both(text(url, proxy: proxy))
        refute_empty theirs.last, "#{url} is no comparison: curl asked nothing"
        assert_equal theirs, ours, "#{url} #{proxy}"
      end
    end
  end

  it "what comes to no response" do
    needs "curl"
    ["http://localhost:#{closed}/", "http://nosuch.invalid/", "http://localhost:#{saying('')}/",
     "https://127.0.0.1:#{saying(ok, tls: certificate('127.0.0.1'))}/"].each do |url|
      theirs, ours = both(text(url, open_timeout: 20, read_timeout: 20))
      assert_equal theirs, ours, url
    end
  end

  it "responses over TLS, trusted or not asked for trust" do
    needs "curl"
    at = saying(ok("secret"), tls: certificate("localhost"))
    theirs, ours = both(text("https://localhost:#{at}/", ssl_verify: false))
    assert_equal theirs, ours
    assert theirs.first.end_with?("secret")
  end

  it "values of the http resource, as the auditor's own client has them" do
    cases = CASES.reject { |_, options| options&.key?(:auth) || [0, 1].include?(options&.fetch(:max_redirects, nil)) }
    cases.each do |path, options|
      %i[status body headers].each do |question|
        assert_same_answer("#{path} #{options} #{question}") do |i|
          http = i.http("http://localhost:#{@service.port}/#{path}", options || {})
          value = http.public_send(question)
          question == :headers ? value.to_h : value.to_s
        end
      end
    end
  end

  private

  # [status line, fields, body] by path.
  def answer_to(verb, path, request)
    case path
    when %r{^/to/(.*)} then to("/#{Regexp.last_match[1]}")
    when "/away" then to("http://#{%w[localhost 127.0.0.1].find { |host| !request.include?("Host: #{host}:") }}" \
                         ":#{@service.port}/plain")
    when %r{^/relative/} then to("../plain?x=y")
    when %r{^/(plain|multi)} then plain(verb, path)
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
