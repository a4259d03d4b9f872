// Microcode of all calls but linear ones: one worker computes the cells, and where the result has a
// role, EVAL reads them.
#ifndef ZKVM_PRECOMPILES_TENSOR_LOWERING_VALUE_H_
#define ZKVM_PRECOMPILES_TENSOR_LOWERING_VALUE_H_

#include "precompiles/tensor/call_plan.h"
#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/lowering/stores.h"

namespace zkvm::tensor {

// The jobs of the plan, their flags and programs. Size and extents are the caller's.
void LowerValue(const Descriptor& d, Stores& stores, CallPlan& plan);

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_LOWERING_VALUE_H_
