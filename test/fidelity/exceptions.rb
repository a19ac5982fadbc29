# frozen_string_literal: true

module Fidelity
  # Where an answer may differ from the auditor's own inside, by name and with the reason.
  # scans: pattern of scans' names; results: pattern of "control: description"; values: what the two answers must be like, given as Said, or nil
  Exception = Struct.new(:scans, :results, :reason, :values) do
    def covers?(scan, key, inside, beside)
      scans.match?(scan.name) && results.match?(key.join(": ")) && (values.nil? || values.call(inside, beside))
    end
  end

  # Ruby's own words about a file that is not there.
  MISSING = ->(inside, _beside) { inside.text.match?(/No such file or directory @ rb_file_s_/) }

  # What a shell inside the stripped root would say of a program that is not there any more; never a pass that was none.
  ABSENT = lambda do |inside, beside|
    beside && !(beside.passed? && !inside.passed?) && (["\"127\"", "\"\\\"\\\"\""].include?(beside.text) || beside.text.match?(/not found|Could not find/))
  end

  # A failure on both sides, for want of a program.
  WORDS = ->(inside, beside) { beside&.status == inside.status && !beside.passed? && [inside, beside].all? { |said| said.text.match?(/not\W+found|No such file or directory/) } }

  # The auditor inside gave up on the resource, in these words; what sidescan says instead has another name.
  SKIPPED = ->(words) { ->(inside, beside) { beside.nil? && inside.status == "skipped" && inside.text.match?(words) } }

  # The auditor inside has a verdict, and sidescan skips the resource under another name.
  UNASKED = ->(inside, beside) { beside.nil? && %w[passed failed].include?(inside.status) }

  # The same error on both sides: the same words, and the name of another class.
  UNHEARD = lambda do |inside, beside|
    words = ->(said, name) { said.text[/\A(.+?)\s*#{name}\S*\s*\z/m, 1]&.sub(/(?:getaddrinfo: )?(?:Temporary failure in name resolution|Name or service not known)/, "no address") }
    beside && beside.status == inside.status && !beside.passed? && words.(inside, "Faraday::") && words.(inside, "Faraday::") == words.(beside, "TrainProcroot::NoAnswer")
  end

  EXCEPTIONS = [
    [//, /\A(file|directory)/, "the type and size of a file that is missing are nothing, as Train's remote transports say; its local one ends in Ruby's error", MISSING],
    [//, %r{file\("/(etc/app/(absolute|relative|dangling|loop)|nothing|etc/passwd/x)?"\)\.(type|size|\w*link_path|basename|path|immutable\?)},
     "links, and missing files, as Train's remote transports say them; its local one says them differently"],
    [//, %r{\Adirectory: .*directory\("/srv/app"\)\.type is}, "links, and missing files, as Train's remote transports say them; its local one says them differently"],
    [//, %r{file\("/etc/app/unowned"\)\.(owner|group)}, "an id without a name is UNKNOWN, as stat and Train's remote transports say"],
    [//, %r{file\("/dev/null"\)}, "a device is never read"],
    [/^dir/, %r{/proc/1/comm}, "/proc/1 is the main process, as in a container of its own; a held directory has another before it"],
    [/scratch/, /\A(file|directory).*\.(owner|group)/, "an id without a name is UNKNOWN, as stat and Train's remote transports say"],
    [/scratch/, /\A(pip|gem): .*("(pip|bundler|json)")/, "asks for a part of the programs that only the full root has"],
    [/scratch/, /\Agem: .*gem\('(rack|nosuch)'\)\.info/, "gem itself is among the programs that only the full root has: skipped, as by an auditor inside a container without gem",
     ->(_inside, beside) { beside&.text == "\"{}\"" }],
    [/scratch/, /\Agem: (its )?gem\('(rack|nosuch)'\): gem package/, "gem itself is among the programs that only the full root has: skipped, as by an auditor inside a container without gem", UNASKED],
    [//, /\Aelasticsearch: elasticsearch: /, "skipped inside, where curl is missing; beside, the request is made without a program of the target", SKIPPED.(/`curl` not ava/)],
    [/scratch/, /\Ahost: host\('127\.0\.0\.1', port: (8080|1), protocol: 'tcp'\): /, "skipped inside, where netcat is missing; beside, the connection is tried without a program of the target", SKIPPED.(/netcat must be installed/)],
    [//, /\Ahttp( without a response)?: http/, "no response: the same error on both sides, by another class", UNHEARD],
    [/wolfi|chainguard/, /\A(packages?|service): /, "skipped inside: InSpec does not know that these are Alpine's kin; beside, they are asked as Alpine is",
     SKIPPED.(/not (yet )?supported on (your )?OS/)],
    [/stripped|distroless/, /\A(sysv_)?service: .*service\("cron"\)\.(installed\?|enabled\?|params|runlevels|type) is/, "its start script can be executed, and was removed with the programs",
     ->(_inside, beside) { ["\"false\"", "\"{}\"", "\"nil\""].include?(beside&.text) }],
    [/stripped|distroless|scratch/, /\Acpan: /, "perl itself is among the programs that only the full root has: skipped, as by an auditor inside a container without perl",
     ->(inside, beside) { UNASKED.call(inside, beside) || ["\"false\"", "\"nil\""].include?(beside&.text) }],
    [/stripped|distroless|ubuntu/, /\Apackage: .*latest/, "needs the target's own program, which was removed: the words of the shell, as in a container without it", ABSENT],
    [/stripped|distroless|scratch|apk full/, /\A(firewalld|podman|yum|ksh|timezone|linux_audit_system|mysql_session|oracledb|cassandradb_session|ibmdb2|opa_)/, "a missing program, in the words of the shell that such a system has", WORDS],
    [/stripped|distroless|scratch/, /\A(default_gateway|routing_table): .*: \w+ should/, "needs a program that was removed, and says so", UNASKED],
    [/stripped|distroless|scratch/, /\Aoracledb_session: .*as_os_user/, "needs a program that was removed, and says so", ABSENT],
    [/app/, /\Acron(tab)?: .*(crontab\.|cron\.table|current user)/, "the current user's: the main process's beside, root's inside"],
    [/app/, /\Afile by_user: .*\(nil, "root"\)/, "root has no capabilities there, and may not read what is another's; the auditor inside was given them"],
    [//, /NoNewPrivs/, "a command can gain no rights, and is filtered"],
    [/^(?!.*any)/, %r{grep Cap /proc/self/status}, "read-only commands do without NET_ADMIN and AUDIT_CONTROL"],
    [//, /df --local/, "the auditor inside has brought file systems along"],
    [/stripped|distroless|scratch/, /\Acommand existence/, "asks for a program that was removed"],
    [/stripped/, %r{test -x /bin/sh|getfacl|zgrep|column|python3|which |type |command -v}, "asks for a program: one is supplied which this root has not, or was removed"],
    [/stripped/, %r{-perm -4000|-perm /6000|find / -xdev -nogroup}, "lists programs that were removed"],
    [/stripped/, /\Acommand: .*(file|strings|sysctl|chage|crontab|dpkg|dpkg-query|lsb_release|openssl|passwd|service|perl|rev|lsmod|netstat|tar|systemctl) /,
     "needs the target's own program, which was removed: exit 127 and the words of the shell, as in a container without it", ABSENT],
    [/stripped|distroless|scratch/, /\A(ip6?tables|selinux|x509_certificate)/, "needs a program that was removed, and says so", ABSENT],
    [/stripped/, %r{\$PATH|self/exe}, "shows where the supplied programs are"]
  ].map { |parts| Exception.new(*parts).freeze }.freeze
end
