// Quantization and quantized products against loops over all indices.
#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/compiler/operators/run_node.h"

namespace zkvm::compiler {
namespace {

template <class T>
Literal Random(DType type, const Shape& shape, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<T> values(static_cast<size_t>(ElementCount(shape)));
  for (T& value : values) value = static_cast<T>(random());
  return Of<T>(type, shape, values);
}

TEST(QuantizeLinear, RoundsToEvenAndSaturates) {
  const Literal x = Floats({8}, {0, 1, 3, 5, 1000, -1000, NAN, -3});
  const Literal two = Floats({}, {2});
  EXPECT_EQ(Values<uint8_t>(RunNode({"QuantizeLinear", {{x}, {two}}})[0]),
            (std::vector<uint8_t>{0, 0, 2, 2, 255, 0, 0, 0}));
  const Literal zero = Of<int8_t>(DType::kInt8, {}, {-100});
  EXPECT_EQ(Values<int8_t>(RunNode({"QuantizeLinear", {{x}, {two}, {zero}}})[0]),
            (std::vector<int8_t>{-100, -100, -98, -98, 127, -128, -100, -102}));
  const Literal wide = Of<int16_t>(DType::kInt16, {}, {0});
  EXPECT_EQ(
      Values<int16_t>(RunNode({"QuantizeLinear",
                               {{Floats({3}, {1e9F, -1e9F, 3})}, {Floats({}, {0.5F})}, {wide}},
                               {},
                               21})[0]),
      (std::vector<int16_t>{32767, -32768, 6}));
  // float over scale, rounded once.
  EXPECT_EQ(Values<uint8_t>(
                RunNode({"QuantizeLinear", {{Floats({1}, {0.35F})}, {Floats({}, {0.1F})}}})[0])[0],
            static_cast<uint8_t>(std::nearbyint(0.35F / 0.1F)));
}

TEST(QuantizeLinear, ByAxisAndByBlock) {
  const Literal x = Floats({2, 3, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  const Literal scales = Floats({3}, {1, 2, 4}),
                zeros = Of<uint8_t>(DType::kUint8, {3}, {0, 10, 20});
  const std::vector<uint8_t> expected = {1, 2, 12, 12, 21, 22, 7, 8, 14, 15, 23, 23};
  EXPECT_EQ(Values<uint8_t>(RunNode({"QuantizeLinear", {{x}, {scales}, {zeros}}})[0]), expected);
  EXPECT_EQ(Values<uint8_t>(
                RunNode({"QuantizeLinear", {{x}, {scales}, {zeros}}, {{"axis", int64_t{-2}}}})[0]),
            expected);
  const Literal by_block = Floats({2, 2, 2}, {1, 2, 4, 8, 1, 1, 0.5F, 0.25F});
  const std::map<std::string, Attribute, std::less<>> blocked = {{"axis", int64_t{1}},
                                                                 {"block_size", int64_t{2}}};
  EXPECT_EQ(Values<uint8_t>(RunNode({"QuantizeLinear", {{x}, {by_block}}, blocked, 21})[0]),
            (std::vector<uint8_t>{1, 1, 3, 2, 1, 1, 7, 8, 9, 10, 22, 48}));
  const Literal q = Of<int8_t>(DType::kInt8, {2, 3, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  EXPECT_EQ(Values<float>(RunNode({"DequantizeLinear", {{q}, {by_block}}, blocked, 21})[0]),
            (std::vector<float>{1, 4, 3, 8, 20, 48, 7, 8, 9, 10, 5.5F, 3}));
}

TEST(DequantizeLinear, TypesAndAxes) {
  const Literal scale = Floats({}, {0.5F});
  EXPECT_EQ(Values<float>(RunNode({"DequantizeLinear",
                                   {{Of<uint8_t>(DType::kUint8, {2}, {0, 255})},
                                    {scale},
                                    {Of<uint8_t>(DType::kUint8, {}, {128})}}})[0]),
            (std::vector<float>{-64, 63.5F}));
  EXPECT_EQ(
      Values<float>(RunNode(
          {"DequantizeLinear", {{Of<int32_t>(DType::kInt32, {2}, {1 << 30, -3})}, {scale}}})[0]),
      (std::vector<float>{536870912, -1.5F}));
  EXPECT_EQ(Values<float>(RunNode({"DequantizeLinear",
                                   {{Of<int16_t>(DType::kInt16, {2, 2}, {1, 2, 3, -4})},
                                    {Floats({2}, {1, 10})},
                                    {Of<int16_t>(DType::kInt16, {2}, {0, 1})}},
                                   {{"axis", int64_t{0}}},
                                   21})[0]),
            (std::vector<float>{1, 2, 20, -50}));
}

TEST(QuantizeLinear, Refuses) {
  const Literal x = Floats({2, 3}, std::vector<float>(6));
  const auto run = [&](std::vector<NodeInput> inputs, int64_t axis = 1) {
    RunNode({"QuantizeLinear", std::move(inputs), {{"axis", axis}}});
  };
  EXPECT_THROW(run({{x}}), CompileError);
  EXPECT_THROW(run({{x}, {Floats({2}, {1, 1})}}), CompileError);
  EXPECT_THROW(run({{x}, {Floats({3}, {1, 1, 1})}}, 2), CompileError);
  EXPECT_THROW(run({{x}, {Floats({2, 3}, std::vector<float>(6))}}), CompileError);
  EXPECT_THROW(run({{x}, {Floats({}, {1})}, {Of<int32_t>(DType::kInt32, {}, {0})}}), CompileError);
  EXPECT_THROW(run({{x}, {Floats({}, {1})}, {Of<uint8_t>(DType::kUint8, {2}, {0, 0})}}),
               CompileError);
  EXPECT_THROW(run({{Ints({1}, {1})}, {Floats({}, {1})}}), CompileError);
  EXPECT_THROW(RunNode({"DequantizeLinear", {{x}, {Floats({}, {1})}}}), CompileError);
  EXPECT_THROW(
      RunNode({"DequantizeLinear", {{Of<int8_t>(DType::kInt8, {1}, {1})}, {Ints({}, {1})}}}),
      CompileError);
}

TEST(DynamicQuantizeLinear, RangeHolds0) {
  const Literal x = Floats({2, 3}, {0, 2, -3, -2.5F, 1.34F, 0.5F});
  const std::vector<Literal> y =
      RunNode({.op = "DynamicQuantizeLinear", .inputs = {{x}}, .outputs = 3});
  EXPECT_EQ(Values<uint8_t>(y[0]), (std::vector<uint8_t>{153, 255, 0, 26, 221, 179}));
  EXPECT_FLOAT_EQ(y[1].As<float>()[0], 5.0F / 255);
  EXPECT_EQ(y[2].As<uint8_t>()[0], 153);
  const std::vector<Literal> positive =
      RunNode({.op = "DynamicQuantizeLinear", .inputs = {{Floats({2}, {1, 4})}}, .outputs = 3});
  EXPECT_EQ(Values<uint8_t>(positive[0]), (std::vector<uint8_t>{64, 255}));
  EXPECT_EQ(positive[2].As<uint8_t>()[0], 0);
}

// Sums of a batch of matrices [2, 3, 5] x [5, 4] without zero points.
std::vector<int64_t> Products(const Literal& a, const Literal& b,
                              const std::vector<int64_t>& a_zero,
                              const std::vector<int64_t>& b_zero) {
  const auto x = a.ToInt64s(), y = b.ToInt64s();
  std::vector<int64_t> sums;
  for (size_t row = 0; row < 6; ++row) {
    for (size_t column = 0; column < 4; ++column) {
      int64_t sum = 0;
      for (size_t k = 0; k < 5; ++k) {
        sum += (x[row * 5 + k] - a_zero[row % 3]) * (y[k * 4 + column] - b_zero[column]);
      }
      sums.push_back(sum);
    }
  }
  return sums;
}

TEST(MatMulInteger, ZeroPointsOfRowsAndColumns) {
  const Literal a = Random<uint8_t>(DType::kUint8, {2, 3, 5}, 1);
  const Literal b = Random<int8_t>(DType::kInt8, {5, 4}, 2);
  const Literal y = RunNode({"MatMulInteger", {{a}, {b}}})[0];
  ASSERT_EQ(y.type(), (Type{DType::kInt32, {2, 3, 4}}));
  EXPECT_EQ(y.ToInt64s(), Products(a, b, {0, 0, 0}, {0, 0, 0, 0}));
  const Literal one = Of<uint8_t>(DType::kUint8, {}, {7});
  EXPECT_EQ(RunNode({"MatMulInteger", {{a}, {b}, {one}}})[0].ToInt64s(),
            Products(a, b, {7, 7, 7}, {0, 0, 0, 0}));
  const Literal rows = Of<uint8_t>(DType::kUint8, {3}, {1, 200, 3});
  const Literal columns = Of<int8_t>(DType::kInt8, {4}, {-128, 0, 5, 127});
  EXPECT_EQ(RunNode({"MatMulInteger", {{a}, {b}, {rows}, {columns}}})[0].ToInt64s(),
            Products(a, b, {1, 200, 3}, {-128, 0, 5, 127}));
  const Literal vector = Random<uint8_t>(DType::kUint8, {5}, 3);
  EXPECT_EQ(RunNode({"MatMulInteger", {{vector}, {b}}})[0].shape(), Shape{4});
  EXPECT_THROW(RunNode({"MatMulInteger", {{a}, {b}, {columns}}}), CompileError);
  EXPECT_THROW(RunNode({"MatMulInteger", {{a}, {b}, {Of<uint8_t>(DType::kUint8, {2}, {1, 2})}}}),
               CompileError);
  EXPECT_THROW(RunNode({"MatMulInteger", {{a}, {a}}}), CompileError);
  EXPECT_THROW(RunNode({"MatMulInteger", {{a}, {one}}}), CompileError);
}

TEST(QLinearMatMul, ScalesOfColumns) {
  const Literal a = Random<uint8_t>(DType::kUint8, {2, 3, 5}, 4);
  const Literal b = Random<int8_t>(DType::kInt8, {5, 4}, 5);
  const std::vector<float> scales = {0.01F, 0.02F, 0.005F, 0.03F};
  const Literal y = RunNode({"QLinearMatMul",
                             {{a},
                              {Floats({}, {0.5F})},
                              {Of<uint8_t>(DType::kUint8, {}, {100})},
                              {b},
                              {Floats({4}, scales)},
                              {Of<int8_t>(DType::kInt8, {4}, {1, 2, 3, 4})},
                              {Floats({}, {2})},
                              {Of<int8_t>(DType::kInt8, {}, {-10})}}})[0];
  ASSERT_EQ(y.type(), (Type{DType::kInt8, {2, 3, 4}}));
  const auto sums = Products(a, b, {100, 100, 100}, {1, 2, 3, 4});
  for (size_t i = 0; i < sums.size(); ++i) {
    const float real = static_cast<float>(sums[i]) * (0.5F * scales[i % 4] / 2);
    EXPECT_EQ(y.As<int8_t>()[i], std::clamp(std::nearbyint(real) - 10, -128.0F, 127.0F));
  }
}

// Sums of [2, 4, 5, 5] with weights [6, 2, 3, 3] in two groups, strides 2 and padding 1.
std::vector<int64_t> Convolution(const Literal& x, const Literal& w, int64_t x_zero,
                                 const std::vector<int64_t>& w_zero) {
  const auto image = x.ToInt64s(), weights = w.ToInt64s();
  std::vector<int64_t> sums;
  for (int64_t n = 0; n < 2; ++n) {
    for (int64_t o = 0; o < 6; ++o) {
      for (int64_t i = 0; i < 3; ++i) {
        for (int64_t j = 0; j < 3; ++j) {
          int64_t sum = 0;
          for (int64_t tap = 0; tap < 18; ++tap) {
            const int64_t c = tap / 9, row = 2 * i - 1 + tap / 3 % 3, column = 2 * j - 1 + tap % 3;
            if (row < 0 || row >= 5 || column < 0 || column >= 5) continue;
            const int64_t channel = o / 3 * 2 + c;
            sum +=
                (image[static_cast<size_t>(((n * 4 + channel) * 5 + row) * 5 + column)] - x_zero) *
                (weights[static_cast<size_t>(o * 18 + tap)] - w_zero[static_cast<size_t>(o)]);
          }
          sums.push_back(sum);
        }
      }
    }
  }
  return sums;
}

const std::map<std::string, Attribute, std::less<>> kGeometry = {
    {"group", int64_t{2}},
    {"strides", std::vector<int64_t>{2, 2}},
    {"pads", std::vector<int64_t>{1, 1, 1, 1}}};

TEST(ConvInteger, GroupsStridesAndPadding) {
  const Literal x = Random<uint8_t>(DType::kUint8, {2, 4, 5, 5}, 6);
  const Literal w = Random<int8_t>(DType::kInt8, {6, 2, 3, 3}, 7);
  const Literal y = RunNode({"ConvInteger",
                             {{x},
                              {w},
                              {Of<uint8_t>(DType::kUint8, {}, {9})},
                              {Of<int8_t>(DType::kInt8, {6}, {0, 1, 2, -3, 4, 5})}},
                             kGeometry})[0];
  ASSERT_EQ(y.type(), (Type{DType::kInt32, {2, 6, 3, 3}}));
  EXPECT_EQ(y.ToInt64s(), Convolution(x, w, 9, {0, 1, 2, -3, 4, 5}));
  EXPECT_EQ(RunNode({"ConvInteger", {{x}, {w}}, kGeometry})[0].ToInt64s(),
            Convolution(x, w, 0, std::vector<int64_t>(6, 0)));
  EXPECT_THROW(RunNode({"ConvInteger", {{x}, {w}}}), CompileError);
  EXPECT_THROW(RunNode({"ConvInteger", {{x}, {w}}, {{"group", int64_t{0}}}}), CompileError);
  EXPECT_THROW(RunNode({"ConvInteger", {{Floats({1, 1, 1}, {0})}, {w}}}), CompileError);
}

TEST(QLinearConv, ScalesOfChannelsAndBias) {
  const Literal x = Random<uint8_t>(DType::kUint8, {2, 4, 5, 5}, 8);
  const Literal w = Random<int8_t>(DType::kInt8, {6, 2, 3, 3}, 9);
  const std::vector<float> scales = {0.01F, 0.02F, 0.03F, 0.04F, 0.05F, 0.06F};
  const std::vector<int32_t> bias = {0, 100, -200, 300, 10000, -5000};
  std::vector<NodeInput> inputs = {{x},
                                   {Floats({}, {0.1F})},
                                   {Of<uint8_t>(DType::kUint8, {}, {128})},
                                   {w},
                                   {Floats({6}, scales)},
                                   {Of<int8_t>(DType::kInt8, {6}, std::vector<int8_t>(6, 0))},
                                   {Floats({}, {1.5F})},
                                   {Of<uint8_t>(DType::kUint8, {}, {30})},
                                   {Of<int32_t>(DType::kInt32, {6}, bias)}};
  const Literal y = RunNode({"QLinearConv", inputs, kGeometry})[0];
  ASSERT_EQ(y.type(), (Type{DType::kUint8, {2, 6, 3, 3}}));
  const auto sums = Convolution(x, w, 128, std::vector<int64_t>(6, 0));
  for (size_t i = 0; i < sums.size(); ++i) {
    const size_t o = i / 9 % 6;
    const float real = static_cast<float>(sums[i] + bias[o]) * (0.1F * scales[o] / 1.5F);
    EXPECT_EQ(y.As<uint8_t>()[i], std::clamp(std::nearbyint(real) + 30, 0.0F, 255.0F)) << i;
  }
  inputs[8] = {Of<int32_t>(DType::kInt32, {1}, {0})};
  EXPECT_THROW(RunNode({"QLinearConv", inputs, kGeometry}), CompileError);
}

}  // namespace
}  // namespace zkvm::compiler
