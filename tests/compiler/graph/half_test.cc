#include "compiler/graph/half.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

namespace zkvm::compiler {
namespace {

// The compiler's own type is the reference.
using Half = _Float16;

TEST(Float16, EveryNumberIsExact) {
  for (uint32_t i = 0; i < 65536; ++i) {
    const uint16_t bits = static_cast<uint16_t>(i);
    const float expected = static_cast<float>(std::bit_cast<Half>(bits));
    const float value = Float16ToFloat(bits);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(value)) << i;
      EXPECT_TRUE(std::isnan(Float16ToFloat(FloatToFloat16(value)))) << i;
    } else {
      EXPECT_EQ(std::bit_cast<uint32_t>(value), std::bit_cast<uint32_t>(expected)) << i;
      EXPECT_EQ(FloatToFloat16(value), bits);
    }
  }
}

TEST(Float16, RoundsToNearestEven) {
  std::mt19937 random(1);
  for (int i = 0; i < 200000; ++i) {
    const float value = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (std::isnan(value)) continue;
    const uint16_t expected = std::bit_cast<uint16_t>(static_cast<Half>(value));
    ASSERT_EQ(FloatToFloat16(value), expected) << value;
  }
  // Halfway between numbers, among them subnormals and the greatest.
  for (uint32_t i = 0; i + 1 < 0x7c00; ++i) {
    const float middle =
        (Float16ToFloat(static_cast<uint16_t>(i)) + Float16ToFloat(static_cast<uint16_t>(i + 1))) /
        2;
    ASSERT_EQ(FloatToFloat16(middle), i + (i & 1)) << middle;
  }
  EXPECT_EQ(FloatToFloat16(65519.0f), 0x7bff);
  EXPECT_EQ(FloatToFloat16(65520.0f), 0x7c00);
}

TEST(Bfloat16, RoundsToNearestEven) {
  for (uint32_t i = 0; i < 65536; ++i) {
    const uint16_t bits = static_cast<uint16_t>(i);
    const float value = Bfloat16ToFloat(bits);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(Bfloat16ToFloat(FloatToBfloat16(value))));
      continue;
    }
    EXPECT_EQ(FloatToBfloat16(value), bits);
  }
  EXPECT_EQ(FloatToBfloat16(std::bit_cast<float>(0x3f808000u)), 0x3f80);  // ties go to even
  EXPECT_EQ(FloatToBfloat16(std::bit_cast<float>(0x3f818000u)), 0x3f82);
  EXPECT_EQ(FloatToBfloat16(std::bit_cast<float>(0x3f808001u)), 0x3f81);
  EXPECT_EQ(FloatToBfloat16(std::numeric_limits<float>::max()), 0x7f80);
}

}  // namespace
}  // namespace zkvm::compiler
