# frozen_string_literal: true

# Names of all families: each has some of them.
names = %w[bash libc6 gone held-back nosuch tzdata perl-base kernel-core openssl-libs glibc odd+name.x_y musl busybox alpine-baselayout base-files ba .*]
Ask.values(self, {
  "package" => names.flat_map { |name| %w[installed? version held? info].map { |ask| "package(#{name.inspect}).#{ask}" } } +
    ["package('nosuch').latest?", "package('bash').latest?", "package('bash', rpm_dbpath: '/proc/nothing').installed?", "package('bash', rpm_dbpath: '/var/lib/rpm').version"],
  "packages" => ["packages(/^lib/).names", "packages(/.*/).statuses.uniq", "packages('bash').versions", "packages(/^li/).architectures.uniq", "packages(/^li/).versions",
                 "packages(/gone|held/).entries.length", "packages(/gone|held/).statuses", "packages(/kernel|bash|musl|tzdata/).entries.map(&:to_h)", "packages('nosuch').names",
                 "packages(/./).where { status != 'installed' }.names", "packages(/./).names.sort"],
  "npm" => ["npm('express')", "npm('@scope/tool')", "npm('nosuch')", "npm('left-pad', path: '/srv/project')", "npm('left-pad')", "npm('express', path: '/nothing')"]
    .flat_map { |npm| %w[installed? version].map { |ask| "#{npm}.#{ask}" } },
  "pip" => %w[flask Flask old-style nosuch pip].flat_map { |name| %w[installed? version].map { |ask| "pip(#{name.inspect}).#{ask}" } },
  "gem" => %w[rack nosuch bundler json].flat_map { |name| %w[installed? version versions].map { |ask| "gem(#{name.inspect}).#{ask}" } } +
    ["gem('rack', '/nothing/gem').installed?"],
  "cpan" => ["cpan('Carp').installed?", "cpan('No::Such').installed?"],
  "cran" => ["cran('nosuch').installed?"],
  "apt" => ["apt('http://deb.example.org/debian').exists?", "apt('http://deb.example.org/debian').enabled?", "apt('ppa:someone/thing').exists?", "apt('http://no.example.org').exists?"],
  "yum" => ["yum.repos", "yum.repo('base').exist?", "yum.repo('base').enabled?", "yum.repo('nosuch').exist?"]
})

Ask.verdicts(self, {
  "package" => (names - ["ba", ".*"]).to_h { |name| ["package(#{name.inspect})", %w[be_installed be_held]] },
  "packages" => { "packages(/bash|musl/)" => ["exist"], "packages('nosuch')" => ["exist"] },
  "npm" => { "npm('express')" => ["be_installed"], "npm('nosuch')" => ["be_installed"] },
  "pip" => { "pip('flask')" => ["be_installed"], "pip('nosuch')" => ["be_installed"] },
  "gem" => { "gem('rack')" => ["be_installed"], "gem('nosuch')" => ["be_installed"] },
  "apt" => { "apt('ppa:someone/thing')" => %w[exist be_enabled] },
  "yum" => { "yum.repo('extra')" => %w[exist be_enabled] }
})
Ask.properties(self, {
  "package" => { "package('bash')" => ["version cmp >= '5.0'", "version match(/^4/)"], "package('nosuch')" => ["version cmp >= '1'", "version be_nil"] },
  "packages" => { "packages(/./)" => ["names include('bash')", "statuses include('held')"] }
})
