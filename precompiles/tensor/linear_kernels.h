// Linear, fast: the same numbers as Linear in semantics.h.
#ifndef ZKVM_PRECOMPILES_TENSOR_LINEAR_KERNELS_H_
#define ZKVM_PRECOMPILES_TENSOR_LINEAR_KERNELS_H_

#include <cstdint>

#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/model.h"
#include "precompiles/tensor/semantics.h"

namespace zkvm::tensor {

// Writes out and values as Linear does. Products of weights with images and with batches of tokens
// are matrix products of packed blocks; depthwise kernels, single tokens and one-hot planes go row
// by row. Threads share the outputs.
void RunLinear(const Model& model, const Descriptor& d, const Sources& sources, int16_t* out,
               int32_t* values);

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_LINEAR_KERNELS_H_
