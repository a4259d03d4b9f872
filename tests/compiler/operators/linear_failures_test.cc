// What is refused of hostile or mistaken models: when types are inferred, and when data is bad.
#include <gtest/gtest.h>

#include <limits>

#include "tests/compiler/operators/run_node.h"

namespace zkvm::compiler {
namespace {

using Numbers = std::vector<int64_t>;
constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();

Literal Filled(const Shape& shape, DType dtype = DType::kFloat) {
  const Type type{dtype, shape};
  return Literal(type, std::vector<uint8_t>(type.bytes()));
}

NodeInput Of(const Shape& shape, DType dtype = DType::kFloat) { return {Filled(shape, dtype)}; }
NodeInput Constant(const Numbers& values) {
  return {Ints({static_cast<int64_t>(values.size())}, values), true};
}
NodeInput ConstantFloats(const std::vector<float>& values) {
  return {Floats({static_cast<int64_t>(values.size())}, values), true};
}
NodeInput Absent() { return {.value = {}, .absent = true}; }

// Throws CompileError with `text` in its message.
void ExpectRefused(const NodeSpec& spec, const std::string& text) {
  try {
    RunNode(spec);
    ADD_FAILURE() << spec.op << " was accepted; expected: " << text;
  } catch (const CompileError& error) {
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
  }
}

TEST(Refused, Matrices) {
  ExpectRefused({"MatMul", {Of({2, 3}), Of({4, 2})}}, "cannot be multiplied");
  ExpectRefused({"MatMul", {Of({}), Of({4, 2})}}, "scalar");
  ExpectRefused({"MatMul", {Of({2, 3}, DType::kBool), Of({3, 2}, DType::kBool)}}, "not defined");
  ExpectRefused({"MatMul", {Of({2, 3}), Of({3, 2}, DType::kDouble)}}, "double");
  ExpectRefused({"MatMul", {Of({2, 2, 3}), Of({3, 3, 2})}}, "");
  ExpectRefused({"Gemm", {Of({2, 3}), Of({3, 2}), Of({3})}}, "");
  ExpectRefused({"Gemm", {Of({2, 3}), Of({3, 2})}, {{"transA", int64_t{1}}}}, "transposed");
  ExpectRefused({"Gemm", {Of({2, 3}), Of({3, 2})}, {{"transA", int64_t{2}}}}, "transA is 2");
  ExpectRefused({"Gemm", {Of({2, 3, 1}), Of({3, 2})}}, "3 dimensions");
  ExpectRefused({"Gemm", {Of({2, 2}, DType::kInt32), Of({2, 2}, DType::kInt32)}, {{"alpha", 0.5F}}},
                "alpha");
  ExpectRefused({"Det", {Of({2, 3})}}, "square");
}

TEST(Refused, Equations) {
  const auto refused = [](const std::string& equation, const std::vector<Shape>& shapes) {
    NodeSpec spec{"Einsum", {}, {{"equation", equation}}};
    for (const Shape& shape : shapes) spec.inputs.push_back(Of(shape));
    ExpectRefused(spec, "");
  };
  refused("ij,jk->ik", {{2, 3}});
  refused("ij,jk->ik", {{2, 3}, {4, 5}});
  refused("ij->ik", {{2, 3}});
  refused("ij->ii", {{2, 2}});
  refused("ii->i", {{2, 3}});
  refused("i?->i", {{2, 3}});
  refused("...i...->i", {{2, 3}});
  refused("ijk->i", {{2, 3}});
  refused("i.j->ij", {{2, 3}});
  refused("i->i...j", {{2}});
  refused("", {{2}});
}

NodeSpec Conv(std::map<std::string, Attribute, std::less<>> attributes) {
  return {"Conv", {Of({1, 4, 5, 5}), Of({6, 2, 3, 3}), Of({6})}, std::move(attributes)};
}

TEST(Refused, Convolutions) {
  EXPECT_NO_THROW(RunNode(Conv({{"group", int64_t{2}}})));
  ExpectRefused(Conv({}), "channels");
  ExpectRefused(Conv({{"group", int64_t{3}}}), "do not divide");
  ExpectRefused(Conv({{"group", int64_t{0}}}), "do not divide");
  ExpectRefused(Conv({{"group", int64_t{-2}}}), "do not divide");
  const auto with = [](const std::string& name, Attribute value) {
    return Conv({{"group", int64_t{2}}, {name, std::move(value)}});
  };
  ExpectRefused(with("strides", Numbers{0, 1}), "strides");
  ExpectRefused(with("strides", Numbers{1}), "strides has 1 numbers");
  ExpectRefused(with("strides", Numbers{kHuge, 1}), "strides");
  ExpectRefused(with("dilations", Numbers{3, 1}), "padded image");
  ExpectRefused(with("dilations", Numbers{1 << 29, 1}), "too large");
  ExpectRefused(with("pads", Numbers{-1, 0, 0, 0}), "pads");
  ExpectRefused(with("pads", Numbers{kHuge, 0, kHuge, 0}), "pads");
  ExpectRefused(with("pads", Numbers{0, 0}), "pads has 2 numbers");
  ExpectRefused(with("pads", Numbers{1 << 29, 1 << 29, 1 << 29, 1 << 29}), "");
  ExpectRefused(with("kernel_shape", Numbers{2, 2}), "kernel_shape");
  ExpectRefused(with("auto_pad", std::string("SAME")), "auto_pad");
  ExpectRefused({"Conv", {Of({1, 2, 5, 5}), Of({6, 2, 3, 3}), Of({5})}}, "shape");
  ExpectRefused({"Conv", {Of({1, 2, 5, 5}), Of({6, 2, 3})}}, "dimensions");
  ExpectRefused({"Conv", {Of({1, 2, 5, 5}), Of({6, 2, 0, 3})}}, "extent");
  ExpectRefused({"Conv", {Of({1, 0, 5, 5}), Of({6, 0, 3, 3})}}, "channels");
  ExpectRefused({"Conv", {Of({1, 2, 5}, DType::kInt32), Of({6, 2, 3}, DType::kInt32)}},
                "floating point");

  const auto transposed = [](std::map<std::string, Attribute, std::less<>> attributes) {
    return NodeSpec{"ConvTranspose", {Of({1, 4, 5, 5}), Of({4, 2, 3, 3})}, std::move(attributes)};
  };
  EXPECT_NO_THROW(RunNode(transposed({})));
  ExpectRefused(transposed({{"group", int64_t{3}}}), "do not divide");
  ExpectRefused(transposed({{"group", kHuge}}), "do not divide");
  ExpectRefused(transposed({{"pads", Numbers{4, 4, 4, 4}}}), "result");
  ExpectRefused(transposed({{"strides", Numbers{1 << 28, 1}}}), "too large");
  ExpectRefused(transposed({{"output_shape", Numbers{0, 7}}}), "output_shape");
  ExpectRefused(transposed({{"output_padding", Numbers{-1, 0}}}), "output_padding");

  ExpectRefused({"Col2Im", {Of({1, 5, 4}), Constant({3, 3}), Constant({2, 2})}}, "blocks");
  ExpectRefused({"Col2Im", {Of({1, 4, 4}), Constant({3, 3}), Constant({kHuge, 2})}}, "kernel");
  ExpectRefused({"DeformConv", {Of({1, 2, 4, 4}), Of({1, 2, 2, 2}), Of({1, 7, 3, 3})}}, "shape");
}

TEST(Refused, Pools) {
  ExpectRefused({"MaxPool", {Of({1, 2, 5, 5})}}, "kernel_shape is missing");
  ExpectRefused({"MaxPool", {Of({1, 2, 5, 5})}, {{"kernel_shape", Numbers{6, 1}}}}, "padded image");
  ExpectRefused({"MaxPool", {Of({1, 2, 5, 5})}, {{"kernel_shape", Numbers{2}}}}, "kernel_shape");
  ExpectRefused({"MaxPool", {Of({5, 5})}, {{"kernel_shape", Numbers{2}}}}, "dimensions");
  ExpectRefused({"MaxPool", {Of({1, 2, 5}, DType::kBool)}, {{"kernel_shape", Numbers{2}}}},
                "not defined");
  ExpectRefused({"AveragePool", {Of({1, 2, 5}, DType::kInt32)}, {{"kernel_shape", Numbers{2}}}},
                "floating point");
  ExpectRefused({"LpPool", {Of({1, 2, 5})}, {{"kernel_shape", Numbers{2}}, {"p", int64_t{0}}}},
                "p is 0");
  ExpectRefused({"GlobalAveragePool", {Of({1, 2, 0})}}, "empty");
  ExpectRefused({"MaxUnpool",
                 {Of({1, 1, 2}), Of({1, 1, 2}, DType::kInt64), Constant({1, 1, 1})},
                 {{"kernel_shape", Numbers{2}}, {"strides", Numbers{2}}}},
                "output_shape");
  NodeSpec unpool{"MaxUnpool",
                  {Of({1, 1, 2}), {Ints({1, 1, 2}, {0, 3})}},
                  {{"kernel_shape", Numbers{2}}, {"strides", Numbers{2}}}};
  EXPECT_NO_THROW(RunNode(unpool));
  unpool.inputs[1] = {Ints({1, 1, 2}, {0, 4})};
  ExpectRefused(unpool, "outside the image");
  unpool.inputs[1] = {Ints({1, 1, 2}, {-1, 0})};
  ExpectRefused(unpool, "outside the image");
}

TEST(Refused, Normalizations) {
  ExpectRefused({"BatchNormalization", {Of({1, 3, 2}), Of({3}), Of({3}), Of({3}), Of({2})}},
                "shape");
  ExpectRefused({.op = "BatchNormalization",
                 .inputs = {Of({1, 3, 2}), Of({3}), Of({3}), Of({3}), Of({3})},
                 .outputs = 3},
                "training");
  ExpectRefused({"LayerNormalization", {Of({2, 3}), Of({2})}}, "");
  ExpectRefused({"LayerNormalization", {Of({2, 3}), Of({3})}, {{"axis", int64_t{2}}}}, "axis");
  ExpectRefused({"LayerNormalization", {Of({2, 3}), Of({3})}, {{"stash_type", int64_t{7}}}},
                "stash_type");
  ExpectRefused({"GroupNormalization", {Of({1, 4, 2}), Of({4}), Of({4})}, {}, 21}, "groups");
  ExpectRefused(
      {"GroupNormalization", {Of({1, 4, 2}), Of({4}), Of({4})}, {{"num_groups", int64_t{3}}}, 21},
      "do not divide");
  ExpectRefused({"LRN", {Of({1, 4, 2})}}, "size");
  ExpectRefused({"LpNormalization", {Of({1, 4, 2})}, {{"p", int64_t{3}}}}, "p is 3");
  ExpectRefused({"MeanVarianceNormalization", {Of({1, 4, 2})}}, "axis 3");
}

TEST(Refused, RecurrentLayers) {
  const auto lstm = [](std::map<std::string, Attribute, std::less<>> attributes) {
    return NodeSpec{"LSTM", {Of({3, 2, 4}), Of({1, 20, 4}), Of({1, 20, 5})}, std::move(attributes)};
  };
  EXPECT_NO_THROW(RunNode(lstm({})));
  ExpectRefused(lstm({{"hidden_size", int64_t{6}}}), "hidden_size");
  ExpectRefused(lstm({{"direction", std::string("bidirectional")}}), "shape");
  ExpectRefused(lstm({{"direction", std::string("sideways")}}), "direction");
  ExpectRefused(lstm({{"activations", std::vector<std::string>{"Tanh"}}}), "activations");
  ExpectRefused(lstm({{"activations", std::vector<std::string>{"Tanh", "Tanh", "Cosine"}}}),
                "Cosine");
  ExpectRefused(lstm({{"clip", -1.0F}}), "clip");
  NodeSpec spec = lstm({});
  spec.inputs.push_back(Of({1, 39}));
  ExpectRefused(spec, "shape");
  spec.inputs[3] = Absent();
  spec.inputs.push_back({Literal::Of<int32_t>(DType::kInt32, {2}, std::vector<int32_t>{3, 1})});
  EXPECT_NO_THROW(RunNode(spec));
  spec.inputs[4] = {Literal::Of<int32_t>(DType::kInt32, {2}, std::vector<int32_t>{3, 4})};
  ExpectRefused(spec, "longer");
  spec.inputs[4] = {Literal::Of<int32_t>(DType::kInt32, {2}, std::vector<int32_t>{-1, 1})};
  ExpectRefused(spec, "longer");
  ExpectRefused({"GRU", {Of({3, 2, 4}), Of({1, 20, 4}), Of({1, 20, 5})}}, "shape");
}

TEST(Refused, Resizes) {
  const auto scaled = [](const std::vector<float>& scales) {
    return NodeSpec{"Resize", {Of({1, 1, 2, 2}), Absent(), ConstantFloats(scales)}};
  };
  EXPECT_NO_THROW(RunNode(scaled({1, 1, 2, 2})));
  ExpectRefused(scaled({1, 1, 2}), "scales");
  ExpectRefused(scaled({1, 1, 2, 0}), "not positive");
  ExpectRefused(scaled({1, 1, 2, -1}), "not positive");
  ExpectRefused(scaled({1, 1, 2, std::numeric_limits<float>::quiet_NaN()}), "not positive");
  ExpectRefused(scaled({1, 1, 2, std::numeric_limits<float>::infinity()}), "out of range");
  ExpectRefused(scaled({1, 1, 1e9F, 1e9F}), "");
  ExpectRefused({"Resize", {Of({1, 1, 2, 2})}}, "neither scales nor sizes");
  ExpectRefused({"Resize", {Of({1, 1, 2, 2}), Absent(), Of({4})}}, "scales");
  ExpectRefused({"Resize", {Of({1, 1, 2, 2}), Absent(), Absent(), Constant({1, 1, -2, 2})}},
                "out of range");
  NodeSpec spec = scaled({1, 1, 2, 2});
  spec.attributes = {{"mode", std::string("spline")}};
  ExpectRefused(spec, "spline");
  spec.attributes = {{"coordinate_transformation_mode", std::string("tf_crop_and_resize")}};
  ExpectRefused(spec, "roi");
  spec.opset = 18;
  spec.attributes = {{"axes", Numbers{0, 1, 2, 4}}};
  ExpectRefused(spec, "axis 4");
  spec.attributes = {{"axes", Numbers{0, 1, 2, -2}}};
  ExpectRefused(spec, "repeated");
}

TEST(Refused, Vision) {
  ExpectRefused({"GridSample", {Of({1, 2, 3, 3}), Of({1, 2, 2, 3})}}, "grid");
  ExpectRefused({"GridSample", {Of({1, 2, 3, 3}), Of({2, 2, 2, 2})}}, "grid");
  ExpectRefused({"GridSample", {Of({1, 2, 0, 3}), Of({1, 2, 2, 2})}}, "empty");
  ExpectRefused({"AffineGrid", {Of({1, 2, 3}), Constant({2, 1, 3, 3})}, {}, 20}, "shape");
  ExpectRefused({"AffineGrid", {Of({1, 2, 3}), Constant({1, 1, -3, 3})}, {}, 20}, "");
  NodeSpec align{"RoiAlign", {Of({1, 2, 3, 3}), Of({2, 4}), {Ints({2}, {0, 1})}}};
  ExpectRefused(align, "not there");
  align.inputs[2] = {Ints({2}, {0, 0})};
  EXPECT_NO_THROW(RunNode(align));
  align.attributes = {{"output_height", int64_t{0}}};
  ExpectRefused(align, "output_height");
  ExpectRefused({"MaxRoiPool", {Of({1, 2, 3, 3}), Of({2, 5})}}, "pooled_shape");
  ExpectRefused({"MaxRoiPool", {Of({1, 2, 3, 3}), Of({2, 4})}}, "shape");
}

TEST(Refused, Signals) {
  ExpectRefused({"DFT", {Of({1, 4, 3})}}, "last dimension");
  ExpectRefused({"DFT", {Of({1, 4, 1})}, {{"axis", int64_t{2}}}}, "axis");
  ExpectRefused({"DFT", {Of({1, 4, 1}), Constant({0})}}, "length");
  ExpectRefused({"DFT", {Of({1, 4, 2})}, {{"onesided", int64_t{1}}}}, "onesided");
  ExpectRefused({"STFT", {Of({1, 4, 1}), Constant({1}), Of({5})}}, "longer");
  ExpectRefused({"STFT", {Of({1, 4, 1}), Constant({0}), Of({2})}}, "frame_step");
  ExpectRefused({"STFT", {Of({1, 4, 1}), Constant({1})}}, "frame_length");
  ExpectRefused({"HannWindow", {Constant({-1})}}, "size");
  ExpectRefused({"HannWindow", {Constant({4})}, {{"output_datatype", int64_t{8}}}},
                "output_datatype");
  ExpectRefused({"MelWeightMatrix",
                 {Constant({8}), Constant({16}), Constant({8192}), ConstantFloats({0}),
                  ConstantFloats({8192})}},
                "half of the sample rate");
}

}  // namespace
}  // namespace zkvm::compiler
