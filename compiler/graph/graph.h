// A model as a graph: values with static types, and nodes that compute them, in an order in which
// every value is computed before it is used.
//
// There is no control flow and there are no sequences: the importer unrolls and selects
// (compiler/onnx/). Passes rewrite graphs (compiler/passes/), operators say what nodes mean
// (compiler/operators/).
#ifndef ZKVM_COMPILER_GRAPH_GRAPH_H_
#define ZKVM_COMPILER_GRAPH_GRAPH_H_

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/graph/type.h"

namespace zkvm::compiler {

// What is wrong with a model, and where: the file, the node with its operator, and what to do about
// it are all in the message.
class CompileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using ValueId = int32_t;
inline constexpr ValueId kNoValue = -1;  // an optional input or output that is left out

struct Value {
  std::string name;  // of ONNX, or made from a node's; may be empty
  Type type;
  std::optional<Literal> constant;
  // For results whose size depends on data (NonZero): the axis whose extent in `type` is an upper
  // bound. Only outputs of the graph may be such values. -1: none.
  int dynamic_axis = -1;
};

using Attribute = std::variant<int64_t, float, std::string, Literal, std::vector<int64_t>,
                               std::vector<float>, std::vector<std::string>>;

struct Node {
  std::string name;    // of ONNX, or "Conv_3": what errors and reports call it; unique
  std::string op;      // "Conv"
  std::string domain;  // "" (ai.onnx) or "ai.onnx.ml"
  int64_t opset = 0;   // the version of the domain that the node is written in
  std::vector<ValueId> inputs, outputs;  // kNoValue where left out
  std::map<std::string, Attribute, std::less<>> attributes;

  bool HasInput(size_t i) const { return i < inputs.size() && inputs[i] != kNoValue; }
  bool HasOutput(size_t i) const { return i < outputs.size() && outputs[i] != kNoValue; }

  // The default where the attribute is missing. Throw CompileError where it has another type.
  int64_t Int(std::string_view name, int64_t otherwise) const;
  float Float(std::string_view name, float otherwise) const;
  std::string String(std::string_view name, std::string_view otherwise) const;
  std::vector<int64_t> Ints(std::string_view name, std::vector<int64_t> otherwise = {}) const;
  std::vector<float> Floats(std::string_view name, std::vector<float> otherwise = {}) const;
  std::vector<std::string> Strings(std::string_view name) const;
  const Literal* Tensor(std::string_view name) const;  // null where missing
  bool HasAttribute(std::string_view name) const { return attributes.contains(name); }
};

struct Graph {
  std::string name;
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs, outputs;

  const Value& At(ValueId id) const { return values[static_cast<size_t>(id)]; }
  Value& At(ValueId id) { return values[static_cast<size_t>(id)]; }

  ValueId Add(Value value);
  ValueId AddConstant(std::string name, Literal literal);

  // The node that computes each value (index into nodes), -1 for inputs and constants.
  std::vector<int32_t> Producers() const;
  // The nodes that read each value, ascending, each once.
  std::vector<std::vector<int32_t>> Consumers() const;
};

// Throws CompileError("node 'conv1' (Conv): ...").
[[noreturn]] void Fail(const Node& node, std::string_view what);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_GRAPH_GRAPH_H_
