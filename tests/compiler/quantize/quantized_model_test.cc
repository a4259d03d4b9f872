// Models that came quantized keep their integers.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "compiler/quantize/quantize.h"
#include "tests/compiler/support/graph_builder.h"

namespace zkvm::compiler {
namespace {

Literal SignedBytes(Shape shape, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> uniform(-127, 127);
  std::vector<int8_t> values(static_cast<size_t>(ElementCount(shape)));
  for (int8_t& v : values) v = static_cast<int8_t>(uniform(random));
  return Literal::Of<int8_t>(DType::kInt8, std::move(shape), values);
}

// QuantizeLinear and DequantizeLinear.
ValueId Rounded(GraphBuilder& b, ValueId x, double scale, double zero, DType dtype) {
  const ValueId s = b.Scalar(scale), z = b.Scalar(zero, dtype);
  return b.Apply("DequantizeLinear", {b.Apply("QuantizeLinear", {x, s, z}), s, z});
}

ValueId Weights(GraphBuilder& b, Shape shape, double scale, uint32_t seed) {
  return b.Apply("DequantizeLinear", {b.Add(SignedBytes(std::move(shape), seed)), b.Scalar(scale),
                                      b.Scalar(0, DType::kInt8)});
}

// A convolutional network as onnxruntime writes it: QuantizeLinear and DequantizeLinear around
// each operator.
Graph ConvolutionalModel(GraphBuilder& b) {
  const ValueId x = Rounded(b, b.Input("x", {1, 2, 8, 8}), 0.04, 0, DType::kInt8);
  const ValueId conv = b.Apply("Conv", {x, Weights(b, {6, 2, 3, 3}, 0.004, 1), b.Weights({6}, 0.1)},
                               {{"pads", Shape{1, 1, 1, 1}}});
  const ValueId hidden = Rounded(b, b.Apply("Relu", {conv}), 0.03, -128, DType::kInt8);
  const ValueId pooled =
      b.Apply("MaxPool", {hidden}, {{"kernel_shape", Shape{2, 2}}, {"strides", Shape{2, 2}}});
  const ValueId flat = b.Apply("Flatten", {pooled});
  const ValueId y = b.Apply("Gemm", {flat, Weights(b, {96, 5}, 0.004, 2), b.Weights({5}, 0.1)});
  return b.Finish({Rounded(b, y, 0.1, 10, DType::kInt8)});
}

TEST(QuantizedModel, KeepsScalesAndComesClose) {
  GraphBuilder b;
  const Graph graph = ConvolutionalModel(b);
  std::vector<std::vector<Literal>> samples;
  for (int s = 0; s < 20; ++s) samples.push_back({b.Random({1, 2, 8, 8}, 1)});
  QuantizeOptions options;
  options.measured_samples = 20;
  const Quantized q = Quantize(graph, samples, options);
  EXPECT_FLOAT_EQ(q.input_scales[0], 0.04F);
  EXPECT_FLOAT_EQ(q.output_scales[0], 0.1F);
  size_t given = 0;
  for (const LayerReport& layer : q.report.layers) {
    EXPECT_TRUE(layer.tensor) << layer.name << ": " << layer.note;
    if (!layer.equal) continue;
    ++given;
    EXPECT_GT(*layer.equal, 0.98) << layer.name;
    EXPECT_LE(layer.max_difference, 1.01) << layer.name;
  }
  EXPECT_GE(given, 3U);
  const LayerReport& conv = *std::ranges::find_if(
      q.report.layers, [](const LayerReport& l) { return l.operators.starts_with("Conv"); });
  EXPECT_EQ(conv.element, "u8");
  EXPECT_FLOAT_EQ(static_cast<float>(conv.scale), 0.03F);
}

TEST(QuantizedModel, IntegerOperators) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {3, 16}, DType::kUint8);
  const auto layer = [&](ValueId from, Shape shape, double scale, uint32_t seed) {
    return b.Apply("QLinearMatMul",
                   {from, b.Scalar(0.01), b.Scalar(0, DType::kUint8),
                    b.Add(SignedBytes(std::move(shape), seed)), b.Scalar(0.01),
                    b.Scalar(0, DType::kInt8), b.Scalar(scale), b.Scalar(30, DType::kUint8)},
                   {}, 10);
  };
  const Graph graph = b.Finish({layer(x, {16, 24}, 0.03, 1)});
  std::mt19937 random(5);
  std::vector<std::vector<Literal>> samples;
  for (int s = 0; s < 20; ++s) {
    std::vector<uint8_t> bytes(48);
    for (uint8_t& v : bytes) v = static_cast<uint8_t>(random());
    samples.push_back({Literal::Of<uint8_t>(DType::kUint8, {3, 16}, bytes)});
  }
  const Quantized q = Quantize(graph, samples);
  for (const LayerReport& l : q.report.layers) EXPECT_TRUE(l.tensor) << l.name << ": " << l.note;
  EXPECT_EQ(q.input_scales[0], 0);
  EXPECT_EQ(q.output_scales[0], 0);
  EXPECT_EQ(q.program.graph.At(q.program.graph.outputs[0]).type.dtype, DType::kUint8);
  EXPECT_GT(q.report.agreement, 0.99) << ToJson(q.report);
}

}  // namespace
}  // namespace zkvm::compiler
