# frozen_string_literal: true

at = "http://127.0.0.1:8088"
tls = "ssl(host: '127.0.0.1', port: 8443)"
# Of a server that is there; a held directory serves nothing.
served = {
  "http" => ["http('#{at}/').status", "http('#{at}/').body", "http('#{at}/').headers.to_h", "http('#{at}/').headers['x-APP']", "http('#{at}/').headers.Connection", "http('#{at}/').http_method",
             "http('#{at}').body", "http('http://localhost:8088/').status", "http('#{at}/', method: 'HEAD').status", "http('#{at}/', method: 'HEAD').headers['content-length']",
             "http('#{at}/', method: 'HEAD').body.to_s", "http('#{at}/', method: 'OPTIONS').status", "http('#{at}/moved').status", "http('#{at}/moved').headers.location", "http('#{at}/moved').body",
             "http('#{at}/moved', max_redirects: 3).status", "http('#{at}/moved', max_redirects: 3).body", "http('#{at}/loop').status", "http('#{at}/missing').status", "http('#{at}/missing').body",
             "http('#{at}/../etc/passwd').body", "http('#{at}/auth').status", "http('#{at}/auth').headers['WWW-Authenticate']", "http('#{at}/auth', headers: { 'Authorization' => 'Basic dTpw' }).body",
             "http('#{at}/big').body.length", "http('#{at}/bytes').body", "http('#{at}/echo', params: { a: 1 }).body", "http('#{at}/echo', headers: { 'X-Ask' => 'it; or $(not)', 'Accept-Language' => 'de' }).body",
             "http('#{at}/echo', method: 'get').body", "http('https://127.0.0.1:8443/', ssl_verify: false).status",
             "http('https://localhost:8443/', ssl_verify: false).body"],
  "http that sends" => ["http('#{at}/echo', method: 'POST', data: 'a=b&c').body"],
  "ssl" => ["ssl(port: 8443).enabled?", "#{tls}.enabled?", "#{tls}.protocols('tls1.2').enabled?", "#{tls}.protocols('tls1.0').enabled?", "#{tls}.protocols('tls1.3').enabled?",
            "#{tls}.ciphers(/rc4/i).enabled?", "#{tls}.protocols.uniq", "#{tls}.to_s", "#{tls}.handshake.transform_values { |v| v['success'] }", "ssl(host: '127.0.0.1', port: 8088).enabled?"]
}
Ask.values(self, { "http without a response" => ["http('http://127.0.0.1:1/').status", "http('http://127.0.0.1:1/').headers.to_h", "http('http://nosuch.invalid/').status",
                                                 "http('https://127.0.0.1:8443/').status", "http('#{at}/loop', max_redirects: 2).status"] })
Ask.values(self, served, listens: 8088)
Ask.properties(self, { "http" => { "http('#{at}/')" => ["status cmp(200)", "status be_between(200, 299)", "body match(/hell/)", "body eq('hello')", "headers.X-App cmp('One Two')", "headers.X-None be_nil"],
                                   "http('#{at}/missing')" => ["status cmp(404)", "body include('none')", "headers.Content-Type match(/html/)"],
                                   "http('#{at}/moved', max_redirects: 5)" => ["status cmp(200)", "body include('from=again')"] } }, listens: 8088)
Ask.verdicts(self, { "ssl" => { tls => ["be_enabled"], "#{tls}.protocols('ssl3')" => ["be_enabled"], "#{tls}.protocols('tls1.2')" => ["be_enabled"] } }, listens: 8443)
