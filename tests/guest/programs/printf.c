// Conversions of printf and scanf, and the string and memory functions around them.

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char** argv) {
  printf("argv[argc] %s\n", argv[argc] == NULL ? "null" : argv[argc]);
  printf("[%d] [%5d] [%-5d] [%05d] [%+d] [%x] [%#X] [%o] [%c] [%%]\n", -42, 42, 42, 42, 42, 48879,
         48879, 8, 'z');
  printf("[%" PRId64 "] [%" PRIu64 "] [%" PRIx64 "] [%hhd] [%hu]\n", INT64_MIN, UINT64_MAX,
         INT64_C(0x0123456789abcdef), (signed char)-1, (unsigned short)65535);
  printf("[%s] [%10s] [%-10s] [%.2s] [%*d]\n", "text", "right", "left", "cut", 6, 7);
  printf("[%f] [%.3f] [%10.2f] [%e] [%g] [%g] [%G]\n", 3.25, -2.5, 1234.5678, 12345.678, 0.0001,
         1e20, 1e-7);
  printf("[%f] [%f] [%g] [%g] [%.0f] [%.15g]\n", 0.1, 1e15, 100000.0, 1000000.0, 2.5,
         0.30000000000000004);

  int i = 0;
  unsigned hex = 0;
  double d = 0;
  char word[16] = "";
  const int fields = sscanf("  -17 ff 2.5e3 word tail", "%d %x %lf %15s", &i, &hex, &d, word);
  printf("%d fields: %d %u %g %s\n", fields, i, hex, d, word);
  char* end = NULL;
  printf("%ld %s\n", strtol("0x1fz", &end, 0), end);
  printf("%d %.9g %d\n", strtod("0.1", NULL) == 0.1, (double)strtof("16777217", NULL), atoi("12a"));
  printf("%d\n", snprintf(word, sizeof(word), "%s", "longer than the buffer"));
  puts(word);

  // Every alignment and length around the unrolled loops, overlapping both ways.
  unsigned char bytes[160];
  uint32_t sum = 0;
  for (int to = 0; to < 8; ++to) {
    for (int from = 0; from < 8; ++from) {
      for (int count = 0; count < 70; ++count) {
        for (int k = 0; k < 160; ++k) bytes[k] = (unsigned char)(k * 7 + 1);
        memmove(bytes + 40 + to, bytes + 40 + from, (size_t)count);
        memcpy(bytes + to, bytes + 112 - from, (size_t)(count % 33));
        memset(bytes + 120 + to, from, (size_t)(count % 32));
        for (int k = 0; k < 160; ++k) sum = sum * 31 + bytes[k];
        const int order = memcmp(bytes + to, bytes + 80 + from, (size_t)count);
        sum += (uint32_t)((order > 0) - (order < 0));
      }
    }
  }
  printf("memory %08" PRIx32 "\n", sum);

  char text[] = "one,two;;three";
  for (char* token = strtok(text, ",;"); token != NULL; token = strtok(NULL, ",;")) {
    printf("<%s %d>", token, (int)strlen(token));
  }
  printf(" %s %s\n", strstr("haystack", "st"), strrchr("a/b/c", '/'));
}
