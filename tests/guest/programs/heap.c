// Random malloc, calloc, realloc and free; every block keeps its bytes, its alignment and its
// zeros.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kSlots = 97 };

static uint32_t state = 12345;
static uint32_t Random(uint32_t limit) {
  state = state * 1664525 + 1013904223;
  return (state >> 8) % limit;
}

static unsigned char* blocks[kSlots];
static uint32_t sizes[kSlots];

static void Fill(int slot) { memset(blocks[slot], slot + 1, sizes[slot]); }

static void Check(int slot) {
  for (uint32_t i = 0; i < sizes[slot]; ++i) {
    if (blocks[slot][i] != slot + 1) {
      printf("block %d is damaged at %u\n", slot, (unsigned)i);
      exit(1);
    }
  }
  if ((uintptr_t)blocks[slot] % 16 != 0) {
    printf("block %d is not aligned\n", slot);
    exit(1);
  }
}

int main(void) {
  for (int round = 0; round < 4000; ++round) {
    const int slot = (int)Random(kSlots);
    const uint32_t size = Random(10) == 0 ? Random(5000) : Random(100);
    if (blocks[slot] != NULL) Check(slot);
    switch (Random(4)) {
      case 0:
        free(blocks[slot]);
        blocks[slot] = malloc(size + 1);
        break;
      case 1:
        free(blocks[slot]);
        blocks[slot] = calloc(size + 1, 1);
        for (uint32_t i = 0; i <= size; ++i) {
          if (blocks[slot][i] != 0) {
            printf("calloc is not zero\n");
            return 1;
          }
        }
        break;
      case 2: {
        const uint32_t kept = blocks[slot] == NULL ? 0 : sizes[slot] < size ? sizes[slot] : size;
        blocks[slot] = realloc(blocks[slot], size + 1);
        for (uint32_t i = 0; i < kept; ++i) {
          if (blocks[slot][i] != slot + 1) {
            printf("realloc lost a byte\n");
            return 1;
          }
        }
        break;
      }
      default:
        free(blocks[slot]);
        blocks[slot] = aligned_alloc(256, 256 * (size / 256 + 1));
        if ((uintptr_t)blocks[slot] % 256 != 0) {
          printf("aligned_alloc is not aligned\n");
          return 1;
        }
        break;
    }
    sizes[slot] = size + 1;
    Fill(slot);
  }
  for (int slot = 0; slot < kSlots; ++slot) {
    if (blocks[slot] != NULL) Check(slot);
    free(blocks[slot]);
  }
  printf("heap ok %u\n", (unsigned)state);
}
