// Truth values, comparisons, choices and conversions.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "compiler/graph/half.h"
#include "gtest/gtest.h"
#include "tests/compiler/operators/run_node.h"

namespace zkvm::compiler {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
const float kNan = std::numeric_limits<float>::quiet_NaN();

template <class T>
Literal Of(DType type, std::vector<T> values) {
  return Literal::Of<T>(type, {static_cast<int64_t>(values.size())}, values);
}

Literal Bools(std::vector<uint8_t> values) { return Of<uint8_t>(DType::kBool, std::move(values)); }

using Truth = std::vector<uint8_t>;

TEST(Logic, TruthTables) {
  const Literal a = Bools({0, 0, 1, 1}), b = Bools({0, 1, 0, 1});
  EXPECT_EQ(Values<uint8_t>(RunNode({"And", {{a}, {b}}})[0]), (Truth{0, 0, 0, 1}));
  EXPECT_EQ(Values<uint8_t>(RunNode({"Or", {{a}, {b}}})[0]), (Truth{0, 1, 1, 1}));
  EXPECT_EQ(Values<uint8_t>(RunNode({"Xor", {{a}, {b}}})[0]), (Truth{0, 1, 1, 0}));
  EXPECT_EQ(Values<uint8_t>(RunNode({"Equal", {{a}, {b}}})[0]), (Truth{1, 0, 0, 1}));
  EXPECT_EQ(Values<uint8_t>(RunNode({"Not", {{a}}})[0]), (Truth{1, 1, 0, 0}));
  EXPECT_THROW(RunNode({"And", {{a}, {Ints({4}, {1, 1, 1, 1})}}}), CompileError);
  EXPECT_THROW(RunNode({"Not", {{Ints({1}, {1})}}}), CompileError);
  EXPECT_THROW(RunNode({"Less", {{a}, {b}}}), CompileError);
  EXPECT_THROW(RunNode({"Equal", {{a}, {Bools({1, 0, 1})}}}), CompileError);
}

TEST(Logic, Comparisons) {
  const Literal a = Floats({7}, {1, 2, 2, kNan, 0.0F, -kInf, kInf});
  const Literal b = Floats({7}, {2, 1, 2, kNan, -0.0F, kInf, kNan});
  EXPECT_EQ(Values<uint8_t>(RunNode({"Less", {{a}, {b}}})[0]), (Truth{1, 0, 0, 0, 0, 1, 0}));
  EXPECT_EQ(Values<uint8_t>(RunNode({"LessOrEqual", {{a}, {b}}})[0]), (Truth{1, 0, 1, 0, 1, 1, 0}));
  EXPECT_EQ(Values<uint8_t>(RunNode({"Greater", {{a}, {b}}})[0]), (Truth{0, 1, 0, 0, 0, 0, 0}));
  EXPECT_EQ(Values<uint8_t>(RunNode({"GreaterOrEqual", {{a}, {b}}})[0]),
            (Truth{0, 1, 1, 0, 1, 0, 0}));
  EXPECT_EQ(Values<uint8_t>(RunNode({"Equal", {{a}, {b}}})[0]), (Truth{0, 0, 1, 0, 1, 0, 0}));
  const Literal big = Of<uint64_t>(DType::kUint64, {~uint64_t{0}, 1});
  const Literal small = Of<uint64_t>(DType::kUint64, {1, ~uint64_t{0}});
  EXPECT_EQ(Values<uint8_t>(RunNode({"Greater", {{big}, {small}}})[0]), (Truth{1, 0}));
  const Literal low = Of<int8_t>(DType::kInt8, {-128, 5}),
                high = Of<int8_t>(DType::kInt8, {127, 5});
  EXPECT_EQ(Values<uint8_t>(RunNode({"Less", {{low}, {high}}})[0]), (Truth{1, 0}));
}

TEST(Logic, ChoicesMoveBits) {
  const Literal condition = Literal::Of<uint8_t>(DType::kBool, {2, 1}, {{1, 0}});
  const Literal x = Of<uint16_t>(DType::kFloat16, {0x7e01, 0xfc00, 0x0001});
  const Literal y = Literal::Of<uint16_t>(DType::kFloat16, {}, {{0x8000}});
  const Literal z = RunNode({"Where", {{condition}, {x}, {y}}})[0];
  EXPECT_EQ(z.type(), (Type{DType::kFloat16, {2, 3}}));
  EXPECT_EQ(Values<uint16_t>(z),
            (std::vector<uint16_t>{0x7e01, 0xfc00, 0x0001, 0x8000, 0x8000, 0x8000}));
  const Literal truth = RunNode({"Where", {{Bools({1, 0})}, {Bools({0, 0})}, {Bools({1, 1})}}})[0];
  EXPECT_EQ(Values<uint8_t>(truth), (Truth{0, 1}));
  EXPECT_THROW(RunNode({"Where", {{x}, {x}, {y}}}), CompileError);
  EXPECT_THROW(RunNode({"Where", {{condition}, {x}, {Floats({}, {1})}}}), CompileError);
}

Literal CastTo(const Literal& x, DType type) {
  return RunNode({"Cast", {{x}}, {{"to", static_cast<int64_t>(type)}}})[0];
}

TEST(Cast, FloatsToIntegers) {
  const Literal x = Floats({8}, {1.9F, -1.9F, 300, -300, kNan, kInf, -kInf, 3e9F});
  EXPECT_EQ(Values<int32_t>(CastTo(x, DType::kInt32)),
            (std::vector<int32_t>{1, -1, 300, -300, 0, INT32_MAX, INT32_MIN, INT32_MAX}));
  EXPECT_EQ(Values<uint8_t>(CastTo(x, DType::kUint8)),
            (std::vector<uint8_t>{1, 0, 255, 0, 0, 255, 0, 255}));
  EXPECT_EQ(Values<int64_t>(CastTo(x, DType::kInt64)),
            (std::vector<int64_t>{1, -1, 300, -300, 0, INT64_MAX, INT64_MIN, 3000000000}));
  EXPECT_EQ(Values<uint8_t>(CastTo(Floats({3}, {0.1F, -0.0F, kNan}), DType::kBool)),
            (Truth{1, 0, 1}));
}

TEST(Cast, Integers) {
  const Literal x = Ints({4}, {-1, 255, 256, int64_t{1} << 40});
  EXPECT_EQ(Values<uint8_t>(CastTo(x, DType::kUint8)), (std::vector<uint8_t>{255, 255, 0, 0}));
  EXPECT_EQ(Values<int8_t>(CastTo(x, DType::kInt8)), (std::vector<int8_t>{-1, -1, 0, 0}));
  EXPECT_EQ(Values<float>(CastTo(x, DType::kFloat)),
            (std::vector<float>{-1, 255, 256, 1099511627776.0F}));
  EXPECT_EQ(Values<uint8_t>(CastTo(x, DType::kBool)), (Truth{1, 1, 1, 1}));
  const Literal words = Of<uint64_t>(DType::kUint64, {~uint64_t{0}, 1});
  EXPECT_EQ(Values<double>(CastTo(words, DType::kDouble)), (std::vector<double>{0x1p64, 1}));
  EXPECT_EQ(Values<int64_t>(CastTo(Bools({1, 0}), DType::kInt64)), (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(Values<float>(CastTo(Bools({1, 0}), DType::kFloat)), (std::vector<float>{1, 0}));
}

TEST(Cast, SixteenBits) {
  const std::vector<float> values = {1, -2.5F, 65504, 65520, 1e-8F, 6e-8F, 0.1F, 1e30F, -kInf};
  const Literal x = Floats({9}, values);
  const auto half = Values<uint16_t>(CastTo(x, DType::kFloat16));
  const auto bfloat = Values<uint16_t>(CastTo(x, DType::kBfloat16));
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(half[i], FloatToFloat16(values[i])) << values[i];
    EXPECT_EQ(bfloat[i], FloatToBfloat16(values[i])) << values[i];
  }
  // A double is rounded once: this one is just above a tie of float16.
  const Literal tie = Of<double>(DType::kDouble, {1 + 0x1p-11 + 0x1p-40, 1 + 0x1p-11});
  EXPECT_EQ(Values<uint16_t>(CastTo(tie, DType::kFloat16)),
            (std::vector<uint16_t>{0x3c01, 0x3c00}));
  const Literal back = CastTo(CastTo(x, DType::kFloat16), DType::kDouble);
  EXPECT_EQ(back.As<double>()[1], -2.5);
  EXPECT_EQ(Values<uint16_t>(CastTo(Ints({2}, {3, -70000}), DType::kFloat16)),
            (std::vector<uint16_t>{0x4200, 0xfc00}));
}

TEST(Cast, LikeAnother) {
  const Literal y = RunNode({"CastLike", {{Floats({2}, {1.5F, -3})}, {Ints({0}, {})}}})[0];
  EXPECT_EQ(Values<int64_t>(y), (std::vector<int64_t>{1, -3}));
}

TEST(Cast, BytesAsAnotherType) {
  const auto run = [](const Literal& x, DType to) {
    return RunNode({"BitCast", {{x}}, {{"to", static_cast<int64_t>(to)}}})[0];
  };
  const Literal reals = Floats({2}, {1, -0.0F});
  EXPECT_EQ(Values<uint32_t>(run(reals, DType::kUint32)),
            (std::vector<uint32_t>{0x3f800000, 1u << 31}));
  EXPECT_EQ(run(run(reals, DType::kInt32), DType::kFloat), reals);
  EXPECT_EQ(Values<int8_t>(run(Bools({1, 0}), DType::kInt8)), (std::vector<int8_t>{1, 0}));
  EXPECT_EQ(Values<uint8_t>(run(Of<uint8_t>(DType::kUint8, {4, 0}), DType::kBool)), (Truth{1, 0}));
  EXPECT_THROW(run(reals, DType::kInt64), CompileError);
}

TEST(Cast, RefusesStringsAndTheUnknown) {
  const Literal x = Floats({1}, {1});
  for (const int64_t type : {0, 8, 14, 15, 17, 99, -1, 256 + 1}) {
    EXPECT_THROW(RunNode({"Cast", {{x}}, {{"to", type}}}), CompileError) << type;
  }
  EXPECT_THROW(RunNode({"Cast", {{x}}}), CompileError);
  const Literal strings(Shape{1}, std::vector<std::string>{"1"});
  EXPECT_THROW(RunNode({"Cast", {{strings}}, {{"to", int64_t{1}}}}), CompileError);
}

}  // namespace
}  // namespace zkvm::compiler
