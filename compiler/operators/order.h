// Comparison and sorting without floating point.
#ifndef ZKVM_COMPILER_OPERATORS_ORDER_H_
#define ZKVM_COMPILER_OPERATORS_ORDER_H_

#include <cstdint>
#include <functional>

#include "compiler/codegen/emitter.h"

namespace zkvm::compiler {

// The type of the keys of values of a type: signed integers as wide as the float that is loaded.
DType KeyType(DType type);

// An integer that orders as the value does: the bits of a float as sign and magnitude (IEEE 754,
// section 5.10), both zeros 0. NaNs are beyond the infinities.
Scalar OrderKey(Emitter& e, Scalar value);

// The same on this machine, for constants.
int32_t OrderKey(float value);
int64_t OrderKey(double value);

// Writes 0 .. count-1 to `order` (kInt32[count]) such that no element is less than the one before;
// equal ones keep their order. Merge sort. `less` may emit code, which must not change memory that
// it reads.
void SortIndices(Emitter& e, const Array& order,
                 const std::function<Scalar(Scalar a, Scalar b)>& less);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_ORDER_H_
