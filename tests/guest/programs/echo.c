// Copies standard input to standard output. Its first byte says how: with which calls, in pieces
// of which sizes, to addresses of which alignment.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buffer[1 << 16];

int main(void) {
  setvbuf(stdin, NULL, _IONBF, 0);  // natively, so that read() finds everything after the mode
  const int mode = getchar();
  switch (mode) {
    case 'c':  // by characters, each pushed back once
      for (int c; (c = getchar()) != EOF;) {
        ungetc(c, stdin);
        putchar(getchar());
      }
      break;
    case 'f':  // fread of growing, odd sizes to odd addresses
      for (size_t size = 1;; size = size * 3 + 1) {
        if (size > 60000) size = 1;
        const size_t count = fread(buffer + size % 7, 1, size, stdin);
        fwrite(buffer + size % 7, 1, count, stdout);
        if (count < size) break;
      }
      break;
    case 'w':  // fread of words after one pushed back byte
      ungetc(getchar(), stdin);
      for (size_t count; (count = fread(buffer, 4, 9000, stdin)) != 0;) {
        fwrite(buffer, 4, count, stdout);
      }
      break;
    case 'r':  // the system calls
      for (ssize_t count; (count = read(0, buffer, 7001)) > 0;) {
        if (write(1, buffer, (size_t)count) != count) return 1;
      }
      break;
    case 'l': {  // lines
      char* line = NULL;
      size_t capacity = 0;
      for (ssize_t length; (length = getline(&line, &capacity, stdin)) >= 0;) {
        printf("%d:", (int)length);
        fwrite(line, 1, (size_t)length, stdout);
      }
      free(line);
      break;
    }
    case 'g':  // fgets into a short buffer
      while (fgets(buffer, 50, stdin) != NULL) {
        fputs(buffer, stdout);
        putchar('|');
      }
      break;
    default:
      break;
  }
  printf("\neof %d error %d\n", feof(stdin) != 0, ferror(stdin) != 0);
  return mode == EOF ? 3 : 0;
}
