# frozen_string_literal: true

# The packages and what is taken from each: program names, or :all of them.
module Selection
  DESCRIPTOR = 197
  MOUNTINFO_DESCRIPTOR = 198

  PACKAGES = {
    "bash" => %w[bash],
    "dash" => %w[dash],
    "coreutils" => :all,
    "findutils" => %w[find xargs],
    "grep" => %w[grep],
    "sed" => %w[sed],
    "gawk" => %w[gawk],
    "diffutils" => %w[diff cmp],
    "hostname" => %w[hostname],
    "procps" => %w[ps pgrep pkill pidof sysctl free uptime vmstat w pmap pwdx top],
    "sysvinit-utils" => %w[pidof],
    "iproute2" => %w[ss ip],
    "libc-bin" => %w[getent getconf locale],
    "mount" => %w[mount umount swapon],
    "util-linux" => %w[findmnt lsblk lscpu lsns lsipc lslogins mountpoint getopt dmesg last namei blkid prlimit more
                       setsid],
    "bsdextrautils" => %w[column hexdump look],
    "bsdutils" => %w[logger renice],
    "e2fsprogs" => %w[lsattr],
    "libcap2-bin" => %w[getcap capsh getpcaps],
    "acl" => %w[getfacl],
    "gzip" => %w[gzip],
    "login" => %w[lastlog]
  }.freeze

  # Names that another copied program answers to.
  ALIASES = { "awk" => "gawk", "sh" => "bash", "lastb" => "last" }.freeze

  # The names in a directory of their own, `debian`, which comes before the others in a target of Debian's kin.
  DEBIAN_ALIASES = { "sh" => "dash" }.freeze

  # Debian's are scripts for /bin/sh, which a target may lack, and which may be another shell. `which` looks in the
  # target's own PATH only, as a question about the target.
  PLACE = "/proc/self/fd/#{DESCRIPTOR}".freeze
  SHEBANG = "#!#{PLACE}/bin/bash\n".freeze
  SCRIPTS = {
    "egrep" => "exec grep -E \"$@\"\n",
    "fgrep" => "exec grep -F \"$@\"\n",
    "gunzip" => "exec gzip -d \"$@\"\n",
    "zcat" => "exec gzip -cd \"$@\"\n",
    "zgrep" => <<~SCRIPT,
      options=() files=() pattern=
      while (($#)); do
        case $1 in
          --) shift; break ;;
          -e | -f) options+=("$1" "$2"); pattern=given; shift ;;
          -?*) options+=("$1") ;;
          *) if [[ $pattern ]]; then files+=("$1"); else options+=(-e "$1"); pattern=given; fi ;;
        esac
        shift
      done
      files+=("$@")
      ((${#files[@]})) || exec grep "${options[@]}" < <(gzip -cdf)
      ((${#files[@]} > 1)) && name=-H || name=-h
      status=1
      for file in "${files[@]}"; do
        gzip -cdf -- "$file" | grep "$name" --label="$file" "${options[@]}"
        case ${PIPESTATUS[*]} in "0 0" | "2 0") ((status == 1)) && status=0 ;; "0 1" | "2 1") ;; *) status=2 ;; esac
      done
      exit "$status"
    SCRIPT
    "which" => <<~SCRIPT
      PATH=${PATH%:#{PLACE}/bin}
      PATH=${PATH%:#{PLACE}/debian}
      all= status=0
      [ "$1" = -a ] && all=1 && shift
      [ $# -gt 0 ] || exit 1
      for name; do
        found=
        case $name in
          */*) [ -f "$name" ] && [ -x "$name" ] && found=1 && printf '%s\\n' "$name" ;;
          *) IFS=:
             for directory in $PATH; do
               file=${directory:-.}/$name
               [ -f "$file" ] && [ -x "$file" ] || continue
               found=1
               printf '%s\\n' "$file"
               [ "$all" ] || break
             done ;;
        esac
        [ "$found" ] || status=1
      done
      exit "$status"
    SCRIPT
  }.freeze
end
