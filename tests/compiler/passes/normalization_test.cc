#include "compiler/passes/normalization.h"

#include <gtest/gtest.h>

#include "compiler/passes/rewrite.h"
#include "tests/compiler/support/graph_builder.h"

namespace zkvm::compiler {
namespace {

constexpr int64_t kLast = -1;

GraphBuilder::Attributes Axes(std::vector<int64_t> axes) { return {{"axes", std::move(axes)}}; }

// LayerNorm as PyTorch exports it before opset 17, followed by what `finish` adds.
struct LayerNorm {
  GraphBuilder b;
  ValueId x, y;

  explicit LayerNorm(bool square_by_product = false) {
    x = b.Input("x", {2, 5, 16});
    const ValueId mean = b.Apply("ReduceMean", {x}, Axes({kLast}));
    const ValueId centred = b.Apply("Sub", {x, mean});
    const ValueId square = square_by_product ? b.Apply("Mul", {centred, centred})
                                             : b.Apply("Pow", {centred, b.Scalar(2)});
    const ValueId variance = b.Apply("ReduceMean", {square}, Axes({kLast}));
    const ValueId deviation = b.Apply("Sqrt", {b.Apply("Add", {variance, b.Scalar(1e-5)})});
    y = b.Apply("Div", {centred, deviation});
  }
  void ScaleAndShift() {
    y = b.Apply("Mul", {y, b.Weights({16}, 1)});
    y = b.Apply("Add", {y, b.Weights({16}, 1)});
  }
};

TEST(Normalization, LayerNormBecomesOneNode) {
  for (const bool product : {false, true}) {
    LayerNorm norm(product);
    norm.ScaleAndShift();
    const Graph before = norm.b.Finish({norm.y});
    Graph after = before;
    EXPECT_EQ(RecogniseNormalizations(after), 1U);
    RemoveDeadNodes(after);
    ASSERT_EQ(after.nodes.size(), 1U);
    EXPECT_EQ(after.nodes[0].op, "LayerNormalization");
    EXPECT_LT(LargestDifference(before, after, {norm.b.Random({2, 5, 16}, 3, 1)}), 1e-5);
  }
}

TEST(Normalization, WithoutScaleAndBias) {
  LayerNorm norm;
  const Graph before = norm.b.Finish({norm.y});
  Graph after = before;
  EXPECT_EQ(RecogniseNormalizations(after), 1U);
  EXPECT_LT(LargestDifference(before, after, {norm.b.Random({2, 5, 16}, 3, 1)}), 1e-5);
}

TEST(Normalization, OtherMeanIsNoLayerNorm) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {2, 5, 16});
  const ValueId centred = b.Apply("Sub", {x, b.Apply("ReduceMean", {x}, Axes({1}))});
  const ValueId square = b.Apply("Mul", {centred, centred});
  const ValueId variance = b.Apply("ReduceMean", {square}, Axes({1}));
  Graph graph = b.Finish({b.Apply("Div", {centred, b.Apply("Sqrt", {variance})})});
  EXPECT_EQ(RecogniseNormalizations(graph), 0U);
}

TEST(Normalization, RmsNorm) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {3, 32});
  const ValueId square = b.Apply("Pow", {x, b.Scalar(2)});
  const ValueId mean = b.Apply("ReduceMean", {square}, Axes({kLast}));
  const ValueId root = b.Apply("Sqrt", {b.Apply("Add", {mean, b.Scalar(1e-6)})});
  const ValueId normalized = b.Apply("Mul", {x, b.Apply("Reciprocal", {root})});
  const Graph before = b.Finish({b.Apply("Mul", {b.Weights({32}, 1), normalized})});
  Graph after = before;
  EXPECT_EQ(RecogniseNormalizations(after), 1U);
  RemoveDeadNodes(after);
  ASSERT_EQ(after.nodes.size(), 1U);
  EXPECT_EQ(after.nodes[0].op, "RMSNormalization");
  EXPECT_LT(LargestDifference(before, after, {b.Random({3, 32}, 2)}), 1e-5);
}

TEST(Normalization, Softmax) {
  for (const bool stable : {false, true}) {
    GraphBuilder b;
    const ValueId x = b.Input("x", {2, 3, 7});
    const ValueId shifted =
        stable ? b.Apply("Sub", {x, b.Apply("ReduceMax", {x}, Axes({kLast}))}) : x;
    const ValueId e = b.Apply("Exp", {shifted});
    const ValueId sum = b.Apply("ReduceSum", {e, b.Integers({-1})});
    const Graph before = b.Finish({b.Apply("Div", {e, sum})});
    Graph after = before;
    EXPECT_EQ(RecogniseSoftmax(after), 1U);
    RemoveDeadNodes(after);
    ASSERT_EQ(after.nodes.size(), 1U);
    EXPECT_LT(LargestDifference(before, after, {b.Random({2, 3, 7}, 2)}), 1e-6);
  }
}

TEST(Normalization, FlatteningSoftmaxIsNotOfOneAxis) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {2, 3, 7});
  Graph graph = b.Finish({b.Apply("Softmax", {x}, {{"axis", int64_t{1}}}, 11)});
  EXPECT_EQ(RecogniseSoftmax(graph), 0U);
}

TEST(Normalization, ScalesMoveIntoProducts) {
  LayerNorm norm;
  norm.ScaleAndShift();
  GraphBuilder& b = norm.b;
  // Two products, and the sum with the input, which reads the scaled value itself.
  const ValueId first = b.Apply("MatMul", {norm.y, b.Weights({16, 8}, 1)});
  const ValueId second = b.Apply("MatMul", {norm.y, b.Weights({16, 4}, 1)});
  const ValueId residual = b.Apply("Add", {norm.x, norm.y});
  const Graph before = b.Finish({first, second, residual});
  Graph after = before;
  RecogniseNormalizations(after);
  EXPECT_EQ(MoveNormalizationScales(after), 1U);
  RemoveDeadNodes(after);
  EXPECT_EQ(CountOperator(after, "MatMul"), 3U);
  for (const Node& node : after.nodes) {
    if (node.op != "LayerNormalization") continue;
    EXPECT_FALSE(node.HasInput(2));
    for (const double s : after.At(node.inputs[1]).constant->ToDoubles()) EXPECT_EQ(s, 1);
  }
  EXPECT_LT(LargestDifference(before, after, {b.Random({2, 5, 16}, 3, 1)}), 1e-4);
}

TEST(Normalization, ScalesMoveIntoGemm) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {3, 16});
  const ValueId n = b.Apply("LayerNormalization", {x, b.Weights({16}, 1), b.Weights({16}, 1)});
  const ValueId y = b.Apply("Gemm", {n, b.Weights({5, 16}, 1), b.Weights({5}, 1)},
                            {{"transB", int64_t{1}}, {"alpha", 0.5F}});
  const Graph before = b.Finish({y});
  Graph after = before;
  EXPECT_EQ(MoveNormalizationScales(after), 1U);
  EXPECT_LT(LargestDifference(before, after, {b.Random({3, 16}, 3, 1)}), 1e-4);
}

}  // namespace
}  // namespace zkvm::compiler
