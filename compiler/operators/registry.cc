#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "compiler/operators/inference.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {
namespace {

std::string KeyOf(std::string_view domain, std::string_view op) {
  return std::string(domain).append(":").append(op);
}

std::string Ordinal(std::string_view what, size_t i) {
  return std::string(what).append(" ").append(std::to_string(i));
}

}  // namespace

const Type& InferContext::Input(size_t i) const {
  if (!Has(i)) Fail(Ordinal("it lacks input", i));
  return graph_.At(node_.inputs[i]).type;
}

const Literal* InferContext::Constant(size_t i) const {
  if (!Has(i)) return nullptr;
  const std::optional<Literal>& constant = graph_.At(node_.inputs[i]).constant;
  return constant.has_value() ? &*constant : nullptr;
}

const Literal& InferContext::Required(size_t i, std::string_view what) const {
  const Literal* const constant = Constant(i);
  if (constant == nullptr) {
    Fail(std::string("its ")
             .append(what)
             .append(" (input ")
             .append(std::to_string(i))
             .append(") has to be known when the model is compiled; it is computed from the "
                     "model's inputs"));
  }
  return *constant;
}

int64_t InferContext::Axis(int64_t axis, int64_t rank) const {
  if (axis < -rank || axis >= rank) {
    Fail(std::string("axis ")
             .append(std::to_string(axis))
             .append(" does not exist: the rank is ")
             .append(std::to_string(rank)));
  }
  return axis < 0 ? axis + rank : axis;
}

void InferContext::Output(size_t i, DType dtype, Shape shape) {
  const std::optional<int64_t> bytes = CheckedBytes(dtype, shape);
  if (!bytes || *bytes > kMaxValueBytes) {
    Fail(Ordinal("it is too large or of a negative extent: output", i)
             .append(" of shape ")
             .append(ToString(shape)));
  }
  if (!Wants(i)) return;
  Value& value = graph_.At(node_.outputs[i]);
  value.type = {dtype, std::move(shape)};
  value.dynamic_axis = -1;
}

void InferContext::DynamicOutput(size_t i, DType dtype, Shape shape, int axis) {
  Output(i, dtype, std::move(shape));
  if (Wants(i)) graph_.At(node_.outputs[i]).dynamic_axis = axis;
}

Registry& Registry::Get() {
  static Registry registry = [] {
    Registry r;
    RegisterElementwise(r);
    RegisterArithmetic(r);
    RegisterLogic(r);
    RegisterCast(r);
    RegisterReduce(r);
    RegisterSoftmax(r);
    RegisterQuantized(r);
    RegisterQuantizedLinear(r);
    RegisterLoss(r);
    RegisterMatmul(r);
    RegisterEinsum(r);
    RegisterConv(r);
    RegisterPool(r);
    RegisterNorm(r);
    RegisterRecurrent(r);
    RegisterResize(r);
    RegisterVision(r);
    RegisterSignal(r);
    RegisterLinearAttention(r);
    RegisterShape(r);
    RegisterMove(r);
    RegisterPad(r);
    RegisterGather(r);
    RegisterScatter(r);
    RegisterSelect(r);
    RegisterGenerate(r);
    RegisterTrees(r);
    RegisterClassicalMl(r);
    RegisterSvm(r);
    RegisterTfIdf(r);
    return r;
  }();
  return registry;
}

const Operator* Registry::Find(std::string_view domain, std::string_view op) const {
  const auto entry = operators_.find(KeyOf(domain, op));
  return entry == operators_.end() ? nullptr : &entry->second;
}

void Registry::Add(std::string_view domain, std::string_view op, Operator entry) {
  operators_[KeyOf(domain, op)] = entry;
}

Shape Broadcast(const InferContext& context, const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (size_t i = 0; i < result.size(); ++i) {
    const int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1) {
      context.Fail(std::string("the shapes ")
                       .append(ToString(a))
                       .append(" and ")
                       .append(ToString(b))
                       .append(" do not fit together"));
    }
    result[result.size() - 1 - i] = x == 1 ? y : x;
  }
  return result;
}

}  // namespace zkvm::compiler
