#include "compiler/graph/type.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace zkvm::compiler {
namespace {

constexpr DType kNumeric[] = {DType::kFloat,   DType::kUint8,  DType::kInt8,   DType::kUint16,
                              DType::kInt16,   DType::kInt32,  DType::kInt64,  DType::kBool,
                              DType::kFloat16, DType::kDouble, DType::kUint32, DType::kUint64,
                              DType::kBfloat16};

TEST(Type, StringsAndSizes) {
  EXPECT_EQ(ToString(Type{DType::kFloat, {2, 3}}), "float[2, 3]");
  EXPECT_EQ(ToString(Type{DType::kBfloat16, {}}), "bfloat16[]");
  EXPECT_EQ(Strides({2, 3, 4}), (Shape{12, 4, 1}));
  EXPECT_EQ((Type{DType::kInt16, {2, 3}}.bytes()), 12u);
  EXPECT_EQ(ElementCount({}), 1);
  EXPECT_EQ(ElementCount({3, 0}), 0);
}

TEST(Type, CheckedBytesRefusesWhatDoesNotFit) {
  const auto checked = [](Shape shape) { return CheckedBytes(DType::kFloat, shape); };
  EXPECT_EQ(checked({2, 3}), 24);
  EXPECT_EQ(checked({2, 0, 3}), 0);
  EXPECT_EQ(checked({}), 4);
  EXPECT_FALSE(checked({-1}));
  EXPECT_FALSE(checked({int64_t{1} << 61}));
  EXPECT_TRUE(checked({int64_t{1} << 60}));
  EXPECT_FALSE(checked({int64_t{1} << 32, int64_t{1} << 32}));
  // The product of the others overflows, and with it strides.
  EXPECT_FALSE(checked({0, int64_t{1} << 32, int64_t{1} << 32}));
  EXPECT_FALSE(checked(Shape(kMaxRank + 1, 1)));
}

TEST(Literal, ScalarsOfEveryTypeComeBack) {
  for (const DType dtype : kNumeric) {
    const Literal one = Literal::Scalar(dtype, 1);
    EXPECT_EQ(one.bytes().size(), ByteSize(dtype)) << NameOf(dtype);
    EXPECT_EQ(one.ToInt64s(), std::vector<int64_t>{1}) << NameOf(dtype);
    EXPECT_EQ(one.ToDoubles(), std::vector<double>{1}) << NameOf(dtype);
  }
}

TEST(Literal, ConversionsSaturate) {
  EXPECT_EQ(Literal::Scalar(DType::kInt8, 1000).ToInt64s()[0], 127);
  EXPECT_EQ(Literal::Scalar(DType::kInt8, -1000).ToInt64s()[0], -128);
  EXPECT_EQ(Literal::Scalar(DType::kUint32, -5).ToInt64s()[0], 0);
  EXPECT_EQ(Literal::Scalar(DType::kInt64, 1e30).ToInt64s()[0],
            std::numeric_limits<int64_t>::max());
  EXPECT_EQ(Literal::Scalar(DType::kFloat, std::numeric_limits<double>::quiet_NaN()).ToInt64s()[0],
            0);
  EXPECT_EQ(Literal::Scalar(DType::kInt32, 2.9).ToInt64s()[0], 2);
}

TEST(Literal, EqualityIsThatOfTypesAndBytes) {
  const std::vector<float> values = {1, 2, 3, 4};
  const Literal a = Literal::Floats({2, 2}, values);
  EXPECT_EQ(a, Literal::Floats({2, 2}, values));
  EXPECT_FALSE(a == a.Reshaped({4}));
  EXPECT_EQ(a.Reshaped({4}).Reshaped({2, 2}), a);
  EXPECT_FALSE(Literal::Scalar(DType::kFloat, 0.0) == Literal::Scalar(DType::kFloat, -0.0));
  const Literal words(Shape{2}, std::vector<std::string>{"a", "b"});
  EXPECT_EQ(words, Literal(Shape{2}, std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(words == Literal(Shape{2}, std::vector<std::string>{"a", "c"}));
}

}  // namespace
}  // namespace zkvm::compiler
