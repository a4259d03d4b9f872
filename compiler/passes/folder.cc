#include "compiler/passes/folder.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "compiler/passes/integer_folding.h"

namespace zkvm::compiler {
namespace {

// Shape and Size, which are known for inputs that are not.
std::optional<Literal> FoldType(const Graph& graph, const Node& node) {
  if (!node.domain.empty() || !node.HasInput(0)) return std::nullopt;
  const Value& input = graph.At(node.inputs[0]);
  if (input.dynamic_axis >= 0) return std::nullopt;
  const Shape& shape = input.type.shape;
  if (node.op == "Size") {
    return Literal::Int64s(std::vector<int64_t>{ElementCount(shape)}).Reshaped({});
  }
  if (node.op != "Shape") return std::nullopt;
  const int64_t rank = static_cast<int64_t>(shape.size());
  const auto clamp = [&](int64_t axis) {
    return std::clamp(axis < 0 ? axis + rank : axis, int64_t{0}, rank);
  };
  const int64_t start = clamp(node.Int("start", 0));
  const int64_t end = std::max(start, clamp(node.Int("end", rank)));
  return Literal::Int64s(
      std::span(shape).subspan(static_cast<size_t>(start), static_cast<size_t>(end - start)));
}

// Operators that keep the bytes of their first input.
bool KeepsBytes(const Node& node) {
  static const std::set<std::string_view> kNames = {"Identity", "Reshape", "Squeeze", "Unsqueeze",
                                                    "Flatten"};
  return node.domain.empty() && kNames.contains(node.op);
}

}  // namespace

std::optional<std::vector<Literal>> Folder::Fold(const Graph& graph, const Node& node) {
  if (std::optional<Literal> known = FoldType(graph, node)) return std::vector{*std::move(known)};
  if (node.op == "DequantizeLinear" && !dequantize_) return std::nullopt;
  std::vector<Literal> inputs;
  int64_t input_bytes = 0;
  for (const ValueId id : node.inputs) {
    if (id == kNoValue) {
      inputs.emplace_back();
      continue;
    }
    const Value& value = graph.At(id);
    if (!value.constant) return std::nullopt;
    inputs.push_back(*value.constant);
    input_bytes += static_cast<int64_t>(value.type.bytes());
  }
  int64_t output_bytes = 0;
  for (const ValueId id : node.outputs) {
    if (id != kNoValue) output_bytes += static_cast<int64_t>(graph.At(id).type.bytes());
  }
  if (KeepsBytes(node) && node.HasOutput(0)) {
    return std::vector{inputs[0].Reshaped(graph.At(node.outputs[0]).type.shape)};
  }
  if (output_bytes > max_bytes_ && output_bytes > input_bytes) return std::nullopt;
  if (node.outputs.size() == 1 && node.HasOutput(0)) {
    const Type& result = graph.At(node.outputs[0]).type;
    if (std::optional<Literal> known = FoldIntegers(node, result, inputs)) {
      return std::vector{*std::move(known)};
    }
  }
  if (evaluator_ == nullptr) evaluator_ = std::make_unique<Evaluator>();
  return evaluator_->Run(graph, node, inputs);
}

}  // namespace zkvm::compiler
