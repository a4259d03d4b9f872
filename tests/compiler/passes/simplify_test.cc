// Passes that keep every bit of the results.
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "compiler/passes/passes.h"
#include "compiler/passes/rewrite.h"
#include "tests/compiler/support/graph_builder.h"

namespace zkvm::compiler {
namespace {

// Runs the pass, which has to change the graph, and dead code removal; the result has to be valid,
// and to compute the same bits.
Graph After(const Graph& before, const std::function<bool(Graph&)>& pass,
            const std::vector<Literal>& inputs) {
  Graph after = before;
  Validate(before);
  EXPECT_TRUE(pass(after));
  RemoveDeadNodes(after);
  Validate(after);
  Evaluator evaluator;
  const std::vector<Literal> expected = evaluator.RunGraph(before, inputs);
  const std::vector<Literal> computed = evaluator.RunGraph(after, inputs);
  for (size_t i = 0; i < before.outputs.size(); ++i) {
    EXPECT_EQ(before.At(before.outputs[i]).name, after.At(after.outputs[i]).name);
    EXPECT_EQ(expected[static_cast<size_t>(before.outputs[i])],
              computed[static_cast<size_t>(after.outputs[i])]);
  }
  return after;
}

bool Unchanged(const Graph& graph, const std::function<bool(Graph&)>& pass) {
  Graph copy = graph;
  return !pass(copy);
}

bool FoldAll(Graph& graph) { return FoldConstants(graph, true); }

TEST(FoldConstants, ChainsDisappear) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {2, 3});
  const ValueId w = b.Weights({3, 4}, 1), v = b.Weights({4, 2}, 1);
  const ValueId y = b.Apply("MatMul", {x, b.Apply("Neg", {b.Apply("MatMul", {w, v})})});
  const Graph after = After(b.Finish({y}), FoldAll, {b.Random({2, 3}, 1)});
  EXPECT_EQ(after.nodes.size(), 1u);
}

TEST(FoldConstants, OutputsStayResultsOfNodes) {
  GraphBuilder b;
  const ValueId y = b.Apply("Neg", {b.Weights({3}, 1)});
  const Graph after = After(b.Finish({y}), FoldAll, {});
  ASSERT_EQ(after.nodes.size(), 1u);
  EXPECT_EQ(after.nodes[0].op, "Identity");
  EXPECT_TRUE(Unchanged(after, FoldAll));
}

TEST(FoldConstants, DequantizationIsKeptOnDemand) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {2, 3});
  Graph graph = b.graph();
  const std::vector<int8_t> integers = {1, -2, 3};
  const ValueId q = graph.AddConstant("q", Literal::Of<int8_t>(DType::kInt8, {3}, integers));
  const ValueId scale = graph.AddConstant("s", Literal::Scalar(DType::kFloat, 0.5));
  Node node;
  node.name = "dq";
  node.op = "DequantizeLinear";
  node.opset = 13;
  node.inputs = {q, scale};
  node.outputs = {graph.Add({.name = "w", .type = {}, .constant = {}})};
  InferTypes(graph, node);
  graph.nodes.push_back(node);
  const ValueId y = InsertNode(graph, 1, "Mul", "y", {x, node.outputs[0]});
  graph.outputs = {y};
  EXPECT_TRUE(Unchanged(graph, [](Graph& g) { return FoldConstants(g, false); }));
  EXPECT_EQ(After(graph, FoldAll, {b.Random({2, 3}, 1)}).nodes.size(), 1u);
}

TEST(RemoveIdentities, NodesThatDoNothing) {
  const std::vector<std::function<ValueId(GraphBuilder&, ValueId)>> nothings = {
      [](GraphBuilder& b, ValueId x) { return b.Apply("Identity", {x}); },
      [](GraphBuilder& b, ValueId x) { return b.Apply("Cast", {x}, {{"to", int64_t{1}}}); },
      [](GraphBuilder& b, ValueId x) { return b.Apply("Dropout", {x}); },
      [](GraphBuilder& b, ValueId x) { return b.Apply("Reshape", {x, b.Integers({2, -1})}); },
      [](GraphBuilder& b, ValueId x) { return b.Apply("Concat", {x}, {{"axis", int64_t{1}}}); },
      [](GraphBuilder& b, ValueId x) {
        return b.Apply("Transpose", {x}, {{"perm", std::vector<int64_t>{0, 1}}});
      },
      [](GraphBuilder& b, ValueId x) { return b.Apply("Mul", {b.Scalar(1), x}); },
      [](GraphBuilder& b, ValueId x) { return b.Apply("Div", {x, b.Constant({3}, {1, 1, 1})}); },
      [](GraphBuilder& b, ValueId x) { return b.Apply("Pad", {x, b.Integers({0, 0, 0, 0})}); },
      [](GraphBuilder& b, ValueId x) {
        return b.Apply("Slice", {x, b.Integers({0}), b.Integers({9}), b.Integers({1})});
      },
  };
  for (size_t i = 0; i < nothings.size(); ++i) {
    SCOPED_TRACE(i);
    GraphBuilder b;
    const ValueId x = b.Input("x", {2, 3});
    const ValueId y = b.Apply("Neg", {nothings[i](b, b.Apply("Abs", {x}))});
    EXPECT_EQ(After(b.Finish({y}), RemoveIdentities, {b.Random({2, 3}, 1)}).nodes.size(), 2u);
  }
}

TEST(RemoveIdentities, NodesThatDoSomething) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {2, 2});
  const ValueId reversed =
      b.Apply("Slice", {x, b.Integers({-1}), b.Integers({-9}), b.Integers({0}), b.Integers({-1})});
  const ValueId transposed = b.Apply("Transpose", {reversed});
  const ValueId inverse = b.Apply("Div", {b.Scalar(1), transposed});
  const ValueId wide = b.Apply("Mul", {inverse, b.Constant({1, 1, 1}, {1})});
  EXPECT_TRUE(Unchanged(b.Finish({wide}), RemoveIdentities));
}

TEST(RemoveIdentities, OutputsKeepTheirNamesAndNodes) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {3});
  const ValueId n = b.Apply("Neg", {x});
  const ValueId i = b.Apply("Identity", {n}), j = b.Apply("Identity", {n});
  const ValueId k = b.Apply("Identity", {x});
  const Graph after = After(b.Finish({i, j, k}), RemoveIdentities, {b.Random({3}, 1)});
  EXPECT_EQ(after.nodes.size(), 3u);  // i is n; j and k are copies
}

TEST(MergeCommonNodes, SameOperationsOfSameValues) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {3});
  const ValueId a = b.Apply("Add", {x, b.Constant({3}, {1, 2, 3})});
  const ValueId c = b.Apply("Add", {x, b.Constant({3}, {1, 2, 3})});
  const ValueId d = b.Apply("Add", {x, b.Constant({3}, {1, 2, 4})});
  const ValueId y = b.Apply("Mul", {b.Apply("Mul", {b.Apply("Neg", {a}), b.Apply("Neg", {c})}), d});
  const Graph after = After(b.Finish({y}), MergeCommonNodes, {b.Random({3}, 1)});
  EXPECT_EQ(CountOperator(after, "Add"), 2u);
  EXPECT_EQ(CountOperator(after, "Neg"), 1u);
  EXPECT_TRUE(Unchanged(after, MergeCommonNodes));
}

TEST(MergeCommonNodes, AttributesAndOutputsMatter) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {2, 2});
  const ValueId p = b.Apply("Softmax", {x}, {{"axis", int64_t{0}}});
  const ValueId q = b.Apply("Softmax", {x}, {{"axis", int64_t{1}}});
  const ValueId r = b.Apply("Softmax", {x}, {{"axis", int64_t{1}}});
  const Graph graph = b.Finish({p, q, r});
  EXPECT_TRUE(Unchanged(graph, MergeCommonNodes));  // r is an output of its own
}

TEST(MergeMoves, TransposesAndReshapes) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {2, 3, 4});
  const auto transpose = [&](ValueId v, std::vector<int64_t> order) {
    return b.Apply("Transpose", {v}, {{"perm", std::move(order)}});
  };
  const ValueId y = transpose(transpose(x, {1, 2, 0}), {1, 0, 2});
  const ValueId z =
      b.Apply("Reshape",
              {b.Apply("Unsqueeze", {b.Apply("Reshape", {x, b.Integers({6, 4})}), b.Integers({0})}),
               b.Integers({8, 3})});
  const ValueId back = transpose(transpose(x, {1, 2, 0}), {2, 0, 1});
  const ValueId w = b.Apply("Neg", {back});
  Graph after = After(b.Finish({y, z, w}), MergeMoves, {b.Random({2, 3, 4}, 1)});
  EXPECT_EQ(CountOperator(after, "Transpose"), 2u);
  EXPECT_EQ(CountOperator(after, "Reshape"), 1u);
  EXPECT_EQ(CountOperator(after, "Unsqueeze"), 0u);
  Simplify(after, true);
  EXPECT_EQ(CountOperator(after, "Transpose"), 1u);  // the two of `back` cancel
}

TEST(MergeMoves, TransposesOfOneIsAReshape) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 3, 1, 4});
  const ValueId y = b.Apply("Transpose", {x}, {{"perm", std::vector<int64_t>{1, 0, 3, 2}}});
  const Graph after = After(b.Finish({y}), MergeMoves, {b.Random({1, 3, 1, 4}, 1)});
  EXPECT_EQ(after.nodes[0].op, "Reshape");
  EXPECT_TRUE(Unchanged(after, MergeMoves));
}

struct PadCase {
  const char* op;
  double value;
  bool relu;
  bool folds;
  GraphBuilder::Attributes attributes;
  std::vector<int64_t> pads = {0, 0, 1, 0, 0, 0, 1, 1};
};

TEST(FoldPads, WhereTheReaderWouldPadTheSame) {
  using Ints = std::vector<int64_t>;
  const double lowest = -std::numeric_limits<double>::infinity();
  const GraphBuilder::Attributes pool = {{"kernel_shape", Ints{2, 2}}};
  GraphBuilder::Attributes counted = pool, padded = pool, padded_counted = pool, ceiled = pool;
  counted["count_include_pad"] = int64_t{1};
  padded["pads"] = Ints{1, 1, 0, 0};
  padded_counted = padded;
  padded_counted["count_include_pad"] = int64_t{1};
  ceiled["ceil_mode"] = int64_t{1};
  const std::vector<PadCase> cases = {
      {"Conv", 0, false, true, {}},
      {"Conv", 0, false, true, {{"pads", Ints{1, 1, 1, 1}}}},
      {"Conv", 1, false, false, {}},
      {"Conv", 0, false, false, {{"auto_pad", std::string("SAME_UPPER")}}},
      {"Conv", 0, false, false, {}, {0, 1, 1, 0, 0, 1, 1, 1}},   // channels
      {"Conv", 0, false, false, {}, {0, 0, -1, 0, 0, 0, 1, 1}},  // crops
      {"AveragePool", 0, false, true, pool},
      {"AveragePool", 0, false, true, counted},
      {"AveragePool", 0, false, false, padded},
      {"AveragePool", 0, false, true, padded_counted},
      {"AveragePool", 0, false, false, ceiled},
      {"AveragePool", 1, false, false, pool},
      {"MaxPool", 0, false, false, pool},
      {"MaxPool", 0, true, true, pool},
      {"MaxPool", lowest, false, true, pool},
      {"MaxPool", 1, true, false, pool},
      {"MaxPool", 0, true, false, pool, {0, 0, 2, 0, 0, 0, 1, 1}},  // windows of padding alone
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(i);
    const PadCase& c = cases[i];
    GraphBuilder b;
    const ValueId x = b.Input("x", {1, 2, 5, 6});
    const ValueId padded_x =
        b.Apply("Pad", {c.relu ? b.Apply("Relu", {x}) : x, b.Integers(c.pads), b.Scalar(c.value)});
    std::vector<ValueId> inputs = {padded_x};
    if (std::string(c.op) == "Conv") {
      const int64_t channels = b.graph().At(padded_x).type.shape[1];
      inputs.push_back(b.Weights({3, channels, 3, 3}, 1));
    }
    const Graph graph = b.Finish({b.Apply(c.op, inputs, c.attributes)});
    if (!c.folds) {
      EXPECT_TRUE(Unchanged(graph, FoldPads));
      continue;
    }
    const Graph after = After(graph, FoldPads, {b.Random({1, 2, 5, 6}, 1)});
    EXPECT_EQ(CountOperator(after, "Pad"), 0u);
  }
}

TEST(RemoveDeadNodes, AndValues) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {3});
  b.Input("unused", {2});
  const ValueId y = b.Apply("Neg", {x});
  b.Apply("Add", {b.Apply("Abs", {y}), b.Constant({3}, {1, 2, 3})});
  Graph graph = b.Finish({y});
  EXPECT_TRUE(RemoveDeadNodes(graph));
  Validate(graph);
  EXPECT_EQ(graph.nodes.size(), 1u);
  EXPECT_EQ(graph.values.size(), 3u);
  EXPECT_EQ(graph.inputs.size(), 2u);
  EXPECT_FALSE(RemoveDeadNodes(graph));
}

TEST(Rewrite, InsertedNodesHaveTypesAndNames) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {3});
  const ValueId y = b.Apply("Neg", {x});
  Graph graph = b.Finish({b.Apply("Relu", {y})});
  const ValueId z = InsertNode(graph, 1, "Abs", "Neg_0", {y});
  EXPECT_EQ(graph.nodes[1].name, "Neg_0_1");
  EXPECT_EQ(graph.At(z).type, (Type{DType::kFloat, {3}}));
  graph.nodes[2].inputs[0] = z;
  Validate(graph);
}

TEST(Validate, FindsWhatIsBroken) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {3});
  const ValueId n = b.Apply("Neg", {x});
  const ValueId y = b.Apply("Abs", {n});
  const Graph good = b.Finish({y});
  Validate(good);
  const auto broken = [&](const std::function<void(Graph&)>& breaks) {
    Graph graph = good;
    breaks(graph);
    try {
      Validate(graph);
    } catch (const CompileError&) {
      return true;
    }
    return false;
  };
  EXPECT_FALSE(broken([](Graph&) {}));
  EXPECT_TRUE(broken([](Graph& g) { std::swap(g.nodes[0], g.nodes[1]); }));
  EXPECT_TRUE(broken([&](Graph& g) { g.At(n).type.shape = {4}; }));
  EXPECT_TRUE(broken([&](Graph& g) { g.At(n).dynamic_axis = 0; }));
  EXPECT_TRUE(broken([](Graph& g) { g.nodes[1].name = g.nodes[0].name; }));
  EXPECT_TRUE(broken([&](Graph& g) { g.nodes[1].outputs[0] = n; }));
  EXPECT_TRUE(broken([](Graph& g) { g.nodes[1].inputs[0] = 99; }));
  EXPECT_TRUE(broken([&](Graph& g) { g.outputs = {x}; }));
  EXPECT_TRUE(broken([&](Graph& g) { g.outputs = {y, y}; }));
  EXPECT_TRUE(broken([&](Graph& g) { g.At(x).constant = Literal::Scalar(DType::kFloat, 1); }));
}

}  // namespace
}  // namespace zkvm::compiler
