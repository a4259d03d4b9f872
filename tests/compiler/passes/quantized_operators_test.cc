#include "compiler/passes/quantized_operators.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/compiler/support/graph_builder.h"

namespace zkvm::compiler {
namespace {

template <class T>
Literal RandomIntegers(DType dtype, Shape shape, int low, int high, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> uniform(low, high);
  std::vector<T> values(static_cast<size_t>(ElementCount(shape)));
  for (T& v : values) v = static_cast<T>(uniform(random));
  return Literal::Of<T>(dtype, std::move(shape), values);
}

Literal Bytes(Shape shape, uint32_t seed) {
  return RandomIntegers<uint8_t>(DType::kUint8, std::move(shape), 0, 255, seed);
}
Literal SignedBytes(Shape shape, uint32_t seed) {
  return RandomIntegers<int8_t>(DType::kInt8, std::move(shape), -127, 127, seed);
}

TEST(QuantizedOperators, QLinearConvByChannel) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 3, 6, 6}, DType::kUint8);
  const ValueId w = b.Add(SignedBytes({4, 3, 3, 3}, 1));
  const ValueId w_scale = b.Constant({4}, {0.01F, 0.02F, 0.005F, 0.03F});
  const ValueId w_zero = b.Add(RandomIntegers<int8_t>(DType::kInt8, {4}, 0, 0, 1));
  const ValueId bias = b.Add(RandomIntegers<int32_t>(DType::kInt32, {4}, -500, 500, 2));
  const ValueId y = b.Apply("QLinearConv",
                            {x, b.Scalar(0.02), b.Scalar(100, DType::kUint8), w, w_scale, w_zero,
                             b.Scalar(0.11), b.Scalar(120, DType::kUint8), bias},
                            {{"pads", Shape{1, 1, 1, 1}}}, 10);
  const Graph before = b.Finish({y});
  Graph after = before;
  EXPECT_EQ(WidenQuantizedOperators(after), 1U);
  EXPECT_EQ(CountOperator(after, "Conv"), 1U);
  // A sum that lies half way between two integers may be rounded either way.
  EXPECT_LE(LargestDifference(before, after, {Bytes({1, 3, 6, 6}, 3)}), 1);
}

TEST(QuantizedOperators, QLinearMatMulOfConstant) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {5, 8}, DType::kUint8);
  const ValueId y = b.Apply(
      "QLinearMatMul",
      {x, b.Scalar(0.02), b.Scalar(100, DType::kUint8), b.Add(Bytes({8, 4}, 1)), b.Scalar(0.01),
       b.Scalar(128, DType::kUint8), b.Scalar(0.15), b.Scalar(128, DType::kUint8)},
      {}, 10);
  const Graph before = b.Finish({y});
  Graph after = before;
  EXPECT_EQ(WidenQuantizedOperators(after), 1U);
  EXPECT_LE(LargestDifference(before, after, {Bytes({5, 8}, 3)}), 1);
}

TEST(QuantizedOperators, IntegerProductsAreExact) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {5, 8}, DType::kUint8);
  const ValueId y = b.Apply(
      "MatMulInteger",
      {x, b.Add(Bytes({8, 4}, 1)), b.Scalar(7, DType::kUint8), b.Scalar(9, DType::kUint8)}, {}, 10);
  const Graph before = b.Finish({y});
  Graph after = before;
  EXPECT_EQ(WidenQuantizedOperators(after), 1U);
  EXPECT_EQ(LargestDifference(before, after, {Bytes({5, 8}, 3)}), 0);
}

TEST(QuantizedOperators, DequantizationMovesBeforeMaxPool) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 2, 4, 4}, DType::kUint8);
  const ValueId pooled =
      b.Apply("MaxPool", {x}, {{"kernel_shape", Shape{2, 2}}, {"strides", Shape{2, 2}}});
  const ValueId flat = b.Apply("Flatten", {pooled});
  const ValueId y = b.Apply("DequantizeLinear", {flat, b.Scalar(0.5), b.Scalar(3, DType::kUint8)});
  const Graph before = b.Finish({y});
  Graph after = before;
  EXPECT_EQ(HoistDequantization(after), 2U);
  EXPECT_EQ(after.nodes[0].op, "DequantizeLinear");
  EXPECT_EQ(LargestDifference(before, after, {Bytes({1, 2, 4, 4}, 3)}), 0);
}

}  // namespace
}  // namespace zkvm::compiler
