#include "compiler/operators/inference.h"

#include <optional>
#include <string>

#include "compiler/operators/operator.h"

namespace zkvm::compiler {
namespace {

std::string Described(const Value& value) {
  return value.name.empty() ? "" : std::string("'").append(value.name).append("' ");
}

void CheckInput(const Node& node, const Value& value) {
  if (value.dynamic_axis >= 0) {
    Fail(node, "the size of its input " + Described(value) +
                   "depends on data: only outputs of the model may be such tensors");
  }
  if (value.type.dtype == DType::kString) {
    Fail(node, "its input " + Described(value) + "holds strings, which are not supported");
  }
}

void CheckOutput(const Node& node, const Value& value) {
  if (value.type.dtype == DType::kUndefined) Fail(node, "the type of an output is unknown");
  if (value.type.dtype == DType::kString) {
    Fail(node, "its output " + Described(value) + "holds strings, which are not supported");
  }
  const std::optional<int64_t> bytes = CheckedBytes(value.type.dtype, value.type.shape);
  if (!bytes || *bytes > kMaxValueBytes) {
    Fail(node, "its output " + Described(value) + "would be too large: " + ToString(value.type));
  }
}

}  // namespace

void InferTypes(Graph& graph, const Node& node) {
  const Operator* entry = Registry::Get().Find(node.domain, node.op);
  if (entry == nullptr || entry->infer == nullptr) {
    Fail(node, std::string("the operator is not supported (opset ")
                   .append(std::to_string(node.opset))
                   .append(")"));
  }
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.HasInput(i)) CheckInput(node, graph.At(node.inputs[i]));
  }
  InferContext context(graph, node);
  entry->infer(context);
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.HasOutput(i)) CheckOutput(node, graph.At(node.outputs[i]));
  }
}

}  // namespace zkvm::compiler
