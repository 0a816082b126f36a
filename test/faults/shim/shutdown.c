/* Shuts a file system down without writing what it holds in memory: what a power cut does (EXT4_IOC_SHUTDOWN, NOLOGFLUSH). */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define EXT4_IOC_SHUTDOWN _IOR('X', 125, uint32_t)
#define NOLOGFLUSH 2

int main(int count, char **arguments) {
  uint32_t flags = NOLOGFLUSH;
  int folder = count == 2 ? open(arguments[1], O_RDONLY) : -1;
  if (folder < 0 || ioctl(folder, EXT4_IOC_SHUTDOWN, &flags) != 0) {
    perror("shutdown");
    return 1;
  }
  return 0;
}
