#include "stark/field/packed_avx512.h"
#include "stark/pointwise-inl.h"
#include "stark/pointwise_tables.h"

namespace zkvm {

const PointwiseKernels& PointwiseAvx512() { return kPointwiseKernels<Avx512>; }

}  // namespace zkvm
