#include "compiler/operators/requantize.h"

#include <vector>

#include "compiler/operators/broadcast.h"

namespace zkvm::compiler {

Scalar Saturated(Emitter& e, Scalar value, Scalar zero_point, DType type) {
  const Scalar low = Cast(e.Lowest(type), DType::kInt32) - zero_point;
  const Scalar high = Cast(e.Highest(type), DType::kInt32) - zero_point;
  const Scalar rounded = Cast(Round(value), DType::kInt32);
  return Cast(Min(Max(rounded, low), high) + zero_point, type);
}

Array WithoutZeroPoint(Emitter& e, const Array& x, size_t input, const Shape& as) {
  const Array result = e.Temporary({DType::kInt32, x.shape()});
  std::vector<Array> operands{x};
  if (e.Has(input)) operands.push_back(e.Input(input).Reshaped(as));
  EmitElementwise(e, result, operands, [&](std::span<const Scalar> values) {
    const Scalar wide = Cast(values[0], DType::kInt32);
    return values.size() == 1 ? wide : wide - Cast(values[1], DType::kInt32);
  });
  return result;
}

}  // namespace zkvm::compiler
