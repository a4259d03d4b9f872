// Models as PyTorch exports them (testdata/make.py): the graphs, simplified or not, compute what
// PyTorch does.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "compiler/onnx/tensors.h"
#include "compiler/passes/passes.h"
#include "tests/compiler/onnx/models.h"

namespace zkvm::compiler {
namespace {

Literal ReadTensor(const std::string& name) {
  std::ifstream file(std::string(ZKVM_TESTDATA "/") + name, std::ios::binary);
  onnx::TensorProto proto;
  EXPECT_TRUE(proto.ParseFromIstream(&file)) << name;
  return TensorReader{{}, 1 << 20}.Read(proto, name);
}

void ExpectOutput(const Graph& graph, const Literal& input, const Literal& expected) {
  const Literal output = OutputsOf(graph, {input})[0];
  ASSERT_EQ(output.type(), expected.type());
  const std::vector<double> is = output.ToDoubles(), should_be = expected.ToDoubles();
  for (size_t i = 0; i < is.size(); ++i) EXPECT_NEAR(is[i], should_be[i], 1e-4) << i;
}

// The graph after SimplifyLinear.
Graph Check(const std::string& name, const std::map<std::string, int64_t>& dimensions) {
  const Literal input = ReadTensor(name + ".input.pb");
  const Literal expected = ReadTensor(name + ".output.pb");
  ImportOptions options;
  options.dimensions = dimensions;
  ImportNotes notes;
  Graph graph = Import(ZKVM_TESTDATA "/" + name + ".onnx", options, &notes);
  EXPECT_TRUE(notes.empty());
  Validate(graph);
  ExpectOutput(graph, input, expected);
  SimplifyLinear(graph, true);
  Validate(graph);
  ExpectOutput(graph, input, expected);
  return graph;
}

size_t Count(const Graph& graph, const std::string& op) {
  return static_cast<size_t>(std::count_if(graph.nodes.begin(), graph.nodes.end(),
                                           [&](const Node& node) { return node.op == op; }));
}

TEST(Exported, ShapesAreComputed) {
  const Graph graph = Check("shapes", {{"batch", 2}, {"height", 4}, {"width", 5}});
  for (const char* op : {"Shape", "Gather", "ConstantOfShape", "Expand", "Cast", "Range"}) {
    EXPECT_EQ(Count(graph, op), 0u) << op;
  }
}

TEST(Exported, NormalizationsAndPaddingAreFolded) {
  const Graph graph = Check("norms", {});
  EXPECT_EQ(graph.nodes.size(), 5u);  // Conv, Relu, ConvTranspose, Flatten, Gemm
}

TEST(Exported, RecurrentLayers) { Check("recurrent", {{"batch", 2}}); }

TEST(Exported, AttentionOfSymbolicLength) { Check("attention", {{"batch", 2}, {"length", 5}}); }

TEST(Exported, LoopsAndBranches) {
  const Graph graph = Check("control", {});
  EXPECT_EQ(Count(graph, "Where"), 5u);  // one for each branch on data
  EXPECT_EQ(Count(graph, "Mul"), 3u);    // and of the branches on constants those that are taken
}

}  // namespace
}  // namespace zkvm::compiler
