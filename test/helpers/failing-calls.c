// Makes system calls of a process fail, for tests: loaded by LD_PRELOAD, told by the file that FAULTS names. Each line of the
// file is `<fsync|write|read> <end of the path> <errno>`; it is read anew at each call.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int fault(const char *call, int fd) {
  const char *control = getenv("FAULTS");
  if (!control) return 0;
  int file = syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[4096];
  ssize_t length = syscall(SYS_read, file, text, sizeof text - 1);
  syscall(SYS_close, file);
  if (length <= 0) return 0;
  text[length] = 0;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return 0;
  path[n] = 0;
  char *save, *line;
  for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
    char name[32], suffix[256];
    int number;
    if (sscanf(line, "%31s %255s %d", name, suffix, &number) != 3) continue;
    size_t want = strlen(suffix), have = strlen(path);
    if (strcmp(name, call) == 0 && have >= want && strcmp(path + have - want, suffix) == 0) return number;
  }
  return 0;
}
#define FAIL(call, fd) do { int e = fault(call, fd); if (e) { errno = e; return -1; } } while (0)
int fsync(int fd) { FAIL("fsync", fd); return syscall(SYS_fsync, fd); }
int fdatasync(int fd) { FAIL("fsync", fd); return syscall(SYS_fdatasync, fd); }
ssize_t write(int fd, const void *b, size_t n) { FAIL("write", fd); return syscall(SYS_write, fd, b, n); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { FAIL("write", fd); return syscall(SYS_pwrite64, fd, b, n, o); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { FAIL("write", fd); return syscall(SYS_pwrite64, fd, b, n, o); }
ssize_t pread64(int fd, void *b, size_t n, off64_t o) { FAIL("read", fd); return syscall(SYS_pread64, fd, b, n, o); }
