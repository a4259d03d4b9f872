// The fold columns of OUT and EVAL: values of planes at the challenges, from the main columns.
#ifndef ZKVM_PRECOMPILES_TENSOR_FOLDS_PLANE_FOLDS_H_
#define ZKVM_PRECOMPILES_TENSOR_FOLDS_PLANE_FOLDS_H_

#include <span>

#include "stark/arena.h"
#include "stark/field/fp5.h"

namespace zkvm::tensor {

Matrix FoldOut(const Matrix& main, std::span<const Fp5> constants);
Matrix FoldEval(const Matrix& main, std::span<const Fp5> constants);

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_FOLDS_PLANE_FOLDS_H_
