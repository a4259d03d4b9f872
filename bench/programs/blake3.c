// Compressions of BLAKE3 in plain instructions, one after the other.
#include "zkvm/guest.h"

static const uint8_t kSchedule[7][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                         {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8},
                                         {3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1},
                                         {10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6},
                                         {12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4},
                                         {9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7},
                                         {11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13}};

static uint32_t Rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

static inline void G(uint32_t v[16], int a, int b, int c, int d, uint32_t x, uint32_t y) {
  v[a] += v[b] + x;
  v[d] = Rotate(v[d] ^ v[a], 16);
  v[c] += v[d];
  v[b] = Rotate(v[b] ^ v[c], 12);
  v[a] += v[b] + y;
  v[d] = Rotate(v[d] ^ v[a], 8);
  v[c] += v[d];
  v[b] = Rotate(v[b] ^ v[c], 7);
}

static void Compress(uint32_t state[12], const uint32_t m[16]) {
  uint32_t v[16] = {state[0], state[1], state[2],   state[3],   state[4],   state[5],
                    state[6], state[7], 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                    state[8], state[9], state[10],  state[11]};
#pragma clang loop unroll(full)
  for (int r = 0; r < 7; ++r) {
    const uint8_t* s = kSchedule[r];
    G(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
    G(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
    G(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
    G(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
    G(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
    G(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
    G(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
    G(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
  }
  for (int i = 0; i < 8; ++i) state[i] = v[i] ^ v[i + 8];
}

int main(void) {
  uint32_t blocks = 0;
  zkvm_read_input(&blocks, sizeof blocks);
  uint32_t state[12] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                        0x1f83d9ab, 0x5be0cd19, 0,          0,          64,         0};
  uint32_t block[16] = {0};
  for (uint32_t i = 0; i < blocks; ++i) {
    block[0] = i;
    Compress(state, block);
  }
  zkvm_write_journal(state, 32);
  return 0;
}
