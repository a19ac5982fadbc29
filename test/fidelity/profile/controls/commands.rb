# frozen_string_literal: true

# Command texts as public profiles write them (find 272, grep 431, ls 106, ...), over the files of the small Debian.
texts = {
  "find" => [
    "find /etc/app -type f -perm -0002", "find /etc/app -perm /6000 -type f", "find / -xdev -nouser 2>/dev/null", "find / -xdev -nogroup",
    "find / -xdev -type f \\( -perm -4000 -o -perm -2000 \\) -print 2>/dev/null", "find -L /etc/app -type l", "find /etc/app -maxdepth 1 -name '*.conf'",
    "find /etc/app -printf '%m %u %g %s %p\\n' | sort", "find /etc -maxdepth 1 -type f -not -user root", "find /etc/app ! -group root -exec ls -l {} \\;",
    "find /etc/app -uid 1000 -o -gid 2000", "find /srv -type d -perm -1000", "find /srv -type p -ls | awk '{print $3,$5,$6}'", "find /home -mindepth 1 -maxdepth 1 -print0 | xargs -0 ls -ld",
    "find /etc/app -type f -newermt 2023-01-01 ! -newermt 2024-01-01 | wc -l", "find /nothing", "find /etc/app -empty", "find /etc/app -readable -name a.yml", "find /run -maxdepth 0 -fstype tmpfs",
    "find /etc/app -name '*.json' -exec grep -l true {} +", "find /etc/app -regex '.*/a\\.[jy].*'", "find -L /srv/app/ -name 'a.*' -size -1k", "find /etc -xdev -xautofs", "find /etc/app -links +1",
    "find /dev -type c | sort", "find /srv/sticky -name '*.log' -mtime +1"
  ],
  "grep" => [
    "grep root /etc/passwd", "grep -i PASSWORD '/etc/app/with space.conf'", "grep -r ERROR /srv/sticky", "grep -rh ERROR /srv/sticky | sort", "grep -rE '^(a|k)=' /etc/app --include='*.conf'",
    "grep -P '^\\w+:x:\\d{4}:' /etc/passwd", "grep -E '\\broot\\b|\\s$' /etc/group", "grep -c : /etc/passwd /etc/group", "grep -v '^#' /etc/login.defs", "grep -w app /etc/group", "grep -o 'x:[0-9]*' /etc/passwd",
    "grep -A1 -B1 app /etc/passwd", "grep -L nothing /etc/app/a.*", "grep -l true /etc/app/*", "grep -F 'a.b' /etc/passwd", "grep -q root /etc/passwd", "grep x /nothing", "grep 'a\\|b' /etc/app/a.json", "grep -n caf /etc/app/latin1.txt",
    "grep a /etc/app/nul.bin", "egrep 'a+' /etc/app/a.csv", "fgrep a /etc/app/a.csv", "grep -rs x /etc/app/loop", "zgrep a /etc/app/a.csv", "grep -z a /etc/app/nul.bin | tr '\\0' '|'", "grep -m1 x /etc/passwd", "grep -e root -e app /etc/passwd", "grep -x '' /etc/app/*.conf -c",
    "grep -r '^\\s*umask' /etc/profile.d /etc/login.defs", "grep -ri --exclude-dir=apache2 'port' /etc/ssh /etc/mysql"
  ],
  "listing" => [
    "ls -l /etc/app/a.json", "ls -la /srv/sticky | tail -n +4", "ls -ld /etc/app/a.json /root", "ls /etc/app/*.conf", "ls -lL /etc/app/absolute", "ls /nothing", "ls -n /etc/app/unowned", "ls -1 /etc/app | head -n -1", "ls -A /srv", "ls -l /dev/null", "ls -lR /srv", "ls -Z /etc/passwd",
    "stat -c '%a %U %G %n %F %s' /etc/app/[a-w]* 2>/dev/null", "stat -c %a /etc/shadow", "stat -L -c '%a %u' /etc/app/absolute", "stat /nothing", "stat -f -c %T /run", "stat --printf '%A\\n' /tmp", "readlink -f /etc/app/absolute", "readlink /srv/app", "realpath /srv/app/a.json",
    "dirname /a/b/c", "basename /a/b/c", "file /etc/passwd", "namei -l /etc/app/a.json", "getfacl /etc/passwd", "lsattr -d /run", "test -r /etc/shadow && echo yes || echo no", "[ -d /srv/app ]; echo $?", "du -b /etc/app/a.json",
    "cat /etc/app/a.json /etc/app/a.ini", "cat /etc/hosts /nothing", "cat /etc/app/latin1.txt", "cat /etc/app/empty", "head -n 2 /etc/passwd", "tail -1 /etc/group", "tac /etc/group", "nl /etc/hosts", "od -c /etc/app/nul.bin", "md5sum /etc/app/a.json", "sha256sum /etc/app/*.conf",
    "wc -l /etc/passwd /etc/group", "cmp /etc/passwd /etc/group", "diff /etc/app/crlf /etc/app/nonl", "strings /etc/app/nul.bin", "cksum < /etc/passwd"
  ],
  "text" => [
    "awk -F: '$3 >= 1000 {print $1}' /etc/passwd", "awk -F: '{ if ($3 == 0) print $1 }' /etc/passwd", "awk 'END{print NR}' /etc/group", "awk '/root/{print toupper($0)}' /etc/passwd", "awk -F: '{printf \"%-10s|%5d\\n\", $1, $3}' /etc/passwd",
    "cut -d: -f1,3 /etc/passwd", "cut -d: -f1 /etc/passwd | sort | uniq -c", "sed -n '/app/p' /etc/passwd", "sed 's/:.*//' /etc/passwd | tr '\\n' ','", "sed -E 's/(\\w+):/\\U\\1:/' /etc/group", "sort -t: -k3 -n -r /etc/passwd", "cut -d: -f3 /etc/passwd | sort -n | uniq -d",
    "tr a-z A-Z < /etc/hostname", "cat /etc/passwd | wc -l", "cat /etc/shadow | awk -F: '($2 != \"*\") {print $1}' | xargs", "echo a b c | xargs -n1 echo", "paste -sd, /etc/hostname", "join -t: /etc/hostname /etc/hostname", "column -t -s: /etc/group", "comm -12 /etc/hostname /etc/hostname",
    "printf '%s\\n' a b | sort -r | head -1", "seq 3 | paste -sd+", "date -u -d @0 +%F", "expr 1 + 2", "rev /etc/hostname", "fold -w 5 /etc/hostname", "awk -F: '{a[$4]++} END{for(g in a) print g, a[g]}' /etc/passwd | sort",
    "perl -e 'print 1+1'", "awk 'BEGIN{print length(\"ümlaut\")}'", "sort -u /etc/app/ww /etc/app/suid", "tee /dev/null < /etc/hostname", "xargs -a /etc/hostname echo", "awk 'BEGIN { print strftime(\"%Y\", 0, 1) }'"
  ],
  "shell" => [
    "for u in $(cut -d: -f1 /etc/passwd); do echo \"$u\"; done", "echo $0", "echo $HOME $APP_MODE", "echo one; echo two >&2; exit 3", "false && echo a || echo b", "true; false", "! false", "cd /etc && pwd", "sh -c 'echo $1 $0' a b", "bash -c 'echo ${BASH_VERSION%%.*} {1..3}'",
    "echo {1..3}", "[[ a == a ]] && echo bashism", "x=$(grep -c . /etc/hosts); echo $((x+1))", "nosuch", "nosuch | cat", "nosuch 2>/dev/null", "nosuch || echo fallback", "/nothing/x", "/etc/app/a.json", "/etc/app/kept.sh", "echo 'a\\tb'", "echo -e 'a\\tb'", "echo -n x", "printf 'a\\0b'",
    "umask", "ulimit -n >/dev/null; echo $?", "id", "id -u", "id app", "id -Gn app", "whoami", "groups app", "hostname", "uname -s", "uname -n", "env | grep ^APP", "set -o pipefail; echo $?", "cat <<E\nhere $HOME\nE\n", "while read -r l; do echo \"[$l]\"; done < /etc/hostname",
    "if [ -f /etc/passwd ]; then echo there; fi", "test -x /bin/sh; echo $?", "command -v grep", "which grep", "type grep", "which nosuch", "type nosuch", "command -v nosuch", "sleep 0 & wait; echo done", "trap 'echo bye' EXIT; exit 4", "kill -9 $$", "exit 300", "(exit 7)",
    "echo a > /dev/null", "echo err 1>&2", "ls /nothing 2>&1 | wc -l", "cat /dev/null", "cat < /nothing", "source /etc/hostname", "case x in x) echo matched;; esac", "echo *", "echo /etc/app/*.y?l", "echo ~app", "echo \"a  b\"", "local x=1", "function f { echo f; }; f",
    "eval 'echo ev'", "echo `hostname`", "ps -p 1 -o comm=", "ps -ef | grep -c '[h]old'", "pgrep -x sidescan-hold", "ss -tln | awk 'NR>1{print $4}' | sort", "ss -H -uln | awk '{print $4}'", "netstat -tln 2>&1 | tail -n +3 | awk '{print $4}' | sort", "cat /proc/1/comm", "cat /proc/1/cmdline | tr '\\0' ' '",
    "getent passwd app", "getent group team", "getent hosts db.example.org", "getent passwd nosuch", "getent shadow app", "getent services ssh", "mount | grep ' /run '", "findmnt -n -o OPTIONS /run", "df -P /run | tail -1", "df --output=target,fstype /run", "df -hT /run | awk 'NR==2{print $2}'", "cat /proc/self/mounts | grep ' /run '",
    "df --local -P | awk '{if (NR!=1) print $6}' | xargs -I '{}' find '{}' -xdev -maxdepth 1 -type d -perm -0002 2>/dev/null", "sysctl kernel.hostname", "sysctl -n kernel.hostname", "/sbin/sysctl kernel.hostname", "lsmod | head -1", "chage -l www-data", "passwd -S www-data", "dpkg -l bash | tail -1", "dpkg -s bash | grep Version", "dpkg-query -W -f='${Version}' bash", "dpkg -S /bin/bash", "lsb_release -is",
    "crontab -l", "openssl version", "ip -o -4 addr show lo | awk '{print $4}'", "ip link show lo | head -1", "lastlog -u app", "sudo -l", "systemctl is-enabled sshd", "service ssh status", "echo x > /tmp/y; cat /tmp/y", "touch /nothing/z; echo $?", "cat /etc/os-release | grep ^ID=", "grep ^Uid /proc/self/status", "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status", "grep Cap /proc/self/status", "readlink /proc/self/exe", "tty", "stty -a", "nproc >/dev/null; echo $?", "cat", "read x; echo \"[$x]\"",
    "echo $PATH", "echo $PWD", "echo ${#HOME} ${HOME%/*}", "echo $LANG $LC_ALL", "locale 2>&1 | head -1", "ls /etc/app | sort | head -3", "tar --version | head -1", "python3 -c 'print(1)'", "echo $((2**3))", "echo -e x", "echo a | read b; echo $b", "test a == a; echo $?", "printf '%q' 'a b'", "getent -s files passwd app", "logname", "who", "time true"
  ]
}

Ask.commands(self, texts)
