// One 3x3 convolution of 16 channels of 16x16 pixels into 16, with ReLU, as plain code; `rounds`
// times.
#include "zkvm/guest.h"

enum { kChannels = 16, kSide = 16 };

static int8_t image[2][kChannels][kSide + 2][kSide + 2];  // with a border of zeros
static int16_t w[kChannels][kChannels][3][3];

int main(void) {
  uint32_t rounds = 1;
  zkvm_read_input(&rounds, sizeof rounds);
  uint32_t state = 1;
  for (int c = 0; c < kChannels; ++c) {
    for (int y = 1; y <= kSide; ++y) {
      for (int x = 1; x <= kSide; ++x) {
        state = state * 1664525 + 1013904223;
        image[0][c][y][x] = (int8_t)(state >> 24);
      }
    }
  }
  int16_t* weights = &w[0][0][0][0];
  for (int i = 0; i < kChannels * kChannels * 9; ++i) {
    state = state * 1664525 + 1013904223;
    weights[i] = (int16_t)((int32_t)state >> 20);
  }
  for (uint32_t round = 0; round < rounds; ++round) {
    for (int o = 0; o < kChannels; ++o) {
      for (int y = 0; y < kSide; ++y) {
        for (int x = 0; x < kSide; ++x) {
          int32_t sum = 1 << 13;
          for (int c = 0; c < kChannels; ++c) {
            for (int r = 0; r < 3; ++r) {
              for (int s = 0; s < 3; ++s) {
                sum += image[round & 1][c][y + r][x + s] * w[o][c][r][s];
              }
            }
          }
          sum >>= 14;
          image[~round & 1][o][y + 1][x + 1] = (int8_t)(sum < 0 ? 0 : sum > 127 ? 127 : sum);
        }
      }
    }
  }
  zkvm_write_journal(image, sizeof image);
  return 0;
}
