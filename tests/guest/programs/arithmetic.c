// 64-bit integers and soft floats against the machine that compiled the reference. Bits are
// printed, with one NaN for all: its payload is not specified.

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint64_t state = 88172645463325252u;
static uint64_t Random(void) {
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

static uint64_t hash = 14695981039346656037u;
static void Mix(uint64_t value) {
  for (int i = 0; i < 8; ++i) hash = (hash ^ (value >> 8 * i & 255)) * 1099511628211u;
}
static void MixDouble(double value) {
  uint64_t bits = 0x7ff8000000000000u;
  if (value == value) memcpy(&bits, &value, sizeof(bits));
  Mix(bits);
}
static void MixFloat(float value) {
  uint32_t bits = 0x7fc00000u;
  if (value == value) memcpy(&bits, &value, sizeof(bits));
  Mix(bits);
}

static double RandomDouble(void) {
  // Exponents close together, so that sums and differences are not trivial; now and then anything.
  uint64_t bits = Random();
  if (Random() % 16 != 0) bits = (bits & 0x800fffffffffffffu) | (1000 + Random() % 50) << 52;
  double value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

int main(void) {
  for (int i = 0; i < 2000; ++i) {
    const uint64_t a = Random() >> Random() % 64;
    const uint64_t b = (Random() >> Random() % 64) | 1;
    const int64_t s = (int64_t)a;
    const int64_t t = (int64_t)b;
    Mix(a * b);
    Mix(a / b);
    Mix(a % b);
    if (!(s == INT64_MIN && t == -1)) {
      Mix((uint64_t)(s / t));
      Mix((uint64_t)(s % t));
    }
    Mix(a << (b & 63));
    Mix(a >> (b & 63));
    Mix((uint64_t)(s >> (b & 63)));
    Mix((uint64_t)__builtin_popcountll(a) + (uint64_t)__builtin_clzll(b));
  }
  printf("integers %016" PRIx64 "\n", hash);

  for (int i = 0; i < 2000; ++i) {
    const double x = RandomDouble();
    const double y = RandomDouble();
    MixDouble(x + y);
    MixDouble(x - y);
    MixDouble(x * y);
    MixDouble(x / y);
    MixDouble(sqrt(fabs(x)));
    MixDouble(floor(x) + ceil(y) + trunc(x) + round(y));
    Mix((uint64_t)(x < y) | (uint64_t)(x <= y) << 1 | (uint64_t)(x == y) << 2);
    const float f = (float)x;
    const float g = (float)y;
    MixFloat(f + g);
    MixFloat(f * g);
    MixFloat(f / g);
    MixFloat(sqrtf(fabsf(f)));
    if (fabs(x) < 9e18) Mix((uint64_t)(int64_t)x);
    if (fabs(y) < 2e9) Mix((uint64_t)(int32_t)y);
    MixDouble((double)(int64_t)Random());
    MixFloat((float)Random());
  }
  printf("floats %016" PRIx64 "\n", hash);
  printf("%.10f %.10f %.10f %.10f\n", sin(1.0), exp(2.5), log(10.0), pow(2.0, 0.5));
}
