// What a guest does not have: files, clocks, processes. Each call fails as the C and POSIX
// libraries say it may, so that programs which check for errors behave.

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <unistd.h>

#include "guest-sdk/runtime/output.h"

namespace {

int Fail(int error) {
  errno = error;
  return -1;
}

}  // namespace

extern "C" {

int open(const char*, int, ...) { return Fail(ENOENT); }
int close(int fd) { return fd >= 0 && fd <= 2 ? 0 : Fail(EBADF); }
off_t lseek(int, off_t, int) { return Fail(ESPIPE); }
int fstat(int, struct stat*) { return Fail(EBADF); }
int stat(const char*, struct stat*) { return Fail(ENOENT); }
int isatty(int) {
  errno = ENOTTY;
  return 0;
}
int unlink(const char*) { return Fail(ENOENT); }
int rename(const char*, const char*) { return Fail(ENOENT); }
int gettimeofday(struct timeval*, void*) { return Fail(ENOSYS); }
clock_t times(struct tms*) { return static_cast<clock_t>(Fail(ENOSYS)); }
int getentropy(void*, size_t) { return Fail(ENOSYS); }
pid_t getpid() { return 1; }
int kill(pid_t, int signal) { zkvm::guest::Finish(128 + signal); }
}
