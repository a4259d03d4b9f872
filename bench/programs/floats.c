// Bodies under gravity in single precision and their energy in double: soft-float code.
#include <math.h>

#include "zkvm/guest.h"

enum { kBodies = 4 };

int main(void) {
  uint32_t steps = 0;
  zkvm_read_input(&steps, sizeof steps);
  float x[kBodies], y[kBodies], vx[kBodies], vy[kBodies];
  for (int i = 0; i < kBodies; ++i) {
    x[i] = (float)(i * i) - 3.5f;
    y[i] = 2.0f - (float)i;
    vx[i] = 0.1f * (float)i;
    vy[i] = 0.0f;
  }
  for (uint32_t step = 0; step < steps; ++step) {
    for (int i = 0; i < kBodies; ++i) {
      for (int j = 0; j < kBodies; ++j) {
        if (i == j) continue;
        const float dx = x[j] - x[i];
        const float dy = y[j] - y[i];
        const float square = dx * dx + dy * dy + 0.01f;
        const float scale = 0.001f / (square * sqrtf(square));
        vx[i] += dx * scale;
        vy[i] += dy * scale;
      }
    }
    for (int i = 0; i < kBodies; ++i) {
      x[i] += vx[i] * 0.01f;
      y[i] += vy[i] * 0.01f;
    }
  }
  double energy = 0;
  for (int i = 0; i < kBodies; ++i) {
    energy += 0.5 * ((double)vx[i] * vx[i] + (double)vy[i] * vy[i]);
  }
  zkvm_write_journal(&energy, sizeof energy);
  return 0;
}
