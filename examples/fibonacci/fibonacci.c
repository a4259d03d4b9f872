// Reads n from standard input and publishes the n-th Fibonacci number modulo 2^32.

#include <stdint.h>
#include <stdio.h>

int main(void) {
  unsigned long n;
  if (scanf("%lu", &n) != 1) {
    fprintf(stderr, "expected a number on standard input\n");
    return 1;
  }
  uint32_t a = 0;
  uint32_t b = 1;
  for (unsigned long i = 0; i < n; ++i) {
    const uint32_t next = a + b;
    a = b;
    b = next;
  }
  printf("fibonacci(%lu) = %lu mod 2^32\n", n, (unsigned long)a);
  return 0;
}
