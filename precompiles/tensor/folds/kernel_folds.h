// The fold columns of POW and WEIGHT, and the values that they provide on KER: functions of the
// model and the challenges.
#ifndef ZKVM_PRECOMPILES_TENSOR_FOLDS_KERNEL_FOLDS_H_
#define ZKVM_PRECOMPILES_TENSOR_FOLDS_KERNEL_FOLDS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "precompiles/tensor/lowering/lowered.h"
#include "stark/arena.h"
#include "stark/field/fp5.h"

namespace zkvm::tensor {

// `constants` are the values of kMonomials, here and in the other folders' functions. Tables of
// `height` rows, those in use first. REQUIRES: height > number of rows in use.
Matrix FoldPowers(std::span<const PowerRow> power, size_t height, std::span<const Fp5> constants);
Matrix FoldWeights(const WeightTable& table, size_t height, std::span<const Fp5> constants);

// KER(id, index, .), read off the fold columns of its tables.
class KernelValues {
 public:
  // The matrices are those of the functions above, and are kept by reference, as `kernels` is; one
  // whose table is absent has no columns.
  KernelValues(std::span<const KernelSpan> kernels, const Matrix& power, const Matrix& weight64,
               const Matrix& weight256)
      : kernels_(kernels), power_(power), weight64_(weight64), weight256_(weight256) {}

  // 0 if nobody provides it.
  Fp5 At(uint32_t id, uint32_t index) const;

 private:
  std::span<const KernelSpan> kernels_;
  const Matrix& power_;
  const Matrix& weight64_;
  const Matrix& weight256_;
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_FOLDS_KERNEL_FOLDS_H_
