// Nodes of the ONNX backend tests with attributes, constants and types that do not belong there:
// each is refused with a CompileError, or runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "compiler/codegen/evaluator.h"
#include "compiler/graph/graph.h"
#include "compiler/operators/inference.h"
#include "tests/compiler/onnx_node_test/model_run.h"
#include "tests/compiler/onnx_node_test/onnx_case.h"

namespace zkvm::compiler {
namespace {

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  size_t Below(size_t n) { return random_() % n; }

  int64_t Integer() {
    constexpr int64_t kPool[] = {0,         -1,        1,         2,         3,
                                 -2,        7,         64,        INT32_MAX, INT32_MIN,
                                 INT64_MAX, INT64_MIN, 1LL << 40, 1LL << 62, -(1LL << 40)};
    return kPool[Below(std::size(kPool))];
  }

  float Float() {
    constexpr float kPool[] = {0.0F, -1.0F, 1e30F, -1e30F, 0.5F, 1e-40F, INFINITY, -INFINITY, NAN};
    return kPool[Below(std::size(kPool))];
  }

  void Change(Graph& graph, Node& node) {
    switch (Below(6)) {
      case 0:
      case 1:
        return ChangeAttribute(node);
      case 2:
        return ChangeConstant(graph, node);
      case 3:
        return ChangeType(graph, node);
      case 4:
        if (!node.inputs.empty()) node.inputs[Below(node.inputs.size())] = kNoValue;
        return;
      default:
        if (!node.inputs.empty()) node.inputs.pop_back();
        return;
    }
  }

 private:
  void ChangeAttribute(Node& node) {
    if (node.attributes.empty()) return;
    auto at = node.attributes.begin();
    std::advance(at, Below(node.attributes.size()));
    if (Below(6) == 0) {
      node.attributes.erase(at);
      return;
    }
    if (Below(6) == 0) {
      at->second = std::vector<int64_t>{Integer(), Integer()};
      return;
    }
    std::visit([&](auto& value) { ChangeValue(value); }, at->second);
  }

  void ChangeValue(int64_t& value) { value = Integer(); }
  void ChangeValue(float& value) { value = Float(); }
  void ChangeValue(std::string& value) { value.append("x"); }
  void ChangeValue(Literal& value) { value = ChangedLiteral(value); }
  template <class T>
  void ChangeValue(std::vector<T>& values) {
    if (values.empty()) return;
    if (Below(3) == 0) {
      values.pop_back();
    } else if (Below(3) == 0) {
      values.push_back(values[0]);
    } else {
      ChangeValue(values[Below(values.size())]);
    }
  }

  Literal ChangedLiteral(const Literal& literal) {
    if (literal.dtype() == DType::kInt64 && literal.type().elements() > 0) {
      std::vector<int64_t> values = literal.ToInt64s();
      values[Below(values.size())] = Integer();
      return Literal::Of<int64_t>(DType::kInt64, literal.shape(), values);
    }
    if (literal.dtype() == DType::kFloat && literal.type().elements() > 0) {
      std::vector<float> values(literal.As<float>().begin(), literal.As<float>().end());
      values[Below(values.size())] = Float();
      return Literal::Floats(literal.shape(), values);
    }
    return Literal::Scalar(DType::kInt64, static_cast<double>(Below(5)));
  }

  void ChangeConstant(Graph& graph, const Node& node) {
    for (const ValueId id : node.inputs) {
      if (id == kNoValue || !graph.At(id).constant || Below(2) == 0) continue;
      Value& value = graph.At(id);
      value.constant = ChangedLiteral(*value.constant);
      value.type = value.constant->type();
    }
  }

  void ChangeType(Graph& graph, const Node& node) {
    if (node.inputs.empty()) return;
    const ValueId id = node.inputs[Below(node.inputs.size())];
    if (id == kNoValue || graph.At(id).constant) return;
    Type& type = graph.At(id).type;
    constexpr DType kTypes[] = {DType::kFloat, DType::kInt64,  DType::kBool,   DType::kUint8,
                                DType::kInt32, DType::kDouble, DType::kFloat16};
    switch (Below(4)) {
      case 0:
        type.dtype = kTypes[Below(std::size(kTypes))];
        return;
      case 1:
        type.shape.push_back(static_cast<int64_t>(Below(3)));
        return;
      case 2:
        if (!type.shape.empty()) type.shape.pop_back();
        return;
      default:
        if (!type.shape.empty()) {
          type.shape[Below(type.shape.size())] = static_cast<int64_t>(Below(5));
        }
        return;
    }
  }

  std::mt19937 random_;
};

bool IsSmall(const Graph& graph, const std::vector<ValueId>& ids) {
  return std::all_of(ids.begin(), ids.end(), [&](ValueId id) {
    return id == kNoValue || graph.At(id).type.bytes() < (1 << 14);
  });
}

// Inputs that are no constants: zeros.
std::vector<Literal> Inputs(const Graph& graph, const Node& node) {
  std::vector<Literal> inputs;
  for (const ValueId id : node.inputs) {
    if (id == kNoValue) {
      inputs.emplace_back();
    } else if (graph.At(id).constant) {
      inputs.push_back(*graph.At(id).constant);
    } else {
      const Type& type = graph.At(id).type;
      inputs.emplace_back(type, std::vector<uint8_t>(type.bytes()));
    }
  }
  return inputs;
}

class HostileNodes : public testing::TestWithParam<int> {};

// Every case is changed a few times; of nodes that are still accepted some are run.
TEST_P(HostileNodes, AreRefusedOrRun) {
  const auto cases = ListCases("node");
  Evaluator evaluator;
  size_t refused = 0, accepted = 0;
  for (size_t i = static_cast<size_t>(GetParam()); i < cases.size(); i += 4) {
    FixedModel model;
    try {
      model = ImportCase(cases[i]);
    } catch (const CompileError&) {
      continue;
    }
    Mutator mutator(static_cast<uint32_t>(i));
    for (int round = 0; round < 12; ++round) {
      Graph graph = model.graph;
      Node node = graph.nodes[mutator.Below(graph.nodes.size())];
      mutator.Change(graph, node);
      try {
        InferTypes(graph, node);
        ++accepted;
        if (round % 6 == 0 && IsSmall(graph, node.inputs) && IsSmall(graph, node.outputs)) {
          evaluator.Run(graph, node, Inputs(graph, node));
        }
      } catch (const CompileError&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 300U);
  EXPECT_GT(accepted, 300U);
}

INSTANTIATE_TEST_SUITE_P(Parts, HostileNodes, testing::Range(0, 4));

}  // namespace
}  // namespace zkvm::compiler
