# frozen_string_literal: true

# Where an answer may differ from the auditor's own inside: [form, expression, reason].
module Exceptions
  ANY = //
  STRIPPED = /stripped/
  LIST = [
    [ANY, %r{^file\("/(etc/app/(absolute|relative|dangling|loop)|nothing|etc/passwd/x|bin)?"\)\.(type|size|\w*link_path|basename|path|immutable\?)$},
     "links and missing files as Train's remote transports say them; its local one says them differently"],
    [ANY, %r{^file\("/etc/app/unowned"\)\.(owner|group)$}, "an id without a name is UNKNOWN, as stat and Train's remote transports say"],
    [ANY, %r{^file\("/dev/null"\)}, "a device is never read"],
    [ANY, /NoNewPrivs/, "a command can gain no rights, and is filtered"],
    [ANY, /^kernel_module/, "from modprobe.d itself: this root has no modprobe to ask"],
    [ANY, /^crontab/, "from the spool itself: this root has no crontab to ask"],
    [STRIPPED, %r{^command\(|test -x /bin/sh}, "asks for a program that was removed"],
    [STRIPPED, %r{-perm -4000|-perm /6000}, "lists programs that were removed"],
    [STRIPPED, /getfacl|zgrep|column|python3|which |type |command -v/, "asks for a program: one is supplied which this root has not, or was removed"],
    [STRIPPED, %r{\{1\.\.3\}|\[\[|\\t|pipefail|< /nothing|^function|2\*\*3|a == a|%q|local x|source|^echo -e|^time },
     "dash is gone: the supplied shell is bash"],
    [STRIPPED, %r{\$PATH|self/exe}, "shows where the supplied programs are"],
    [STRIPPED, /-> stderr/, "a shell or tool of another make words its errors differently"]
  ].freeze
end
