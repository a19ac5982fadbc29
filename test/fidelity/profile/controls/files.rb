# frozen_string_literal: true

paths = %w[
  /etc/passwd /etc/shadow /etc/app /etc/app/absolute /etc/app/relative /etc/app/dangling /etc/app/loop /srv/app/a.yml /srv/fifo /dev/null
  /etc/app/secret /etc/app/group-only /etc/app/suid /etc/app/sgid /etc/app/unowned /etc/app/ww /etc/app/empty /etc/app/latin1.txt
  /etc/app/nul.bin /etc/app/crlf /etc/app/nonl /srv/sticky /tmp /nothing /etc/passwd/x / /proc/1/comm /proc/sys/kernel/ostype /run
  /run/app.sock /hold
]
asked = %w[
  exist? file? directory? symlink? pipe? socket? block_device? character_device? mode type owner group uid gid mtime.class size suid sgid
  sticky content link_path shallow_link_path md5sum sha256sum selinux_label.class mounted? basename path
]
# The auditor inside waits for a writer for ever; commands write into /tmp, and both have their mounts below /.
left_out = { "/srv/fifo" => %w[content md5sum sha256sum], "/tmp" => %w[size], "/" => %w[size] }
judged = %w[
  /etc/passwd /etc/shadow /etc/app/secret /etc/app/group-only /etc/app/a.yml /home/app /home/other /srv/sticky /etc/app/ww /etc/app/kept.sh
  /nothing /etc/app/absolute
]
users = %w[root app other nobody nosuch]
rights = %w[readable writable executable]

Ask.values(self, {
  "file" => paths.flat_map { |path| (asked - left_out.fetch(path, [])).map { |ask| "file(#{path.inspect}).#{ask}" } } +
    judged.flat_map { |path| ["file(#{path.inspect}).more_permissive_than?('0640')", "file(#{path.inspect}).allowed?('read', by: 'owner')"] } +
    ['file("/etc/app/new\nline").content', 'file("/etc/app/with space.conf").size', 'file("/etc/app/ümläut").owner', 'file("/etc").mounted?',
     'file("/etc/app/a.json").content_as_json', 'file("/etc/app/a.yml").content_as_yaml', 'file("/etc/app/ww").immutable?', 'file("/nothing").immutable?'],
  "file by_user" => judged.flat_map do |path|
    rights.flat_map { |how| users.map { |who| "file(#{path.inspect}).#{how}?(nil, #{who.inspect})" } }
  end,
  "file by class" => judged.flat_map { |path| rights.flat_map { |how| %w[owner group others].map { |by| "file(#{path.inspect}).#{how}?(#{by.inspect}, nil)" } } },
  "directory" => %w[/etc /etc/passwd /nothing /srv/app /srv/sticky].flat_map { |path| %w[exist? directory? mode owner group content.class].map { |ask| "directory(#{path.inspect}).#{ask}" } }
})

matchers = ["exist", "be_file", "be_directory", "be_symlink", "be_pipe", "be_socket", "be_owned_by('root')", "be_grouped_into('root')", "be_mode(0644)",
            "be_readable", "be_writable", "be_executable", "be_readable.by('others')", "be_writable.by('group')", "be_executable.by('owner')",
            "be_readable.by_user('app')", "be_writable.by_user('app')", "be_executable.by_user('app')", "be_readable.by_user('nosuch')",
            "be_more_permissive_than('0640')", "be_allowed('read', by_user: 'other')", "be_setuid", "be_setgid", "be_sticky", "be_mounted", "be_linked_to('/etc/passwd')"]
Ask.verdicts(self, {
  "file" => (judged + %w[/srv/fifo /run/app.sock /dev/null /hold]).to_h { |path| ["file(#{path.inspect})", matchers] },
  "directory" => %w[/srv/sticky /nothing].to_h { |path| ["directory(#{path.inspect})", %w[exist be_directory be_readable be_sticky]] }
})
Ask.properties(self, {
  "file" => { "file('/etc/shadow')" => ["mode cmp('0640')", "owner eq('root')", "group eq('shadow')", "content match(/^root/)", "content match(/nothing/)", "size be > 10",
                                        "sha256sum eq('x')", "link_path be_nil"],
              "file('/nothing')" => ["mode cmp('0640')", "owner eq('root')", "content match(/^root/)", "content be_nil", "mtime be_nil"] }
})
