// The fold columns of ONEHOT, from the main columns.
#ifndef ZKVM_PRECOMPILES_TENSOR_FOLDS_ONE_HOT_FOLDS_H_
#define ZKVM_PRECOMPILES_TENSOR_FOLDS_ONE_HOT_FOLDS_H_

#include "precompiles/tensor/folds/kernel_folds.h"
#include "precompiles/tensor/folds/term_folds.h"
#include "stark/arena.h"

namespace zkvm::tensor {

// Adds the values of its planes to `evaluations`.
Matrix FoldOneHot(const Matrix& main, const KernelValues& kernels, Evaluations& evaluations);

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_FOLDS_ONE_HOT_FOLDS_H_
