# frozen_string_literal: true

names = %w[root app other www-data nobody nosuch]
Ask.values(self, {
  "passwd" => ["passwd.users", "passwd.uids", "passwd.entries.length", "passwd.where { uid.to_i >= 1000 }.users", "passwd.shells", "passwd.homes", "passwd.gids",
               "passwd.passwords", "passwd.where(user: 'app').descs", "passwd.where(user: 'nosuch').uids", "passwd('/nothing').users"],
  "shadow" => ["shadow.users", "shadow.where(user: 'www-data').max_days", "shadow.where(user: 'www-data').entries.first.to_h", "shadow.passwords", "shadow.last_changes",
               "shadow.min_days", "shadow.warn_days", "shadow.inactive_days", "shadow.expiry_dates", "shadow.where { password == '*' }.users", "shadow('/nothing').users"],
  "etc_group" => ["etc_group.groups", "etc_group.where(name: 'team').users", "etc_group.gids", "etc_group.where { gid.to_i > 999 }.groups", "etc_group('/nothing').groups"],
  "users" => ["users.usernames", "users.uids", "users.gids", "users.groups", "users.homes", "users.shells", "users.mindays", "users.maxdays", "users.warndays",
              "users.where { uid == 1000 }.usernames", "users.where(shell: '/bin/false').entries.length",
              "users.where { maxdays.to_i > 365 }.usernames"],
  "groups" => ["groups.names", "groups.gids", "groups.members", "groups.where { name == 'team' }.entries.length", "groups.where { gid < 40 }.names"],
  "group" => %w[team root app nosuch].flat_map { |group| %w[exists? gid members members_array local].map { |ask| "group(#{group.inspect}).#{ask}" } },
  "user" => names.flat_map do |user|
    %w[exists? uid gid group groups home shell mindays maxdays warndays badpasswordattempts lastlogin encrypted_password passwordage disabled?]
      .map { |ask| "user(#{user.inspect}).#{ask}" }
  end,
  "login_defs" => ["login_defs.PASS_MAX_DAYS", "login_defs.UMASK", "login_defs.NOSUCH", "login_defs.params", "login_defs('/nothing').params"],
  "limits_conf" => ["limits_conf.params", "limits_conf.send('*')", "limits_conf('/nothing').params"]
})

Ask.verdicts(self, {
  "user" => names.to_h do |user|
    ["user(#{user.inspect})", ["exist", "be_enabled", "have_uid(1000)", "belong_to_group('team')", "belong_to_primary_group('app')", "have_home_directory('/home/app')",
                               "have_login_shell('/bin/sh')", "have_authorized_key('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample app@example.org')"]]
  end,
  "group" => %w[team nosuch].to_h { |group| ["group(#{group.inspect})", ["exist", "have_gid(2000)"]] },
  "users" => { "users.where(uid: 0)" => ["exist"], "users.where(username: 'nosuch')" => ["exist"] },
  "shadow" => { "shadow.where(user: 'app')" => ["exist"], "shadow.where(user: 'nosuch')" => ["exist"] },
  "passwd" => { "passwd.where(uid: '0')" => ["exist"], "passwd.where(uid: '77')" => ["exist"] }
})
Ask.properties(self, {
  "user" => { "user('www-data')" => ["maximum_days_between_password_change eq(90)", "minimum_days_between_password_change eq(0)", "groups include('www-data')", "shell cmp('/bin/sh')"],
              "user('nosuch')" => ["uid eq(0)", "groups be_nil", "maximum_days_between_password_change be > 365"] },
  "users" => { "users" => ["usernames include('app')", "shells include('/bin/zsh')"] },
  "login_defs" => { "login_defs" => ["PASS_MAX_DAYS cmp <= 60", "PASS_WARN_AGE cmp >= 7"] },
  "shadow" => { "shadow" => ["users include('root')", "passwords include('')"] }
})
