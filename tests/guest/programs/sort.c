// qsort and bsearch.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int Compare(const void* a, const void* b) {
  const int32_t x = *(const int32_t*)a;
  const int32_t y = *(const int32_t*)b;
  return (x > y) - (x < y);
}

int main(void) {
  static int32_t values[3000];
  uint32_t state = 1;
  for (int i = 0; i < 3000; ++i) {
    state = state * 1103515245 + 12345;
    values[i] = (int32_t)state >> 12;
  }
  const int32_t key = values[1234];
  qsort(values, 3000, sizeof(values[0]), Compare);
  for (int i = 0; i < 3000; i += 250) printf("%d ", (int)values[i]);
  const int32_t* found = bsearch(&key, values, 3000, sizeof(values[0]), Compare);
  printf("\nfound %d\n", found != NULL && *found == key);
}
