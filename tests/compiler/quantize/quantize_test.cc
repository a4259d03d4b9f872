// Small networks, quantized and compared with their float graphs on data that calibration has not
// seen.
#include "compiler/quantize/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compiler/quantize/distributions.h"
#include "compiler/quantize/layer.h"
#include "compiler/quantize/measurement.h"
#include "compiler/quantize/program_writer.h"
#include "compiler/quantize/report_writer.h"
#include "compiler/quantize/representation.h"
#include "compiler/tensor/interpreter.h"
#include "tests/compiler/support/graph_builder.h"

namespace zkvm::compiler {
namespace {

using Samples = std::vector<std::vector<Literal>>;

Samples RandomSamples(GraphBuilder& b, const Graph& graph, size_t count, double deviation = 1) {
  Samples samples;
  for (size_t s = 0; s < count; ++s) {
    std::vector<Literal> sample;
    for (const ValueId input : graph.inputs) {
      sample.push_back(b.Random(graph.At(input).type.shape, deviation));
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

// The real values of all outputs.
std::vector<std::vector<double>> RunQuantized(const Quantized& q,
                                              const std::vector<Literal>& sample) {
  Interpreter run(q.program,
                  [&](const Graph& graph, const Node& node, std::span<const Literal> inputs) {
                    return SharedEvaluator().Run(graph, node, inputs);
                  });
  const Graph& graph = q.program.graph;
  for (size_t k = 0; k < graph.inputs.size(); ++k) {
    const float scale = q.input_scales[k];
    const DType dtype = graph.At(graph.inputs[k]).type.dtype;
    run.Set(graph.inputs[k], scale == 0 ? sample[k] : QuantizeInput(sample[k], dtype, scale));
  }
  run.Run();
  std::vector<std::vector<double>> outputs;
  for (size_t k = 0; k < graph.outputs.size(); ++k) {
    outputs.push_back(run.Get(graph.outputs[k]).ToDoubles());
    if (q.output_scales[k] == 0) continue;
    for (double& v : outputs.back()) v *= q.output_scales[k];
  }
  return outputs;
}

// Of all outputs together, on samples of their own.
double RelativeError(const Graph& graph, const Quantized& q, const Samples& samples) {
  double square = 0, reference = 0;
  for (const std::vector<Literal>& sample : samples) {
    const auto wanted = RunOutputs(graph, sample), got = RunQuantized(q, sample);
    for (size_t k = 0; k < wanted.size(); ++k) {
      if (wanted[k].size() != got[k].size()) return INFINITY;
      for (size_t i = 0; i < wanted[k].size(); ++i) {
        square += (wanted[k][i] - got[k][i]) * (wanted[k][i] - got[k][i]);
        reference += wanted[k][i] * wanted[k][i];
      }
    }
  }
  return std::sqrt(square / reference);
}

const LayerReport* FindLayer(const QuantizationReport& report, std::string_view operators) {
  const auto it = std::ranges::find(report.layers, operators, &LayerReport::operators);
  return it != report.layers.end() ? &*it : nullptr;
}

bool Mentions(const std::vector<std::string>& warnings, std::string_view text) {
  return std::ranges::any_of(
      warnings, [&](const std::string& w) { return w.find(text) != std::string::npos; });
}

GraphBuilder::Attributes Ints(const char* name, std::vector<int64_t> values) {
  return {{name, std::move(values)}};
}

Graph Mlp(GraphBuilder& b) {
  const ValueId x = b.Input("x", {1, 24});
  const ValueId hidden =
      b.Apply("Relu", {b.Apply("Gemm", {x, b.Weights({24, 40}, 0.2), b.Weights({40}, 0.2)})});
  return b.Finish({b.Apply("Gemm", {hidden, b.Weights({10, 40}, 0.2), b.Weights({10}, 0.2)},
                           {{"transB", int64_t{1}}})});
}

TEST(Quantize, Mlp) {
  GraphBuilder b;
  const Graph graph = Mlp(b);
  const Quantized q = Quantize(graph, RandomSamples(b, graph, 150));
  EXPECT_EQ(q.report.layers.size(), 2U);
  for (const LayerReport& layer : q.report.layers) EXPECT_TRUE(layer.tensor) << layer.note;
  EXPECT_EQ(q.report.layers[0].element, "u8");
  EXPECT_EQ(q.report.layers[1].element, "i16");
  EXPECT_GE(q.report.layers[0].weight_bits, 8);
  EXPECT_LT(q.report.output_error, 0.02);
  EXPECT_LT(RelativeError(graph, q, RandomSamples(b, graph, 10)), 0.025);
}

TEST(Quantize, NetworkWithBatchNormResidualAndPools) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 3, 12, 12});
  const auto convolution = [&](ValueId from, int64_t in, int64_t out) {
    const ValueId y =
        b.Apply("Conv", {from, b.Weights({out, in, 3, 3}, 0.2)}, Ints("pads", {1, 1, 1, 1}));
    std::vector<float> variance(static_cast<size_t>(out), 1.5F);
    return b.Apply("BatchNormalization", {y, b.Weights({out}, 1), b.Weights({out}, 1),
                                          b.Weights({out}, 1), b.Constant({out}, variance)});
  };
  const ValueId first = b.Apply("Relu", {convolution(x, 3, 8)});
  const ValueId second = convolution(b.Apply("Relu", {convolution(first, 8, 8)}), 8, 8);
  const ValueId sum = b.Apply("Relu", {b.Apply("Add", {second, first})});
  const ValueId pooled =
      b.Apply("MaxPool", {sum}, {{"kernel_shape", Shape{2, 2}}, {"strides", Shape{2, 2}}});
  const ValueId mean = b.Apply("GlobalAveragePool", {pooled});
  const ValueId flat = b.Apply("Flatten", {mean});
  const Graph graph =
      b.Finish({b.Apply("Gemm", {flat, b.Weights({8, 5}, 0.5), b.Weights({5}, 0.5)})});
  const Quantized q = Quantize(graph, RandomSamples(b, graph, 100));
  for (const LayerReport& layer : q.report.layers) {
    EXPECT_TRUE(layer.tensor) << layer.name << ": " << layer.note;
  }
  // The residual is added before the only rounding.
  EXPECT_NE(FindLayer(q.report, "Conv + Add + Relu"), nullptr);
  EXPECT_LT(q.report.output_error, 0.03);
  EXPECT_LT(RelativeError(graph, q, RandomSamples(b, graph, 10)), 0.04);
}

// A block of a decoder, in the operators that exporters write.
Graph TransformerBlock(GraphBuilder& b, int64_t tokens) {
  constexpr int64_t kWidth = 32, kHeads = 2, kHead = kWidth / kHeads;
  const ValueId x = b.Input("x", {1, tokens, kWidth});
  const auto norm = [&](ValueId from) {
    const ValueId centred =
        b.Apply("Sub", {from, b.Apply("ReduceMean", {from}, Ints("axes", {-1}))});
    const ValueId square = b.Apply("Pow", {centred, b.Scalar(2)});
    const ValueId variance = b.Apply("ReduceMean", {square}, Ints("axes", {-1}));
    const ValueId root = b.Apply("Sqrt", {b.Apply("Add", {variance, b.Scalar(1e-5)})});
    const ValueId scaled =
        b.Apply("Mul", {b.Apply("Div", {centred, root}), b.Weights({kWidth}, 1)});
    return b.Apply("Add", {scaled, b.Weights({kWidth}, 0.3)});
  };
  const auto dense = [&](ValueId from, int64_t in, int64_t out) {
    const ValueId product =
        b.Apply("MatMul", {from, b.Weights({in, out}, 1 / std::sqrt(static_cast<double>(in)))});
    return b.Apply("Add", {b.Weights({out}, 0.1), product});
  };
  const std::vector<ValueId> qkv =
      b.Outputs("Split", {dense(norm(x), kWidth, 3 * kWidth), b.Integers({kWidth, kWidth, kWidth})},
                {{"axis", int64_t{2}}}, 3);
  const auto heads = [&](ValueId from, Shape order) {
    const ValueId split = b.Apply("Reshape", {from, b.Integers({1, tokens, kHeads, kHead})});
    return b.Apply("Transpose", {split}, Ints("perm", std::move(order)));
  };
  const ValueId product =
      b.Apply("MatMul", {heads(qkv[0], {0, 2, 1, 3}), heads(qkv[1], {0, 2, 3, 1})});
  std::vector<float> mask;
  for (int64_t i = 0; i < tokens * tokens; ++i) {
    mask.push_back(i % tokens <= i / tokens ? 0.0F : -1e9F);
  }
  const ValueId scores =
      b.Apply("Add", {b.Apply("Div", {product, b.Scalar(4)}), b.Constant({tokens, tokens}, mask)});
  const ValueId weights = b.Apply("Softmax", {scores}, {{"axis", int64_t{-1}}});
  const ValueId mixed = b.Apply("MatMul", {weights, heads(qkv[2], {0, 2, 1, 3})});
  const ValueId joined = b.Apply(
      "Reshape",
      {b.Apply("Transpose", {mixed}, Ints("perm", {0, 2, 1, 3})), b.Integers({1, tokens, kWidth})});
  const ValueId y = b.Apply("Add", {x, dense(joined, kWidth, kWidth)});
  const ValueId inner = dense(norm(y), kWidth, 2 * kWidth);
  const ValueId erf = b.Apply("Erf", {b.Apply("Div", {inner, b.Scalar(std::sqrt(2.0))})});
  const ValueId gelu =
      b.Apply("Mul", {b.Apply("Mul", {inner, b.Apply("Add", {erf, b.Scalar(1)})}), b.Scalar(0.5)});
  return b.Finish({b.Apply("Add", {y, dense(gelu, 2 * kWidth, kWidth)})});
}

TEST(Quantize, TransformerBlock) {
  GraphBuilder b;
  const Graph graph = TransformerBlock(b, 16);
  const Quantized q = Quantize(graph, RandomSamples(b, graph, 10));
  for (const LayerReport& layer : q.report.layers) {
    EXPECT_TRUE(layer.tensor) << layer.name << ": " << layer.note;
  }
  size_t causal = 0;
  for (const tensor::Descriptor& d : q.program.descriptors) {
    if (d.op == tensor::Op::kSoftmax) causal += d.mode;
  }
  EXPECT_EQ(causal, 1U);
  EXPECT_NE(FindLayer(q.report, "MatMul + Add + Add + Div + Erf + Add + Mul + Mul"), nullptr);
  EXPECT_LT(q.report.output_error, 0.02);
  EXPECT_LT(RelativeError(graph, q, RandomSamples(b, graph, 5)), 0.025);
}

TEST(Quantize, Lstm) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {5, 1, 8});
  const std::vector<ValueId> outputs = b.Outputs(
      "LSTM",
      {x, b.Weights({1, 64, 8}, 0.4), b.Weights({1, 64, 16}, 0.3), b.Weights({1, 128}, 0.2)},
      {{"hidden_size", int64_t{16}}}, 2, 14);
  const ValueId last = b.Apply("Squeeze", {outputs[1], b.Integers({0})});
  const Graph graph =
      b.Finish({b.Apply("Gemm", {last, b.Weights({16, 4}, 0.5), b.Weights({4}, 0.5)})});
  const Quantized q = Quantize(graph, RandomSamples(b, graph, 100));
  for (const LayerReport& layer : q.report.layers) {
    EXPECT_TRUE(layer.tensor) << layer.name << ": " << layer.note;
  }
  EXPECT_LT(q.report.output_error, 0.02);
  EXPECT_LT(RelativeError(graph, q, RandomSamples(b, graph, 10)), 0.025);
}

TEST(Quantize, CodeInTheMiddleIsNamed) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {2, 24});
  const ValueId hidden = b.Apply("MatMul", {x, b.Weights({24, 16}, 0.2)});
  const ValueId sums = b.Apply("CumSum", {hidden, b.Integers({1})});
  const Graph graph = b.Finish({b.Apply("MatMul", {sums, b.Weights({16, 4}, 0.2)})});
  const Quantized q = Quantize(graph, RandomSamples(b, graph, 100));
  const LayerReport* code = FindLayer(q.report, "CumSum");
  ASSERT_NE(code, nullptr);
  EXPECT_FALSE(code->tensor);
  EXPECT_FALSE(code->note.empty());
  EXPECT_TRUE(Mentions(q.report.warnings, "CumSum"));
  EXPECT_LT(RelativeError(graph, q, RandomSamples(b, graph, 10)), 0.03);
}

TEST(Quantize, SaturationIsReported) {
  GraphBuilder b;
  const Graph graph = Mlp(b);
  const Samples samples = RandomSamples(b, graph, 20);
  Evaluator evaluator;
  const Distributions distributions(graph, samples, evaluator);
  const std::vector<Layer> layers = FindLayers(graph);
  auto chosen = Representations(graph, layers, distributions).Choose({});
  const ValueId hidden = layers[0].output();
  chosen[static_cast<size_t>(hidden)]->scale /= 4;
  const WrittenProgram written = WriteProgram(graph, layers, chosen, evaluator);
  const Measurement measured = Measure(graph, layers, written, samples, 1, evaluator);
  const QuantizationReport report = WriteReport(graph, layers, written, measured, distributions);
  EXPECT_GT(report.layers[0].saturation, 0.01);
  EXPECT_TRUE(Mentions(report.warnings, "saturates"));
  EXPECT_TRUE(Mentions(report.warnings, report.layers[0].name));
  EXPECT_EQ(report.layers[1].saturation, 0);
}

TEST(Quantize, TargetErrorWidensLayers) {
  GraphBuilder b;
  const Graph graph = Mlp(b);
  const Samples samples = RandomSamples(b, graph, 150);
  const Quantized narrow = Quantize(graph, samples);
  QuantizeOptions options;
  options.target_error = 0.6 * narrow.report.output_error;
  const Quantized wide = Quantize(graph, samples, options);
  EXPECT_GT(narrow.report.output_error, options.target_error);
  EXPECT_LE(wide.report.output_error, options.target_error) << ToJson(wide.report);
  EXPECT_GT(wide.report.rounds, 1) << ToJson(wide.report);
  EXPECT_EQ(narrow.report.layers[0].element, "u8");
  EXPECT_EQ(wide.report.layers[0].element, "i15");
  options.target_error = 1e-9;
  EXPECT_TRUE(Mentions(Quantize(graph, samples, options).report.warnings, "was not reached"));
}

TEST(Quantize, WithoutSamplesOrWithOthersThereIsAnError) {
  GraphBuilder b;
  const Graph graph = Mlp(b);
  EXPECT_THROW(Quantize(graph, {}), CompileError);
  const Samples wrong = {{Literal::Floats({2}, std::vector<float>{1, 2})}};
  EXPECT_THROW(Quantize(graph, wrong), CompileError);
}

}  // namespace
}  // namespace zkvm::compiler
