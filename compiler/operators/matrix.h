// Products of matrices that lie in memory with any strides.
#ifndef ZKVM_COMPILER_OPERATORS_MATRIX_H_
#define ZKVM_COMPILER_OPERATORS_MATRIX_H_

#include <cstdint>
#include <functional>

#include "compiler/codegen/emitter.h"

namespace zkvm::compiler {

// Element (i, j) is at base + i * row_stride + j * column_stride of the array.
struct Matrix {
  Array array;
  Scalar base;  // kInt32
  int64_t row_stride = 0, column_stride = 0;

  Matrix Transposed() const { return {array, base, column_stride, row_stride}; }
};

// The product of a (rows x inner) and b (inner x columns): `store` gets each element once. Each is
// the sum from 0 on in the order of the inner index, in the type that elements are computed in.
// REQUIRES: a and b have the same type.
void Multiply(Emitter& e, const Matrix& a, const Matrix& b, int64_t rows, int64_t inner,
              int64_t columns,
              const std::function<void(Scalar row, Scalar column, Scalar sum)>& store);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_MATRIX_H_
