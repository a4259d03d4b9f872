// Operators that are functions, of ONNX and of the model.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/compiler/onnx/models.h"

namespace zkvm::compiler {
namespace {

TEST(Functions, OfTheModel) {
  const Graph graph = ImportModel(Model(R"(
    <ir_version: 8, opset_import: ["" : 17, "local" : 1]>
    g (float[3] x) => (float[A] y) { y = local.twice <along = 0> (x) }
    <domain: "local", opset_import: ["" : 17, "local" : 1]>
    twice <along> (a) => (b) {
      c = local.next (a)
      b = Concat <axis : int = @along> (c, c)
    }
    <domain: "local", opset_import: ["" : 17]>
    next (a) => (b) {
      one = Constant <value = float {1}> ()
      b = Add (a, one)
    })"));
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(graph.nodes[0].name, "twice_0/next_0/Add_1");
  EXPECT_EQ(OutputsOf(graph, {Floats({3}, {1, 2, 3})})[0], Floats({6}, {2, 3, 4, 2, 3, 4}));
}

TEST(Functions, ThatCallThemselvesAreRefused) {
  const std::string error = ErrorOf(Model(R"(
    <ir_version: 8, opset_import: ["" : 17, "local" : 1]>
    g (float[3] x) => (float[3] y) { y = local.f (x) }
    <domain: "local", opset_import: ["" : 17, "local" : 1]>
    f (a) => (b) { b = local.f (a) })"));
  EXPECT_NE(error.find("functions are nested too deeply"), std::string::npos) << error;
}

TEST(Functions, ThatGrowExponentiallyAreRefused) {
  std::string text = R"(
    <ir_version: 8, opset_import: ["" : 17, "local" : 1]>
    g (float[3] x) => (float[3] y) { y = local.f0 (x) }
  )";
  for (int i = 0; i < 30; ++i) {
    const std::string next = "local.f" + std::to_string(i + 1);
    text += "<domain: \"local\", opset_import: [\"\" : 17, \"local\" : 1]> f" + std::to_string(i) +
            " (a) => (b) { c = " + next + " (a) b = " + next + " (c) }\n";
  }
  text += "<domain: \"local\", opset_import: [\"\" : 17]> f30 (a) => (b) { b = Neg (a) }";
  ImportOptions options;
  options.max_nodes = 10000;
  const std::string error = ErrorOf(Model(text), options);
  EXPECT_NE(error.find("the model grows beyond 10000 nodes"), std::string::npos) << error;
}

TEST(Functions, OfOnnxWithAttributesAndDefaults) {
  // MeanVarianceNormalization has no entry of its own in the registry or the same meaning there.
  const Graph graph = ImportModel(Model(R"(
    g (float[1, 1, 1, 4] x) => (float[1, 1, 1, 4] y) {
      y = MeanVarianceNormalization <axes = [3]> (x)
    })"));
  const std::vector<double> y =
      OutputsOf(graph, {Floats({1, 1, 1, 4}, {1, 2, 3, 4})})[0].ToDoubles();
  EXPECT_NEAR(y[0], -1.5 / std::sqrt(1.25), 1e-5);
  EXPECT_NEAR(y[3], 1.5 / std::sqrt(1.25), 1e-5);
}

TEST(Functions, AttentionIsSoftmaxOfProducts) {
  const onnx::ModelProto model = Model(R"(
    <ir_version: 10, opset_import: ["" : 23]>
    g (float[1, 3, 4] q, float[1, 3, 2] k, float[1, 3, 2] v) => (float[1, 3, 4] y) {
      y = Attention <q_num_heads = 2, kv_num_heads = 1, is_causal = 1, scale = 0.5> (q, k, v)
    })");
  const std::vector<float> q = {1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4};
  const std::vector<float> k = {0.5f, -0.5f, 1, 0.25f, -1, 0.75f}, v = {1, 2, 3, 4, 5, 6};
  const Graph graph = ImportModel(model);
  const std::vector<double> y =
      OutputsOf(graph, {Floats({1, 3, 4}, q), Floats({1, 3, 2}, k), Floats({1, 3, 2}, v)})[0]
          .ToDoubles();
  for (size_t i = 0; i < 3; ++i) {
    for (size_t head = 0; head < 2; ++head) {
      double sum = 0, expected[2] = {0, 0};
      for (size_t j = 0; j <= i; ++j) {
        double score = 0;
        for (size_t d = 0; d < 2; ++d) {
          score += static_cast<double>(q[4 * i + 2 * head + d] * k[2 * j + d]);
        }
        const double weight = std::exp(score / 2);
        sum += weight;
        for (size_t d = 0; d < 2; ++d) expected[d] += weight * static_cast<double>(v[2 * j + d]);
      }
      for (size_t d = 0; d < 2; ++d) {
        EXPECT_NEAR(y[4 * i + 2 * head + d], expected[d] / sum, 1e-4) << i << " " << head;
      }
    }
  }
}

TEST(Functions, RotaryEmbeddingTurnsPairs) {
  const std::string text = R"(
    <ir_version: 10, opset_import: ["" : 23]>
    g (float[1, 1, 2, 4] x) => (float[1, 1, 2, 4] y)
      <float[3, 1] c = {1, 0, -1}, float[3, 1] s = {0, 1, 0}, int64[1, 2] at = {1, 2}> {
      y = RotaryEmbedding <rotary_embedding_dim = 2, interleaved = INTERLEAVED> (x, c, s, at)
    })";
  for (const char* interleaved : {"0", "1"}) {
    std::string with = text;
    with.replace(with.find("INTERLEAVED"), 11, interleaved);
    const Literal y =
        OutputsOf(ImportModel(Model(with)), {Floats({1, 1, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8})})[0];
    // By 90 and by 180 degrees.
    EXPECT_EQ(y, Floats({1, 1, 2, 4}, {-2, 1, 3, 4, -5, -6, 7, 8}));
  }
}

TEST(Functions, SequenceMapIsALoop) {
  const Graph graph = ImportModel(Model(R"(
    g (float[2] x, float[2] z) => (float[A] y) {
      s = SequenceConstruct (x, z)
      t = SequenceMap (s) <
        body = b (float[2] e) => (float[2] f) { f = Neg (e) }
      >
      y = ConcatFromSequence <axis = 0> (t)
    })"));
  EXPECT_EQ(OutputsOf(graph, {Floats({2}, {1, 2}), Floats({2}, {3, 4})})[0],
            Floats({4}, {-1, -2, -3, -4}));
}

}  // namespace
}  // namespace zkvm::compiler
