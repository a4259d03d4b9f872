// One dense layer of 256 inputs and 256 outputs with ReLU, as plain code; `rounds` times.
#include <stdint.h>

#include "zkvm/guest.h"

enum { kInputs = 256, kOutputs = 256 };

static int8_t x[kInputs];
static int16_t w[kOutputs][kInputs];
static int8_t y[kOutputs];

int main(void) {
  uint32_t rounds = 1;
  zkvm_read_input(&rounds, sizeof rounds);
  uint32_t state = 1;
  for (int i = 0; i < kInputs; ++i) x[i] = (int8_t)(state = state * 1664525 + 1013904223);
  for (int o = 0; o < kOutputs; ++o) {
    for (int i = 0; i < kInputs; ++i) {
      w[o][i] = (int16_t)((int32_t)(state = state * 1664525 + 1013904223) >> 20);
    }
  }
  for (uint32_t round = 0; round < rounds; ++round) {
    for (int o = 0; o < kOutputs; ++o) {
      int32_t sum = 0;
      for (int i = 0; i < kInputs; ++i) sum += x[i] * w[o][i];
      sum = (sum + (1 << 13)) >> 14;
      y[o] = (int8_t)(sum < 0 ? 0 : sum > 127 ? 127 : sum);
    }
    for (int i = 0; i < kInputs; ++i) x[i] = y[i];
  }
  zkvm_write_journal(y, sizeof y);
  return 0;
}
