#include "compiler/graph/graph.h"

#include <gtest/gtest.h>

#include <string>

namespace zkvm::compiler {
namespace {

TEST(Node, AttributesHaveTypes) {
  Node node;
  node.name = "conv1";
  node.op = "Conv";
  node.attributes = {{"group", int64_t{2}}, {"pads", std::vector<int64_t>{1, 1}}};
  EXPECT_EQ(node.Int("group", 1), 2);
  EXPECT_EQ(node.Int("other", 5), 5);
  EXPECT_EQ(node.Ints("pads"), (std::vector<int64_t>{1, 1}));
  EXPECT_EQ(node.String("auto_pad", "NOTSET"), "NOTSET");
  EXPECT_EQ(node.Tensor("value"), nullptr);
  try {
    node.Float("group", 0);
    FAIL();
  } catch (const CompileError& error) {
    EXPECT_EQ(std::string(error.what()), "node 'conv1' (Conv): attribute 'group' is not a float");
  }
}

TEST(Graph, KnowsWhoComputesAndWhoReads) {
  Graph graph;
  const ValueId x = graph.Add({.name = "x", .type = {DType::kFloat, {1}}, .constant = {}});
  const ValueId y = graph.Add({.name = "y", .type = {DType::kFloat, {1}}, .constant = {}});
  const ValueId z = graph.Add({.name = "z", .type = {DType::kFloat, {1}}, .constant = {}});
  Node square, sum;
  square.inputs = {x, x};
  square.outputs = {y};
  sum.inputs = {kNoValue, x, y};
  sum.outputs = {kNoValue, z};
  graph.nodes = {square, sum};
  EXPECT_EQ(graph.Producers(), (std::vector<int32_t>{-1, 0, 1}));
  const auto consumers = graph.Consumers();
  EXPECT_EQ(consumers[static_cast<size_t>(x)], (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(consumers[static_cast<size_t>(y)], (std::vector<int32_t>{1}));
  EXPECT_TRUE(consumers[static_cast<size_t>(z)].empty());
  EXPECT_FALSE(sum.HasInput(0));
  EXPECT_FALSE(sum.HasInput(3));
  EXPECT_TRUE(sum.HasOutput(1));
}

}  // namespace
}  // namespace zkvm::compiler
