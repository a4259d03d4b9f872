#include "compiler/operators/checks.h"

#include <fmt/format.h>

#include <algorithm>

namespace zkvm::compiler {

DType RegisterType(DType type) {
  return type == DType::kFloat16 || type == DType::kBfloat16 ? DType::kFloat : type;
}

void CheckInputs(const InferContext& context, size_t least, size_t most) {
  if (context.inputs() > most) {
    context.Fail(fmt::format("has {} inputs, at most {} are defined", context.inputs(), most));
  }
  for (size_t i = 0; i < least; ++i) {
    if (!context.Has(i)) context.Fail(fmt::format("input {} is missing", i));
  }
}

void CheckFloat(const InferContext& context, size_t input) {
  const DType type = context.Input(input).dtype;
  if (!IsFloat(type)) {
    context.Fail(fmt::format("input {} is {}, not of floating point", input, NameOf(type)));
  }
}

void CheckType(const InferContext& context, size_t input, DType type) {
  if (!context.Has(input) || context.Input(input).dtype == type) return;
  context.Fail(fmt::format("input {} is {} where {} is needed", input,
                           NameOf(context.Input(input).dtype), NameOf(type)));
}

void CheckShape(const InferContext& context, size_t input, const Shape& shape) {
  if (!context.Has(input) || context.InputShape(input) == shape) return;
  context.Fail(fmt::format("input {} has the shape {} where {} is needed", input,
                           ToString(context.InputShape(input)), ToString(shape)));
}

void CheckRank(const InferContext& context, size_t input, int64_t least, int64_t most) {
  const int64_t rank = context.Rank(input);
  if (rank >= least && rank <= most) return;
  context.Fail(fmt::format("input {} has {} dimensions; from {} to {} are supported", input, rank,
                           least, most));
}

void CheckExtents(const InferContext& context, const Shape& shape) {
  constexpr int64_t kMostExtent = int64_t{1} << 40;
  for (const int64_t extent : shape) {
    if (extent > kMostExtent) context.Fail("an extent of " + ToString(shape) + " is too large");
  }
}

bool Flag(const Node& node, std::string_view name, bool otherwise) {
  const int64_t value = node.Int(name, otherwise ? 1 : 0);
  if (value != 0 && value != 1) Fail(node, fmt::format("{} is {}, neither 0 nor 1", name, value));
  return value == 1;
}

std::string Choice(const Node& node, std::string_view name,
                   std::initializer_list<std::string_view> names) {
  const std::string value = node.String(name, *names.begin());
  if (std::find(names.begin(), names.end(), value) == names.end()) {
    Fail(node, fmt::format("{} is \"{}\"; known are {}", name, value, fmt::join(names, ", ")));
  }
  return value;
}

}  // namespace zkvm::compiler
