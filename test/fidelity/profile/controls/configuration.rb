# frozen_string_literal: true

Ask.values(self, {
  "sshd_config" => ["sshd_config.Port", "sshd_config.params", "sshd_config.Ciphers", "sshd_config.NoSuch", "sshd_config('/nothing').params", "sshd_config('/etc/ssh/sshd_config').PermitRootLogin"],
  "ssh_config" => ["ssh_config.Protocol", "ssh_config.params", "ssh_config('/nothing').params"],
  "auditd_conf" => ["auditd_conf.max_log_file", "auditd_conf.nosuch", "auditd_conf('/nothing').log_file"],
  "aide_conf" => ["aide_conf.rules", "aide_conf.selection_lines", "aide_conf.where { selection_line == '/bin' }.rules", "aide_conf('/nothing').rules", "aide_conf.all_have_rule('sha256')"],
  "nginx_conf" => ["nginx_conf.params", "nginx_conf.http.servers.length", "nginx_conf.servers.map(&:params)", "nginx_conf.locations.map(&:params)", "nginx_conf('/nothing').params"],
  "apache_conf" => ["apache_conf.Timeout", "apache_conf.ServerTokens", "apache_conf.params", "apache_conf('/etc/apache2/apache2.conf').params", "apache_conf('/nothing').params", "apache_conf.content"],
  "nginx" => %w[nginx.version nginx.modules],
  "mysql_conf" => ["mysql_conf.params.params", "mysql_conf.mysqld.port", "mysql_conf('/etc/mysql/my.cnf').params.params", "mysql_conf('/nothing').params"],
  "postgres_conf" => ["postgres_conf('/etc/postgresql/15/main/postgresql.conf').params", "postgres_conf('/etc/postgresql/15/main/postgresql.conf').ssl", "postgres_conf('/nothing').params"],
  "postgres_hba_conf" => ["postgres_hba_conf('/etc/postgresql/15/main/pg_hba.conf').auth_method", "postgres_hba_conf('/etc/postgresql/15/main/pg_hba.conf').where { type == 'host' }.address",
                          "postgres_hba_conf('/nothing').user"],
  "postgres_ident_conf" => ["postgres_ident_conf('/etc/postgresql/15/main/pg_ident.conf').pg_username", "postgres_ident_conf('/nothing').pg_username"],
  "mongodb_conf" => ["mongodb_conf.params", "mongodb_conf('/etc/mongod.conf').params", "mongodb_conf('/nothing').params"],
  "cassandradb_conf" => ["cassandradb_conf('/etc/cassandra/cassandra.yaml').params"],
  "rabbitmq_config" => ["rabbitmq_config.params", "rabbitmq_config('/nothing').params"],
  "postfix_conf" => ["postfix_conf.params", "postfix_conf.myhostname", "postfix_conf('/nothing').params"],
  "chrony_conf" => ["chrony_conf.params", "chrony_conf.server", "chrony_conf('/nothing').server"],
  "ntp_conf" => ["ntp_conf.params", "ntp_conf.server", "ntp_conf('/nothing').server"],
  "inetd_conf" => ["inetd_conf.params", "inetd_conf.telnet", "inetd_conf('/nothing').params"],
  "xinetd_conf" => ["xinetd_conf.services", "xinetd_conf.services('chargen').socket_types", "xinetd_conf.services('nosuch').ids", "xinetd_conf('/nothing').services"],
  "php_config" => ["php_config('expose_php').value", "php_config('expose_php', {'ini_path' => '/etc/php.ini'}).value"],
  "grub_conf" => ["grub_conf.params", "grub_conf('/boot/grub/grub.cfg').params", "grub_conf('/nothing').params"],
  "mail_alias" => ["mail_alias('root').aliased_to?('admin@example.org')", "mail_alias('postmaster').aliased_to?('root')", "mail_alias('nosuch').aliased_to?('x')"],
  "json" => ["json('/etc/app/a.json').params", "json('/etc/app/a.json')['a']", "json('/nothing').params", "json('/etc/app/bad.json').params", "json({command: 'cat /etc/app/a.json'}).params",
             "json({command: 'cat /nothing'}).params", "json(content: '{\"a\":1}').params", "json('/etc/app/a.json').value(['a', 'b'])"],
  "yaml" => ["yaml('/etc/app/a.yml').params", "yaml('/nothing').params", "yaml({command: 'cat /etc/app/a.yml'}).params"],
  "ini" => ["ini('/etc/app/a.ini').params", "ini('/nothing').params", "ini('/etc/app/a.ini').s"],
  "toml" => ["toml('/etc/app/a.toml').params", "toml('/nothing').params"],
  "xml" => ["xml('/etc/app/a.xml')['/r/x']", "xml('/etc/app/a.xml')['/r/x/attribute::id']", "xml('/nothing')['/r']"],
  "csv" => ["csv('/etc/app/a.csv').params", "csv('/nothing').params", "csv('/etc/app/a.csv')['v']"],
  "parse_config" => ["parse_config('a = 1').params", "parse_config(command('cat /etc/login.defs').stdout).params.length"],
  "parse_config_file" => ["parse_config_file('/etc/app/with space.conf').params", "parse_config_file('/etc/login.defs', assignment_regex: /^\\s*(\\S+)\\s+(\\S+)\\s*$/).params",
                          "parse_config_file('/nothing').params", "parse_config_file('/etc/app/a.ini').params"],
  "key_rsa" => %w[/etc/ssl/app.key /etc/ssl/app.pub /nothing].flat_map { |path| %w[private? public? key_length public_key].map { |ask| "key_rsa(#{path.inspect}).#{ask}" } } +
    ["key_rsa('/etc/ssl/locked.key', 'secret').private?", "key_rsa('/etc/ssl/locked.key', 'wrong').private?"],
  "x509_certificate" => %w[/etc/ssl/app.crt /etc/ssl/expired.crt /etc/ssl/broken.crt /nothing].flat_map do |path|
    %w[certificate? fingerprint serial subject_dn issuer.CN subject.O key_length valid? extensions.keys subject_alt_names signature_algorithm version not_after.year].map { |ask| "x509_certificate(#{path.inspect}).#{ask}" }
  end + ["x509_certificate('/etc/ssl/app.crt').has_purpose?('SSL server : Yes')", "x509_certificate('/etc/ssl/app.crt').has_purpose?('SSL client : Yes')"],
  "x509_private_key" => ["x509_private_key('/etc/ssl/app.key').valid?", "x509_private_key('/etc/ssl/app.key').encrypted?", "x509_private_key('/etc/ssl/locked.key', 'secret').encrypted?",
                         "x509_private_key('/etc/ssl/app.key').has_matching_certificate?('/etc/ssl/app.crt')", "x509_private_key('/etc/ssl/app.key').has_matching_certificate?('/etc/ssl/expired.crt')",
                         "x509_private_key('/nothing').valid?"],
  "dh_params" => ["dh_params('/etc/ssl/dh.pem').prime_length", "dh_params('/etc/ssl/dh.pem').generator", "dh_params('/etc/ssl/dh.pem').valid?", "dh_params('/nothing').valid?"],
  "bash" => ["bash('echo hi').stdout", "bash('exit 3').exit_status", "bash('a=(1 2); echo ${a[1]} $0').stdout", "bash('type nosuch').stderr", "bash('echo hi').exist?"],
  "ksh" => ["ksh('echo hi').stdout"]
})

Ask.verdicts(self, {
  "key_rsa" => { "key_rsa('/etc/ssl/app.key')" => %w[be_private be_public], "key_rsa('/nothing')" => %w[be_private be_public] },
  "x509_certificate" => { "x509_certificate('/etc/ssl/app.crt')" => %w[be_certificate be_valid], "x509_certificate('/etc/ssl/expired.crt')" => %w[be_certificate be_valid],
                          "x509_certificate('/nothing')" => %w[be_certificate be_valid] },
  "x509_private_key" => { "x509_private_key('/etc/ssl/app.key')" => ["be_valid", "be_encrypted", "have_matching_certificate('/etc/ssl/app.crt')"] },
  "dh_params" => { "dh_params('/etc/ssl/dh.pem')" => %w[be_valid be_dh_params], "dh_params('/nothing')" => %w[be_valid] },
  "mail_alias" => { "mail_alias('root')" => ["be_aliased_to('admin@example.org')", "be_aliased_to('x')"] },
  "bash" => { "bash('true')" => ["exist"] }
})
Ask.properties(self, {
  "sshd_config" => { "sshd_config" => ["PermitRootLogin eq('no')", "Port cmp('22')", "NoSuch be_nil"], "sshd_config('/nothing')" => ["PermitRootLogin eq('no')", "NoSuch be_nil"] },
  "json" => { "json('/etc/app/a.json')" => ["t eq(true)", "nosuch be_nil"], "json('/nothing')" => ["t eq(true)", "nosuch be_nil"] },
  "yaml" => { "yaml('/etc/app/a.yml')" => ["c be_nil", "a be_empty"] },
  "ini" => { "ini('/etc/app/a.ini')" => ["top cmp(1)", "nosuch be_nil"] },
  "x509_certificate" => { "x509_certificate('/etc/ssl/app.crt')" => ["subject.CN eq('app.example.org')", "key_length be >= 2048"] },
  "nginx_conf" => { "nginx_conf" => ["http be_nil", "params include('http')"] },
  "parse_config_file" => { "parse_config_file('/etc/app/with space.conf')" => ["Password eq('secret')", "nosuch be_nil"], "parse_config_file('/nothing')" => ["Password eq('secret')", "nosuch be_nil"] }
})
