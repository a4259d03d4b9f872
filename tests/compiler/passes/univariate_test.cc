#include "compiler/passes/univariate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/compiler/support/graph_builder.h"

namespace zkvm::compiler {
namespace {

// The value at each point is that of the nodes.
void ExpectSameFunction(const Graph& graph, const Univariate& function) {
  std::vector<float> points;
  for (int i = -40; i < 40; ++i) points.push_back(static_cast<float>(i) / 8.0F);
  const std::vector<double> reals(points.begin(), points.end());
  Evaluator evaluator;
  const std::vector<double> values = Tabulate(graph, function, reals, evaluator);
  const auto wanted = RunOutputs(graph, {Literal::Floats({80}, points)});
  EXPECT_EQ(values, wanted[0]);
}

TEST(Univariate, GeluOfErf) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {80});
  const ValueId erf = b.Apply("Erf", {b.Apply("Div", {x, b.Scalar(1.41421356)})});
  const ValueId product = b.Apply("Mul", {x, b.Apply("Add", {erf, b.Scalar(1)})});
  const Graph graph = b.Finish({b.Apply("Mul", {product, b.Scalar(0.5)})});
  const auto found = FindUnivariates(graph);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].input, x);
  EXPECT_EQ(found[0].output, graph.outputs[0]);
  EXPECT_EQ(found[0].nodes.size(), 5U);
  ExpectSameFunction(graph, found[0]);
}

TEST(Univariate, SiluClipAndComparison) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {80});
  const ValueId silu = b.Apply("Mul", {x, b.Apply("Sigmoid", {x})});
  const ValueId clipped = b.Apply("Clip", {silu, b.Scalar(-0.1), b.Scalar(2)});
  const ValueId positive = b.Apply("Greater", {x, b.Constant({1}, {0.25F})});
  const Graph graph = b.Finish({b.Apply("Where", {positive, clipped, b.Scalar(-1)})});
  const auto found = FindUnivariates(graph);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].nodes.size(), 5U);
  ExpectSameFunction(graph, found[0]);
}

TEST(Univariate, FakeQuantization) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {80});
  const ValueId scale = b.Scalar(0.03), zero = b.Scalar(100, DType::kUint8);
  const ValueId integers = b.Apply("QuantizeLinear", {x, scale, zero});
  const Graph graph = b.Finish({b.Apply("DequantizeLinear", {integers, scale, zero})});
  const auto found = FindUnivariates(graph);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].nodes.size(), 2U);
  ExpectSameFunction(graph, found[0]);
}

TEST(Univariate, ValuesInBetweenThatOthersReadEndAGroup) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {80});
  const ValueId relu = b.Apply("Relu", {x});
  const ValueId exp = b.Apply("Exp", {relu});
  const Graph graph = b.Finish({relu, b.Apply("Neg", {exp})});
  const auto found = FindUnivariates(graph);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].nodes.size(), 1U);
  EXPECT_EQ(found[1].input, relu);
  EXPECT_EQ(found[1].nodes.size(), 2U);
}

TEST(Univariate, TwoVariablesAndBroadcastsAreNone) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {4, 20}), y = b.Input("y", {4, 20});
  const ValueId sum = b.Apply("Add", {x, y});
  const ValueId column = b.Apply("Mul", {x, b.Weights({4, 1}, 1)});
  const ValueId wider = b.Apply("Add", {x, b.Constant({2, 1, 1}, {1, 1})});
  const Graph graph = b.Finish({sum, column, wider});
  EXPECT_TRUE(FindUnivariates(graph).empty());
}

TEST(Univariate, TwoFunctionsOfOneValue) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {80});
  const ValueId tanh = b.Apply("Tanh", {b.Apply("Mul", {x, b.Scalar(2)})});
  const ValueId sigmoid = b.Apply("Sigmoid", {x});
  const Graph graph = b.Finish({tanh, sigmoid});
  const auto found = FindUnivariates(graph);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].input, x);
  EXPECT_EQ(found[1].input, x);
}

}  // namespace
}  // namespace zkvm::compiler
