// Ends in the way that the first byte of standard input names.

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void Last(void) { printf("last\n"); }
static void First(void) { printf("first\n"); }

// Frames of 64 KiB, so that the end of memory is not far.
static volatile int stop;
static int Recurse(const volatile char* outer) {
  volatile char frame[65536];
  if (stop) return 0;
  frame[0] = (char)(*outer + 1);
  return Recurse(frame) + frame[0];
}

static void* volatile block;

int main(void) {
  const int ending = getchar();
  printf("before\n");
  fprintf(stderr, "to stderr %d\n", 1);
  atexit(Last);
  atexit(First);
  switch (ending) {
    case 'r':
      return 7;
    case 'e':
      exit(200);
    case 'q':
      _exit(9);
    case 'a':
      abort();
    case 's':
      raise(SIGTERM);
      return 0;
    case 'A':
      assert(ending == 'x' && "the reason");
      return 0;
    case 'n':
      return *(volatile int*)(intptr_t)(ending - 'n');
    case 'u':
      return *(volatile int*)(intptr_t)(ending - 'u' + 0x20000002);
    case 'j':
      ((void (*)(void))(0x20000000))();
      return 0;
    case 'S':
      return Recurse("a");
    case 'o': {  // the heap ends without an accident
      size_t total = 0;
      while ((block = malloc(1 << 24)) != NULL) total += 1 << 24;
      printf("%s, more than 512 MiB: %d\n", strerror(errno), total > (512u << 20));
      return 0;
    }
    case 'J':  // more output than a journal holds
      for (;;) puts("0123456789012345678901234567890123456789");
    case 'f':  // what a guest does not have
      printf("fopen %d\n", fopen("/etc/passwd", "r") != NULL);
      printf("time %d\n", time(NULL) == (time_t)-1);
      printf("clock %d\n", clock() == (clock_t)-1);
      printf("getenv %d\n", getenv("PATH") != NULL);
      printf("fseek %d\n", fseek(stdin, 0, SEEK_END) == 0);
      printf("lseek %d\n", lseek(0, 0, SEEK_SET) == 0);
      return 0;
    default:
      return 1;
  }
}
