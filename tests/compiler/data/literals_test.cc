// Conversions: exact, or refused; quantization as guests do it.
#include "compiler/data/literals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/runtime/model.h"

namespace zkvm::compiler {
namespace {

Literal Doubles(const std::vector<double>& values) {
  return Literal::Of<double>(DType::kDouble, {static_cast<int64_t>(values.size())}, values);
}

TEST(LiteralsTest, CountsElementsOfHostileShapes) {
  EXPECT_EQ(CountElements({}, 1), 1U);
  EXPECT_EQ(CountElements({2, 3}, 6), 6U);
  EXPECT_EQ(CountElements({2, 3}, 5), std::nullopt);
  EXPECT_EQ(CountElements({-1}, 5), std::nullopt);
  EXPECT_EQ(CountElements({0, 5}, 5), 0U);
  EXPECT_EQ(CountElements({0, 6}, 5), std::nullopt);
  const int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(CountElements({most, most, 4}, uint64_t{1} << 62), std::nullopt);
}

TEST(LiteralsTest, ConvertsWhatIsExact) {
  EXPECT_EQ(Converted(Doubles({1, -2}), DType::kInt8, "x").ToInt64s(),
            (std::vector<int64_t>{1, -2}));
  EXPECT_EQ(Converted(Doubles({1, 0}), DType::kBool, "x").dtype(), DType::kBool);
  EXPECT_EQ(Converted(Doubles({0.1}), DType::kFloat, "x").As<float>()[0], 0.1F);
  EXPECT_EQ(Converted(Doubles({-9223372036854775808.0}), DType::kInt64, "x").As<int64_t>()[0],
            std::numeric_limits<int64_t>::min());
  for (const double bad :
       {0.5, 128.0, -129.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(Converted(Doubles({bad}), DType::kInt8, "x"), CompileError) << bad;
  }
  EXPECT_THROW(Converted(Doubles({9223372036854775808.0}), DType::kInt64, "x"), CompileError);
  EXPECT_THROW(Converted(Doubles({-1}), DType::kUint64, "x"), CompileError);
  EXPECT_THROW(Converted(Doubles({2}), DType::kBool, "x"), CompileError);
  const std::vector<uint64_t> large = {std::numeric_limits<uint64_t>::max()};
  EXPECT_THROW(Converted(Literal::Of<uint64_t>(DType::kUint64, {1}, large), DType::kInt64, "x"),
               CompileError);
}

TEST(QuantizeTest, RoundsHalvesAwayFromZeroAndClamps) {
  using model::Quantize;
  static_assert(Quantize<int8_t>(0.26F, 0.5F) == 1);
  static_assert(Quantize<int8_t>(0.25F, 0.5F) == 1);
  static_assert(Quantize<int8_t>(-0.25F, 0.5F) == -1);
  static_assert(Quantize<int8_t>(0.24F, 0.5F) == 0);
  EXPECT_EQ(Quantize<int8_t>(0.49999997F, 1.0F), 0);
  EXPECT_EQ(Quantize<int8_t>(1000, 1), 127);
  EXPECT_EQ(Quantize<int8_t>(-1000, 1), -128);
  EXPECT_EQ(Quantize<uint8_t>(-3, 1), 0);
  EXPECT_EQ(Quantize<int16_t>(32767.6F, 1), 32767);
  EXPECT_EQ(Quantize<int32_t>(3e9F, 1), std::numeric_limits<int32_t>::max());
  EXPECT_EQ(Quantize<int16_t>(std::numeric_limits<float>::quiet_NaN(), 1), 0);
  EXPECT_EQ(Quantize<int16_t>(-std::numeric_limits<float>::infinity(), 1), -32768);
}

TEST(QuantizeTest, GuestAndReal) {
  TensorInfo tensor;
  tensor.name = "x";
  tensor.type = {DType::kInt8, {3}};
  tensor.model_dtype = DType::kFloat;
  tensor.scale = 0.5F;
  const Literal real = Literal::Floats({3}, std::vector<float>{0.3F, -1, 100});
  const Literal guest = ToGuest(tensor, real);
  EXPECT_EQ(guest.ToInt64s(), (std::vector<int64_t>{1, -2, 127}));
  EXPECT_EQ(FromGuest(tensor, guest), Literal::Floats({3}, std::vector<float>{0.5F, -1, 63.5F}));
  EXPECT_EQ(CountClipped(tensor, real), 1U);
  EXPECT_EQ(CountClipped(tensor, Literal::Floats({3}, std::vector<float>{63.7F, -64.2F, 0.25F})),
            0U);
  tensor.scale = 0;
  tensor.type.dtype = DType::kFloat;
  EXPECT_EQ(ToGuest(tensor, real), real);
  EXPECT_EQ(CountClipped(tensor, real), 0U);
}

}  // namespace
}  // namespace zkvm::compiler
