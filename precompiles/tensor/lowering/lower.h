// From a model to the microcode that its key fixes.
#ifndef ZKVM_PRECOMPILES_TENSOR_LOWERING_LOWER_H_
#define ZKVM_PRECOMPILES_TENSOR_LOWERING_LOWER_H_

#include <cstdint>

#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/model.h"

namespace zkvm::tensor {

// The table for rows of 256 weights costs openings of its columns, so it takes a model with many
// weights that fill such rows. Keys use the default.
inline constexpr uint64_t kManyWideWeights = 1 << 22;

// A function of the model alone; equal programs, kernels, types and tables are shared between
// calls. REQUIRES: CheckModel(model) has no error.
Lowered Lower(const Model& model, uint64_t many_wide_weights = kManyWideWeights);

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_LOWERING_LOWER_H_
