// Integers of affine quantization in loops.
#ifndef ZKVM_COMPILER_OPERATORS_REQUANTIZE_H_
#define ZKVM_COMPILER_OPERATORS_REQUANTIZE_H_

#include "compiler/codegen/emitter.h"

namespace zkvm::compiler {

// round(value) + zero_point in the range of `type`, as a `type`; NaN counts as 0. To nearest, ties
// to even. REQUIRES: zero_point is an int32 that a `type` can hold; at most 16 bits.
Scalar Saturated(Emitter& e, Scalar value, Scalar zero_point, DType type);

// x - zero_point as int32 in memory of this node. The zero points (`input`, none where left out)
// repeat along x as in broadcasting, once they have the shape `as`.
// REQUIRES: as many elements in `as`, which broadcasts to the shape of x.
Array WithoutZeroPoint(Emitter& e, const Array& x, size_t input, const Shape& as);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_REQUANTIZE_H_
