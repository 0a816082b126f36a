/*
 * Loaded by LD_PRELOAD: makes system calls of one process fail, write less, or see another time, as the control file says.
 * The harness changes that file while the process runs (it is mapped), and reads there how often each error was made.
 * Worker threads are covered, since every thread calls the same functions.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum error { SYNC_EIO, WRITE_ENOSPC, WRITE_SHORT, RENAME_EIO, TRUNCATE_EIO, WRITE_EIO, ERRORS };

/* The layout is also in shim.ts. Chances are of 10,000. */
struct control {
  int64_t clock_shift_ms;
  uint32_t chance[8];
  uint32_t made[8];
  uint32_t seed;
  uint32_t unused;
  char path_part[128]; /* only files whose path has this text */
};

static struct control none;
static struct control *control = &none;
static uint32_t random_state;

__attribute__((constructor)) static void open_control(void) {
  const char *path = getenv("FAULTS_CONTROL");
  int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (mapped == MAP_FAILED) return;
  control = mapped;
  random_state = control->seed;
}

static uint32_t next_random(void) {
  uint32_t x = __atomic_add_fetch(&random_state, 0x9e3779b9u, __ATOMIC_RELAXED);
  x = (x ^ (x >> 16)) * 0x85ebca6bu;
  x = (x ^ (x >> 13)) * 0xc2b2ae35u;
  return x ^ (x >> 16);
}

static int path_fits(const char *path) { return strstr(path, control->path_part) != NULL; }

static int file_fits(int file) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return path[0] == '/' && path_fits(path);
}

static int chosen(enum error error) {
  uint32_t chance = control->chance[error];
  return chance != 0 && next_random() % 10000 < chance;
}

static void count(enum error error) { __atomic_add_fetch(&control->made[error], 1, __ATOMIC_RELAXED); }

static int fails(enum error error, int file, int code) {
  if (!chosen(error) || !file_fits(file)) return 0;
  count(error);
  errno = code;
  return 1;
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int fsync(int file) {
  REAL(fsync);
  return fails(SYNC_EIO, file, EIO) ? -1 : real(file);
}

int fdatasync(int file) {
  REAL(fdatasync);
  return fails(SYNC_EIO, file, EIO) ? -1 : real(file);
}

static int write_fails(int file) { return fails(WRITE_ENOSPC, file, ENOSPC) || fails(WRITE_EIO, file, EIO); }

/* How many bytes to write instead of all: some, but fewer. */
static size_t shortened(int file, size_t size) {
  if (size < 2 || !chosen(WRITE_SHORT) || !file_fits(file)) return size;
  count(WRITE_SHORT);
  return 1 + next_random() % (size - 1);
}

ssize_t write(int file, const void *bytes, size_t size) {
  REAL(write);
  if (write_fails(file)) return -1;
  return real(file, bytes, shortened(file, size));
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) {
  REAL(pwrite);
  if (write_fails(file)) return -1;
  return real(file, bytes, shortened(file, size), at);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
  REAL(pwrite64);
  if (write_fails(file)) return -1;
  return real(file, bytes, shortened(file, size), at);
}

ssize_t writev(int file, const struct iovec *parts, int count_of_parts) {
  REAL(writev);
  if (write_fails(file)) return -1;
  return real(file, parts, count_of_parts);
}

ssize_t pwritev64(int file, const struct iovec *parts, int count_of_parts, off64_t at) {
  REAL(pwritev64);
  if (write_fails(file)) return -1;
  return real(file, parts, count_of_parts, at);
}

int ftruncate(int file, off_t length) {
  REAL(ftruncate);
  return fails(TRUNCATE_EIO, file, EIO) ? -1 : real(file, length);
}

int ftruncate64(int file, off64_t length) {
  REAL(ftruncate64);
  return fails(TRUNCATE_EIO, file, EIO) ? -1 : real(file, length);
}

int rename(const char *from, const char *to) {
  REAL(rename);
  if (chosen(RENAME_EIO) && path_fits(to)) {
    count(RENAME_EIO);
    errno = EIO;
    return -1;
  }
  return real(from, to);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  REAL(clock_gettime);
  int result = real(clock, now);
  int64_t shift = control->clock_shift_ms;
  if (result != 0 || shift == 0 || clock != CLOCK_REALTIME) return result;
  int64_t ns = (int64_t)now->tv_nsec + (shift % 1000) * 1000000;
  now->tv_sec += shift / 1000 + (ns < 0 ? -1 : ns / 1000000000);
  now->tv_nsec = ns < 0 ? ns + 1000000000 : ns % 1000000000;
  return 0;
}

int gettimeofday(struct timeval *now, void *zone) {
  struct timespec precise;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *into) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  if (into) *into = precise.tv_sec;
  return precise.tv_sec;
}
