// Boxes of elements in memory, copied and filled with few instructions an element: dimensions that
// are one run in memory become one, and runs are copied as such.
#ifndef ZKVM_COMPILER_OPERATORS_STRIDED_H_
#define ZKVM_COMPILER_OPERATORS_STRIDED_H_

#include <cstdint>

#include "compiler/codegen/emitter.h"

namespace zkvm::compiler {

// The element with index i is at base + sum i[k] * strides[k] of the array. Strides may be 0
// (repetition) and negative (reversal).
struct Strided {
  Array array;
  Scalar base;  // kInt32
  Shape strides;
};

// The whole of an array.
Strided Whole(Emitter& e, const Array& array);

// The same memory as unsigned integers of the same size: what moves data does not convert it.
Array Raw(const Array& array);

// REQUIRES: arrays of one type that do not overlap; as many strides as extents. Copies raw bits.
void CopyBox(Emitter& e, const Shape& shape, const Strided& from, const Strided& to);
void FillBox(Emitter& e, const Shape& shape, const Strided& to, Scalar value);

// The product of shape[begin .. end-1].
int64_t Product(const Shape& shape, int64_t begin, int64_t end);

// An index of type int32 or int64, where negative ones count from the end, as int32 in
// 0 .. extent-1; traps outside.
Scalar CheckedIndex(Emitter& e, Scalar index, int64_t extent);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_STRIDED_H_
