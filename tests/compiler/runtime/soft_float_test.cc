#include "compiler/runtime/soft_float.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace zkvm::soft_float {
namespace {

float FloatOf(uint32_t bits) { return std::bit_cast<float>(bits); }

// `expected` with NaNs as this arithmetic has them.
uint32_t BitsOf(float expected) {
  return std::isnan(expected) ? kNan : std::bit_cast<uint32_t>(expected);
}

// Bits next to powers of two and of every exponent.
std::vector<uint32_t> EdgeBits() {
  std::vector<uint32_t> bits = {0, kSign, kNan, kInfinity, kInfinity | kSign, 0x3fffffff};
  for (const uint32_t exponent :
       {0,   1,   2,   3,   24,  25,  63,  100, 103, 104, 125, 126, 127, 128,
        129, 149, 150, 151, 152, 157, 158, 159, 190, 230, 252, 253, 254, 255}) {
    for (const uint32_t mantissa : {0, 1, 2, 3, 0x3fffff, 0x400000, 0x400001, 0x7ffffe, 0x7fffff}) {
      bits.push_back(exponent << 23 | mantissa);
      bits.push_back(kSign | exponent << 23 | mantissa);
    }
  }
  return bits;
}

void CheckPair(uint32_t a, uint32_t b) {
  ASSERT_EQ(Add(a, b), BitsOf(FloatOf(a) + FloatOf(b))) << std::hex << a << " + " << b;
  ASSERT_EQ(Multiply(a, b), BitsOf(FloatOf(a) * FloatOf(b))) << std::hex << a << " * " << b;
  ASSERT_EQ(Divide(a, b), BitsOf(FloatOf(a) / FloatOf(b))) << std::hex << a << " / " << b;
}

TEST(SoftFloat, EdgesAreAsInHardware) {
  const std::vector<uint32_t> edges = EdgeBits();
  for (const uint32_t a : edges) {
    for (const uint32_t b : edges) CheckPair(a, b);
  }
}

TEST(SoftFloat, RandomNumbersAreAsInHardware) {
  std::mt19937 random(1);
  const auto word = [&] { return static_cast<uint32_t>(random()); };
  for (int i = 0; i < 2000000; ++i) {
    const uint32_t a = word();
    CheckPair(a, word());
    // Of a similar exponent, so that sums cancel; few bits, so that ties occur.
    const uint32_t near = (a & 0xff800000) + ((word() % 5) << 23) - (2U << 23);
    CheckPair(a, (near ^ (word() & kSign)) | (word() & 0x7fffff));
    CheckPair(a & 0xfffff000, (word() & 0x807ff000) | (near & 0x7f800000));
  }
}

TEST(SoftFloat, ConversionsAreAsDefined) {
  std::mt19937 random(2);
  std::vector<uint32_t> inputs = EdgeBits();
  for (int i = 0; i < 1000000; ++i) inputs.push_back(static_cast<uint32_t>(random()));
  for (const uint32_t bits : inputs) {
    const uint32_t sign = bits & kSign;
    ASSERT_EQ(FromMagnitude(0, bits), BitsOf(static_cast<float>(bits)));
    const int64_t value = sign != 0 ? -int64_t{bits} : int64_t{bits};
    ASSERT_EQ(FromMagnitude(sign, bits), BitsOf(static_cast<float>(value)));
    const double x = FloatOf(bits);
    const double none = std::isnan(x) ? 0 : x;
    ASSERT_EQ(ToInt32(bits), static_cast<int32_t>(std::fmin(std::fmax(none, -0x1p31), 0x1p31 - 1)));
    ASSERT_EQ(ToUint32(bits), static_cast<uint32_t>(std::fmin(std::fmax(none, 0), 0x1p32 - 1)));
  }
}

}  // namespace
}  // namespace zkvm::soft_float
