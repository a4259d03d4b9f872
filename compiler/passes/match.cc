#include "compiler/passes/match.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace zkvm::compiler {

Matcher::Matcher(const Graph& graph)
    : graph_(&graph),
      producers_(graph.Producers()),
      consumers_(graph.Consumers()),
      is_output_(graph.values.size(), false) {
  for (const ValueId output : graph.outputs) is_output_[static_cast<size_t>(output)] = true;
}

int32_t Matcher::Producer(ValueId value) const {
  const auto i = static_cast<size_t>(value);
  return value == kNoValue || i >= producers_.size() ? -1 : producers_[i];
}

int32_t Matcher::Producer(ValueId value, std::string_view op) const {
  const int32_t node = Producer(value);
  return node >= 0 && At(node).op == op && At(node).domain.empty() ? node : -1;
}

const std::vector<int32_t>& Matcher::Consumers(ValueId value) const {
  return consumers_[static_cast<size_t>(value)];
}

int32_t Matcher::OnlyConsumer(ValueId value) const {
  const std::vector<int32_t>& readers = Consumers(value);
  return readers.size() == 1 && !IsOutput(value) ? readers[0] : -1;
}

std::optional<double> Matcher::Scalar(ValueId value) const {
  if (value == kNoValue || !IsConstant(value)) return std::nullopt;
  const Literal& literal = *graph_->At(value).constant;
  const size_t size = ByteSize(literal.dtype());
  const std::span<const uint8_t> bytes = literal.bytes();
  if (size == 0 || bytes.empty()) return std::nullopt;
  for (size_t i = size; i < bytes.size(); i += size) {
    if (std::memcmp(bytes.data(), bytes.data() + i, size) != 0) return std::nullopt;
  }
  const Literal first({literal.dtype(), {}},
                      {bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size)});
  return first.ToDoubles()[0];
}

ValueId Matcher::Other(const Node& node, ValueId value) const {
  if (node.inputs.size() != 2) return kNoValue;
  if (node.inputs[0] == value) return node.inputs[1];
  return node.inputs[1] == value ? node.inputs[0] : kNoValue;
}

std::optional<std::pair<ValueId, ValueId>> Matcher::WithConstant(const Node& node) const {
  if (node.inputs.size() != 2 || !node.HasInput(0) || !node.HasInput(1)) return std::nullopt;
  if (IsConstant(node.inputs[1])) return std::pair(node.inputs[0], node.inputs[1]);
  if (IsConstant(node.inputs[0])) return std::pair(node.inputs[1], node.inputs[0]);
  return std::nullopt;
}

std::optional<std::vector<int64_t>> ReductionAxes(const Graph& graph, const Node& node) {
  const auto rank = static_cast<int64_t>(graph.At(node.inputs[0]).type.shape.size());
  std::vector<int64_t> axes = node.Ints("axes");
  if (node.HasInput(1)) {
    const Value& input = graph.At(node.inputs[1]);
    if (!input.constant) return std::nullopt;
    axes = input.constant->ToInt64s();
  }
  if (axes.empty()) {
    if (node.Int("noop_with_empty_axes", 0) != 0) return axes;
    axes.resize(static_cast<size_t>(rank));
    std::iota(axes.begin(), axes.end(), 0);
  }
  for (int64_t& axis : axes) {
    if (axis < 0) axis += rank;
  }
  std::ranges::sort(axes);
  return axes;
}

bool AreTrailing(const std::vector<int64_t>& axes, size_t rank) {
  if (axes.empty() || axes.size() > rank) return false;
  for (size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] != static_cast<int64_t>(rank - axes.size() + i)) return false;
  }
  return true;
}

}  // namespace zkvm::compiler
