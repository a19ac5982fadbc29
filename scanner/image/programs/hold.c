/*
 * Waits until it is asked to end: the main process of a container whose image has nothing to run.
 *
 *     hold [words...]        the words are only there to be seen in the list of processes
 *     hold --copy-to DIR     puts a copy of itself there, as DIR/hold, and ends
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static void end(int signal) {
  (void)signal;
  _exit(0);
}

static int fail(const char *what) {
  dprintf(2, "hold: %s: %s\n", what, strerror(errno));
  return 1;
}

/* Aside first: whoever finds the name may run it. */
static int copy_to(const char *directory) {
  struct stat self;
  int to = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (to < 0) return fail(directory);
  if (from < 0 || fstat(from, &self) < 0) return fail("/proc/self/exe");
  int copy = openat(to, ".hold.new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0555);
  if (copy < 0) return fail("cannot write there");
  for (off_t left = self.st_size; left > 0;) {
    ssize_t sent = sendfile(copy, from, NULL, left);
    if (sent <= 0) return fail("cannot write there");
    left -= sent;
  }
  if (fchmod(copy, 0555) < 0 || close(copy) < 0 || renameat(to, ".hold.new", to, "hold") < 0) return fail("cannot write there");
  return 0;
}

int main(int count, char **words) {
  if (count == 3 && strcmp(words[1], "--copy-to") == 0) return copy_to(words[2]);
  /* As the first process of a container it would get no signal that it has no handler for. */
  struct sigaction action = {.sa_handler = end};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  for (;;) pause();
}
