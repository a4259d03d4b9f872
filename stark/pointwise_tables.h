// The kernels of stark/pointwise.h for each instruction set.
#ifndef ZKVM_STARK_POINTWISE_TABLES_H_
#define ZKVM_STARK_POINTWISE_TABLES_H_

#include "stark/pointwise.h"

namespace zkvm {

const PointwiseKernels& PointwiseScalar();
const PointwiseKernels& PointwiseAvx2();
const PointwiseKernels& PointwiseAvx512();

}  // namespace zkvm

#endif  // ZKVM_STARK_POINTWISE_TABLES_H_
