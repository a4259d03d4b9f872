#include "precompiles/tensor/standard_tables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace zkvm::tensor {
namespace {

TEST(StandardTables, FunctionsAgreeWithTheLibrary) {
  for (double x = -20; x <= 20; x += 0.0371) {
    const auto near = [&](double got, double want) {
      EXPECT_NEAR(got, want, 1e-12 * std::max(1.0, std::abs(want))) << x;
    };
    near(Exp(x), std::exp(x));
    near(Sigmoid(x), 1 / (1 + std::exp(-x)));
    near(Tanh(x), std::tanh(x));
    near(Gelu(x), x / 2 * std::erfc(-x / std::sqrt(2.0)));
    near(Silu(x), x / (1 + std::exp(-x)));
    near(HardSwish(x), x * std::clamp(x + 3, 0.0, 6.0) / 6);
    near(Relu(x), std::max(x, 0.0));
    near(Relu6(x), std::clamp(x, 0.0, 6.0));
    near(Reciprocal(x), 1 / x);
  }
  for (double x = 1e-9; x < 1e9; x *= 1.0437) {
    EXPECT_NEAR(Log(x), std::log(x), 1e-12 * std::max(1.0, std::abs(std::log(x)))) << x;
    EXPECT_NEAR(Rsqrt(x) * std::sqrt(x), 1, 1e-13) << x;
  }
}

TEST(StandardTables, TablesAreMadeByTheCompiler) {
  static constexpr auto kTable = MakeTable<1 << 12>(
      Gelu, {.first = -2048, .input = 1 / 256.0, .output = 1 / 32.0, .low = -128, .high = 127});
  static_assert(kTable.header.first == -2048 && kTable.header.count == 4096);
  for (int y = -2048; y < 2048; ++y) {
    const double x = y / 256.0;
    const double exact = 32 * x / 2 * std::erfc(-x / std::sqrt(2.0));
    const int want = static_cast<int>(std::floor(std::clamp(exact, -128.0, 127.0) + 0.5));
    ASSERT_EQ(kTable.entries[y + 2048], want) << y;
  }
}

TEST(StandardTables, ResultsAreClampedAndRoundedUpAtTies) {
  const TableScale bytes{.input = 1, .output = 2, .low = -128, .high = 127};
  EXPECT_EQ(TableEntry(Identity, bytes, 3), 2);
  EXPECT_EQ(TableEntry(Identity, bytes, -3), -1);
  EXPECT_EQ(TableEntry(Identity, bytes, -5), -2);
  EXPECT_EQ(TableEntry(Identity, bytes, 1000), 127);
  EXPECT_EQ(TableEntry(Identity, bytes, -1000), -128);
  EXPECT_EQ(TableEntry(Identity, bytes, 253), 127);
  EXPECT_EQ(TableEntry(Identity, bytes, -256), -128);
  EXPECT_EQ(TableEntry(Log, bytes, 0), -128);
  EXPECT_EQ(TableEntry(Rsqrt, bytes, -1), 127);
  EXPECT_EQ(TableEntry(Reciprocal, bytes, 0), 127);
}

}  // namespace
}  // namespace zkvm::tensor
