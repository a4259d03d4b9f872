// From a model to the microcode that its key fixes.
#ifndef ZKVM_PRECOMPILES_TENSOR_LOWERING_LOWER_H_
#define ZKVM_PRECOMPILES_TENSOR_LOWERING_LOWER_H_

#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/model.h"

namespace zkvm::tensor {

// A function of the model alone; equal programs, kernels, types and tables are shared between
// calls. REQUIRES: CheckModel(model) has no error.
Lowered Lower(const Model& model);

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_LOWERING_LOWER_H_
