# frozen_string_literal: true

require "fileutils"
require_relative "rpm"

module Fidelity
  # An apk-based root: the database as apk writes it. The programs stay Debian's, so that an auditor inside has all that it asks for, as on an
  # Alpine with GNU tools. Debian's busybox cannot stand in as the shell: it runs its own applets before any program in PATH.
  module Apk
    # As apk 2.14 writes /lib/apk/db/installed: one letter a field, an empty line between packages; files follow.
    INSTALLED = <<~TEXT
      C:Q1nYJxnSqMdZCh8JxG9G8bTW7Hl1Y=
      P:alpine-baselayout
      V:3.6.5-r0
      A:x86_64
      S:8515
      I:315392
      T:Alpine base dir structure and init scripts
      U:https://git.alpinelinux.org/cgit/aports/tree/main/alpine-baselayout
      L:GPL-2.0-only
      o:alpine-baselayout
      m:Natanael Copa <ncopa@alpinelinux.org>
      t:1714981135
      c:66187892e05b03a41d08e9acabd19b7576a1c875
      D:alpine-baselayout-data=3.6.5-r0 /bin/sh
      q:1000
      F:dev
      F:etc
      R:motd
      Z:Q1SLkS9hBidUbPwwrw+XR0Whv3ww8=

      C:Q1busyboxsum00000000000000000=
      P:busybox
      V:1.36.1-r29
      A:x86_64
      S:509600
      I:962560
      T:Size optimized toolbox of many common UNIX utilities
      L:GPL-2.0-only
      o:busybox
      D:so:libc.musl-x86_64.so.1
      F:bin
      R:busybox
      a:0:0:755

      C:Q1busyboxbinsh00000000000000=
      P:busybox-binsh
      V:1.36.1-r29
      A:x86_64
      T:busybox ash /bin/sh
      L:GPL-2.0-only
      o:busybox
      D:busybox=1.36.1-r29

      C:Q1gMz5BhFhJmzHyVBdPuXi6yQYzYs=
      P:musl
      V:1.2.5-r0
      A:x86_64
      S:407022
      I:667648
      T:the musl c library (libc) implementation
      U:https://musl.libc.org/
      L:MIT
      o:musl
      m:Timo Teräs <timo.teras@iki.fi>
      t:1709301346
      c:e42f8e4a4e4d9f2a1c
      p:so:libc.musl-x86_64.so.1=1
      F:lib
      R:ld-musl-x86_64.so.1
      a:0:0:755
      Z:Q1jxsd0KXMrGRpTDTm0jYyP3sJPYo=

      C:Q1tzdatasum0000000000000000=
      P:tzdata
      V:2024a-r1
      A:noarch
      T:Timezone data - with a dash
      L:Public-Domain
      o:tzdata

    TEXT
    # What apk 2.14 prints of that database: `apk info -vv --no-network` and `apk list --no-network --installed`.
    INFO = <<~TEXT
      alpine-baselayout-3.6.5-r0 - Alpine base dir structure and init scripts
      busybox-1.36.1-r29 - Size optimized toolbox of many common UNIX utilities
      busybox-binsh-1.36.1-r29 - busybox ash /bin/sh
      musl-1.2.5-r0 - the musl c library (libc) implementation
      tzdata-2024a-r1 - Timezone data - with a dash
    TEXT
    LIST = <<~TEXT
      alpine-baselayout-3.6.5-r0 x86_64 {alpine-baselayout} (GPL-2.0-only) [installed]
      busybox-1.36.1-r29 x86_64 {busybox} (GPL-2.0-only) [installed]
      busybox-binsh-1.36.1-r29 x86_64 {busybox} (GPL-2.0-only) [installed]
      musl-1.2.5-r0 x86_64 {musl} (MIT) [installed]
      tzdata-2024a-r1 noarch {tzdata} (Public-Domain) [installed]
    TEXT
    # Stands for apk in the full root. Debian has none: what it says is recorded, from the sources of apk.
    RECORDED = <<~TEXT
      #!/bin/sh
      case "$1" in
        info) cat <<'E'
      #{INFO}E
        ;;
        list) cat <<'E'
      #{LIST}E
        ;;
        *) echo "not recorded: $*" >&2; exit 1 ;;
      esac
    TEXT

    module_function

    def convert(root)
      Rpm.remove_dpkg(root)
      FileUtils.mkdir_p("#{root}/lib/apk/db")
      File.write("#{root}/lib/apk/db/installed", INSTALLED)
      File.write("#{root}/lib/apk/db/scripts.tar", "")
      FileUtils.mkdir_p("#{root}/etc/apk")
      File.write("#{root}/etc/apk/world", "alpine-baselayout\nbusybox\nmusl\ntzdata\n")
      File.write("#{root}/usr/sbin/apk", RECORDED)
      File.chmod(0o755, "#{root}/usr/sbin/apk")
    end
  end
end
