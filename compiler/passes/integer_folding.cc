#include "compiler/passes/integer_folding.h"

#include <algorithm>
#include <vector>

namespace zkvm::compiler {
namespace {

constexpr int64_t kMaxElements = 64;

bool IsShort(const Type& type) {
  return type.dtype == DType::kInt64 && type.shape.size() <= 1 && type.elements() <= kMaxElements;
}

// Wraps, as the operators do; nothing where the quotient is not defined.
std::optional<int64_t> Compute(const std::string& op, int64_t a, int64_t b) {
  const uint64_t x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);
  if (op == "Add") return static_cast<int64_t>(x + y);
  if (op == "Sub") return static_cast<int64_t>(x - y);
  if (op == "Mul") return static_cast<int64_t>(x * y);
  if (op == "Div" && b > 0) return a / b;
  return std::nullopt;
}

std::optional<std::vector<int64_t>> Binary(const Node& node, int64_t count,
                                           std::span<const Literal> inputs) {
  const auto a = inputs[0].As<int64_t>(), b = inputs[1].As<int64_t>();
  std::vector<int64_t> result;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    const std::optional<int64_t> c =
        Compute(node.op, a[a.size() == 1 ? 0 : i], b[b.size() == 1 ? 0 : i]);
    if (!c) return std::nullopt;
    result.push_back(*c);
  }
  return result;
}

std::optional<std::vector<int64_t>> Gather(std::span<const int64_t> data,
                                           std::span<const int64_t> indices) {
  std::vector<int64_t> result;
  const int64_t size = static_cast<int64_t>(data.size());
  for (const int64_t index : indices) {
    if (index < -size || index >= size) return std::nullopt;
    result.push_back(data[static_cast<size_t>(index < 0 ? index + size : index)]);
  }
  return result;
}

}  // namespace

std::optional<Literal> FoldIntegers(const Node& node, const Type& result,
                                    std::span<const Literal> inputs) {
  if (!node.domain.empty() || !IsShort(result) || inputs.empty()) return std::nullopt;
  for (const Literal& input : inputs) {
    if (!IsShort(input.type())) return std::nullopt;
  }
  std::optional<std::vector<int64_t>> values;
  if (node.op == "Concat") {
    values.emplace();
    for (const Literal& input : inputs) {
      const auto elements = input.As<int64_t>();
      values->insert(values->end(), elements.begin(), elements.end());
    }
  } else if (node.op == "Gather" && inputs.size() == 2 && inputs[0].shape().size() == 1) {
    values = Gather(inputs[0].As<int64_t>(), inputs[1].As<int64_t>());
  } else if (inputs.size() == 2) {
    values = Binary(node, result.elements(), inputs);
  }
  if (!values || static_cast<int64_t>(values->size()) != result.elements()) return std::nullopt;
  return Literal::Of<int64_t>(DType::kInt64, result.shape, *values);
}

}  // namespace zkvm::compiler
