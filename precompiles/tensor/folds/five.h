// Columns of F in a matrix: element j of row i has its coordinates in columns 5 j .. 5 j + 4.
#ifndef ZKVM_PRECOMPILES_TENSOR_FOLDS_FIVE_H_
#define ZKVM_PRECOMPILES_TENSOR_FOLDS_FIVE_H_

#include <cstddef>
#include <span>

#include "stark/arena.h"
#include "stark/field/fp5.h"

namespace zkvm::tensor {

inline Fp5 GetFive(const Matrix& columns, size_t j, size_t i) {
  Fp5 x;
  for (size_t k = 0; k < x.c.size(); ++k) x.c[k] = columns.column(5 * j + k)[i];
  return x;
}

inline void SetFive(Matrix& columns, size_t j, size_t i, const Fp5& x) {
  for (size_t k = 0; k < x.c.size(); ++k) columns.column(5 * j + k)[i] = x.c[k];
}

// Rows first, first + 1, ... of element j.
inline void SetFive(Matrix& columns, size_t j, size_t first, std::span<const Fp5> values) {
  for (size_t k = 0; k < size_t{Fp5::kDegree}; ++k) {
    Fp* column = columns.column(5 * j + k) + first;
    for (size_t i = 0; i < values.size(); ++i) column[i] = values[i].c[k];
  }
}

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_FOLDS_FIVE_H_
