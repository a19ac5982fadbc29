/*
 * Starts the agent so that no other process can look into it from the first instruction of its Ruby on.
 *
 * The kernel closes a process (PR_SET_DUMPABLE 0: no reading of its memory, descriptors or root, no tracing, not even by
 * the same user) when whoever executes its program may not read that file. Ruby in the image is 0111 for that. A scanner that
 * starts as root with DAC_OVERRIDE could read it all the same, so the two rights that allow it leave the effective set
 * before the exec, which gives root its permitted ones back; the process stays closed. Scanners without them just pass
 * through here. An exec decides anew, so whatever the agent starts needs the same: TrainProcroot::Privileges.unreadable.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RUBY
#define RUBY "/usr/bin/ruby3.1"
#endif
#ifndef AGENT
#define AGENT "/opt/sidescan/agent/bin/sidescan-agent"
#endif

static void lower_rights(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
  if (syscall(SYS_capget, &header, sets) != 0) return;
  sets[0].effective &= ~(1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH);
  syscall(SYS_capset, &header, sets);
}

int main(int count, char **arguments) {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  lower_rights();
  char **command = calloc(count + 2, sizeof *command);
  if (!command) return 1;
  command[0] = RUBY;
  command[1] = AGENT;
  for (int i = 1; i < count; i++) command[i + 1] = arguments[i];
  execv(RUBY, command);
  dprintf(2, "sidescan: %s cannot be started: %s\n", RUBY, strerror(errno));
  return 127;
}
