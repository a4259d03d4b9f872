// Random graphs: the compiled guest computes what the evaluator on this machine does, bit by bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "compiler/codegen/evaluator.h"
#include "compiler/graph/graph.h"
#include "compiler/operators/inference.h"
#include "tests/compiler/codegen/guest.h"

namespace zkvm::compiler {
namespace {

using Attributes = std::map<std::string, Attribute, std::less<>>;

// Nodes read any values that came before, so that values live for different times and share memory
// in any order.
class RandomGraph {
 public:
  explicit RandomGraph(uint32_t seed) : random_(seed) {
    for (int i = 0; i < 3; ++i) {
      const ValueId id = graph_.Add(
          {.name = "x", .type = {DType::kFloat, RandomShape()}, .constant = std::nullopt});
      graph_.inputs.push_back(id);
      values_.push_back(id);
      inputs_.push_back(RandomFloats(graph_.At(id).type.shape));
    }
    while (graph_.nodes.size() < 25) AddNode();
    for (size_t i = 0; i < 4; ++i) {
      // Results of nodes, each once.
      const ValueId id = graph_.nodes[graph_.nodes.size() - 1 - 6 * i].outputs[0];
      graph_.outputs.push_back(id);
    }
  }

  const Graph& graph() const { return graph_; }
  const std::vector<Literal>& inputs() const { return inputs_; }

 private:
  int64_t Below(int64_t n) { return static_cast<int64_t>(random_()) % n; }

  Shape RandomShape() {
    Shape shape;
    for (int64_t rank = 1 + Below(4); rank > 0; --rank) shape.push_back(1 + Below(5));
    return shape;
  }

  // Among them zeros of both signs and numbers whose exponentials are no longer finite.
  Literal RandomFloats(const Shape& shape) {
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<size_t>(ElementCount(shape)));
    for (float& value : values) {
      value = normal(random_);
      if (Below(16) == 0) value = Below(2) == 0 ? 0.0F : -0.0F;
      if (Below(32) == 0) value *= 1e3F;
    }
    return Literal::Floats(shape, values);
  }

  ValueId Any() {
    return values_[static_cast<size_t>(Below(static_cast<int64_t>(values_.size())))];
  }
  const Shape& ShapeOf(ValueId id) const { return graph_.At(id).type.shape; }

  ValueId Constant(std::vector<int64_t> values) {
    return graph_.AddConstant("", Literal::Int64s(values));
  }

  void Add(const std::string& op, std::vector<ValueId> inputs, Attributes attributes = {}) {
    Node node;
    node.name = op + "_" + std::to_string(graph_.nodes.size());
    node.op = op;
    node.opset = 17;
    node.inputs = std::move(inputs);
    node.attributes = std::move(attributes);
    node.outputs = {graph_.Add({.name = node.name, .type = {}, .constant = std::nullopt})};
    InferTypes(graph_, node);
    if (graph_.At(node.outputs[0]).type.elements() > 2000) return;
    values_.push_back(node.outputs[0]);
    graph_.nodes.push_back(std::move(node));
  }

  void AddNode() {
    const ValueId x = Any();
    const Shape shape = ShapeOf(x);
    const auto rank = static_cast<int64_t>(shape.size());
    const int64_t axis = rank == 0 ? 0 : Below(rank);
    switch (Below(10)) {
      case 0: {
        const std::vector<std::string> unary = {"Relu", "Sigmoid", "Tanh", "Exp",  "Neg",
                                                "Abs",  "Erf",     "Sin",  "Sqrt", "Floor"};
        return Add(unary[static_cast<size_t>(Below(10))], {x});
      }
      case 1: {
        const std::vector<std::string> binary = {"Add", "Sub", "Mul", "Div"};
        return Add(binary[static_cast<size_t>(Below(4))], {x, SameShape(x)});
      }
      case 2: {
        // Broadcasting of one axis.
        std::vector<int64_t> axes = {axis};
        if (rank == 0) return;
        const size_t count = values_.size();
        Add("ReduceMean", {x}, {{"axes", axes}});
        if (values_.size() > count) Add("Sub", {x, values_.back()});
        return;
      }
      case 3: {
        std::vector<int64_t> perm(static_cast<size_t>(rank));
        for (size_t i = 0; i < perm.size(); ++i) perm[i] = static_cast<int64_t>(i);
        std::shuffle(perm.begin(), perm.end(), random_);
        return Add("Transpose", {x}, {{"perm", perm}});
      }
      case 4:
        return Add("Reshape", {x, Constant({-1})});
      case 5:
        if (rank > 0) Add("Softmax", {x}, {{"axis", axis}});
        return;
      case 6:
        if (rank > 0) Add("Concat", {x, SameShape(x), x}, {{"axis", axis}});
        return;
      case 7: {
        if (rank == 0) return;
        const int64_t extent = shape[static_cast<size_t>(axis)];
        return Add("Slice", {x, Constant({extent - 1}), Constant({-extent - 1}), Constant({axis}),
                             Constant({-1 - Below(2)})});
      }
      case 8: {
        std::vector<int64_t> pads;
        for (int64_t i = 0; i < 2 * rank; ++i) pads.push_back(Below(2));
        return Add("Pad", {x, Constant(pads)});
      }
      default: {
        if (rank < 2) return;
        Shape weights = {shape.back(), 1 + Below(6)};
        const ValueId w = graph_.AddConstant("", RandomFloats(weights));
        return Add("MatMul", {x, w});
      }
    }
  }

  ValueId SameShape(ValueId x) {
    std::vector<ValueId> same;
    for (const ValueId id : values_) {
      if (ShapeOf(id) == ShapeOf(x)) same.push_back(id);
    }
    return same[static_cast<size_t>(Below(static_cast<int64_t>(same.size())))];
  }

  std::mt19937 random_;
  Graph graph_;
  std::vector<ValueId> values_;  // that nodes may read
  std::vector<Literal> inputs_;
};

// NaNs of any bits are one value.
bool Equal(const Literal& a, const Literal& b) {
  if (a.type() != b.type()) return false;
  const auto x = a.As<float>(), y = b.As<float>();
  const auto bits_a = a.As<uint32_t>(), bits_b = b.As<uint32_t>();
  for (size_t i = 0; i < x.size(); ++i) {
    if (bits_a[i] != bits_b[i] && !(std::isnan(x[i]) && std::isnan(y[i]))) return false;
  }
  return true;
}

TEST(RandomGraphs, GuestsComputeWhatTheEvaluatorDoes) {
  for (uint32_t seed = 0; seed < 12; ++seed) {
    const RandomGraph random(seed);
    const Graph& graph = random.graph();
    Evaluator evaluator;
    const std::vector<Literal> values = evaluator.RunGraph(graph, random.inputs());
    const GuestRun run = RunExact(graph, random.inputs());
    ASSERT_EQ(run.outputs.size(), graph.outputs.size());
    for (size_t i = 0; i < run.outputs.size(); ++i) {
      const auto id = static_cast<size_t>(graph.outputs[i]);
      EXPECT_TRUE(Equal(run.outputs[i], values[id]))
          << "seed " << seed << ", " << graph.values[id].name;
    }
  }
}

}  // namespace
}  // namespace zkvm::compiler
