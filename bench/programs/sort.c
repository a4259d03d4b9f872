// qsort of random numbers, in arrays of at most 4096.
#include <stdlib.h>

#include "zkvm/guest.h"

static int Compare(const void* a, const void* b) {
  const uint32_t x = *(const uint32_t*)a;
  const uint32_t y = *(const uint32_t*)b;
  return (x > y) - (x < y);
}

int main(void) {
  enum { kSize = 4096 };
  static uint32_t numbers[kSize];
  uint32_t left = 0;
  zkvm_read_input(&left, sizeof left);
  uint32_t seed = 1;
  uint32_t sum = 0;
  while (left > 0) {
    const uint32_t count = left < kSize ? left : kSize;
    for (uint32_t i = 0; i < count; ++i) {
      seed ^= seed << 13;
      seed ^= seed >> 17;
      seed ^= seed << 5;
      numbers[i] = seed;
    }
    qsort(numbers, count, sizeof numbers[0], Compare);
    sum += numbers[count / 2];
    left -= count;
  }
  zkvm_write_journal(&sum, sizeof sum);
  return 0;
}
