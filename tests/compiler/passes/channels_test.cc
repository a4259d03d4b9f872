// Batch normalization and constants for each channel become weights.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "compiler/passes/passes.h"
#include "compiler/passes/rewrite.h"
#include "tests/compiler/support/graph_builder.h"

namespace zkvm::compiler {
namespace {

using Ints = std::vector<int64_t>;

// The graph with the constants folded has to have `left` nodes and to compute nearly the same.
void ExpectFolds(const Graph& before, size_t left, const std::vector<Literal>& inputs) {
  Validate(before);
  Graph after = before;
  SimplifyLinear(after, true);
  Validate(after);
  EXPECT_EQ(after.nodes.size(), left);
  EXPECT_EQ(before.At(before.outputs[0]).name, after.At(after.outputs[0]).name);
  EXPECT_LT(LargestDifference(before, after, inputs), 1e-4);
}

ValueId BatchNorm(GraphBuilder& b, ValueId x, int64_t channels) {
  std::vector<float> variances;
  for (int64_t c = 0; c < channels; ++c) variances.push_back(0.5f + static_cast<float>(c));
  return b.Apply("BatchNormalization",
                 {x, b.Weights({channels}, 1), b.Weights({channels}, 1), b.Weights({channels}, 1),
                  b.Constant({channels}, variances)},
                 {{"epsilon", 0.01f}});
}

TEST(FoldBatchNorm, IntoConvolutions) {
  for (const bool bias : {false, true}) {
    for (const int64_t group : {1, 2}) {
      GraphBuilder b;
      const ValueId x = b.Input("x", {1, 4, 5, 5});
      std::vector<ValueId> inputs = {x, b.Weights({6, 4 / group, 3, 3}, 1)};
      if (bias) inputs.push_back(b.Weights({6}, 1));
      const ValueId y = b.Apply("Conv", inputs, {{"group", group}});
      ExpectFolds(b.Finish({BatchNorm(b, y, 6)}), 1, {b.Random({1, 4, 5, 5}, 1)});
    }
  }
}

TEST(FoldBatchNorm, IntoTransposedConvolutions) {
  for (const int64_t group : {1, 2}) {
    GraphBuilder b;
    const ValueId x = b.Input("x", {1, 4, 5, 5});
    const ValueId y = b.Apply("ConvTranspose", {x, b.Weights({4, 3, 2, 2}, 1)}, {{"group", group}});
    ExpectFolds(b.Finish({BatchNorm(b, y, 3 * group)}), 1, {b.Random({1, 4, 5, 5}, 1)});
  }
}

TEST(FoldBatchNorm, IntoGemm) {
  for (const int64_t transposed : {0, 1}) {
    for (const Shape& bias : {Shape{5}, Shape{1, 5}, Shape{}, Shape{1}}) {
      GraphBuilder b;
      const ValueId x = b.Input("x", {2, 3});
      const ValueId w = b.Weights(transposed != 0 ? Shape{5, 3} : Shape{3, 5}, 1);
      const ValueId y = b.Apply("Gemm", {x, w, b.Weights(bias, 1)},
                                {{"transB", transposed}, {"alpha", 0.5f}, {"beta", 2.0f}});
      ExpectFolds(b.Finish({BatchNorm(b, y, 5)}), 1, {b.Random({2, 3}, 1)});
    }
  }
}

TEST(FoldBatchNorm, IntoMatMulAndAdd) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {2, 3});
  const ValueId y =
      b.Apply("Add", {b.Weights({5}, 1), b.Apply("MatMul", {x, b.Weights({3, 5}, 1)})});
  ExpectFolds(b.Finish({BatchNorm(b, y, 5)}), 2, {b.Random({2, 3}, 1)});
}

TEST(FoldBatchNorm, NotWhereTheSumIsReadElsewhere) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 2, 4, 4});
  const ValueId y = b.Apply("Conv", {x, b.Weights({3, 2, 3, 3}, 1)});
  Graph graph = b.Finish({b.Apply("Add", {BatchNorm(b, y, 3), y})});
  EXPECT_FALSE(FoldBatchNorm(graph));
  // Nor where it is an output.
  GraphBuilder c;
  const ValueId z = c.Apply("Conv", {c.Input("x", {1, 2, 4, 4}), c.Weights({3, 2, 3, 3}, 1)});
  graph = c.Finish({BatchNorm(c, z, 3), z});
  EXPECT_FALSE(FoldBatchNorm(graph));
}

TEST(FoldChannelConstants, ChainsAfterConvolutions) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 4, 5, 5});
  ValueId y = b.Apply("Conv", {x, b.Weights({6, 4, 3, 3}, 1)});
  y = b.Apply("Mul", {y, b.Weights({1, 6, 1, 1}, 1)});
  y = b.Apply("Add", {b.Weights({6, 1, 1}, 1), y});
  y = b.Apply("Sub", {b.Weights({6, 1, 1}, 1), y});
  y = b.Apply("Div", {y, b.Scalar(8)});
  y = BatchNorm(b, y, 6);
  y = b.Apply("Sub", {y, b.Scalar(0.25)});
  ExpectFolds(b.Finish({y}), 1, {b.Random({1, 4, 5, 5}, 1)});
}

TEST(FoldChannelConstants, ScalesOfMatMul) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {2, 7, 3});
  ValueId y = b.Apply("MatMul", {x, b.Weights({3, 5}, 1)});
  y = b.Apply("Mul", {y, b.Scalar(0.125)});
  y = b.Apply("Add", {y, b.Weights({5}, 1)});
  y = b.Apply("Mul", {y, b.Weights({1, 1, 5}, 1)});
  ExpectFolds(b.Finish({y}), 2, {b.Random({2, 7, 3}, 1)});
}

TEST(FoldChannelConstants, NotWhatIsNoConstantForEachChannel) {
  const std::vector<std::function<ValueId(GraphBuilder&, ValueId)>> others = {
      [](GraphBuilder& b, ValueId y) { return b.Apply("Mul", {y, b.Weights({4}, 1)}); },  // columns
      [](GraphBuilder& b, ValueId y) { return b.Apply("Mul", {y, b.Weights({2, 1, 1, 1}, 1)}); },
      [](GraphBuilder& b, ValueId y) { return b.Apply("Div", {b.Scalar(1), y}); },
      [](GraphBuilder& b, ValueId y) { return b.Apply("Div", {y, b.Scalar(0)}); },
      [](GraphBuilder& b, ValueId y) { return b.Apply("Mul", {y, y}); },
  };
  for (size_t i = 0; i < others.size(); ++i) {
    SCOPED_TRACE(i);
    GraphBuilder b;
    const ValueId x = b.Input("x", {1, 2, 6, 6});
    const ValueId y = b.Apply("Conv", {x, b.Weights({3, 2, 3, 3}, 1)});
    Graph graph = b.Finish({others[i](b, y)});
    EXPECT_FALSE(FoldChannelConstants(graph));
  }
}

}  // namespace
}  // namespace zkvm::compiler
