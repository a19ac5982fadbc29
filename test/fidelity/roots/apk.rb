# frozen_string_literal: true

require "fileutils"
require_relative "busybox"
require_relative "rpm"

module Fidelity
  # An apk-based root: the database as apk writes it, busybox for everything that Alpine has from busybox, and Debian's
  # programs for the rest of what an auditor asks for (Alpine packages them too). There is no apk in Debian: what stands for
  # the truth about packages is in recorded.rb.
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

      C:Q1tzdatasum0000000000000000=
      P:tzdata
      V:2024a-r1
      A:noarch
      T:Timezone data - with a dash
      L:Public-Domain
      o:tzdata

    TEXT
    # Of busybox's programs, those that stay Debian's: Alpine has them from other packages, or InSpec asks in a way that busybox
    # does not know.
    KEPT = %w[getent ss ip chage su lastb lsattr unshare nsenter dpkg rpm apt lsmod modinfo modprobe node npm ruby gem pip].freeze

    module_function

    def convert(root)
      Rpm.remove_dpkg(root)
      FileUtils.rm_rf(["#{root}/usr/bin/bash", "#{root}/usr/bin/dash"])
      FileUtils.mkdir_p("#{root}/lib/apk/db")
      File.write("#{root}/lib/apk/db/installed", INSTALLED)
      File.write("#{root}/lib/apk/db/scripts.tar", "")
      FileUtils.mkdir_p("#{root}/etc/apk")
      File.write("#{root}/etc/apk/world", "alpine-baselayout\nbusybox\nmusl\ntzdata\n")
      Busybox.link(root, keep: KEPT)
      FileUtils.rm_f("#{root}/linuxrc")
    end
  end
end
