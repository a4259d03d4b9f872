#include "stark/field/packed_avx2.h"
#include "stark/pointwise-inl.h"
#include "stark/pointwise_tables.h"

namespace zkvm {

const PointwiseKernels& PointwiseAvx2() { return kPointwiseKernels<Avx2>; }

}  // namespace zkvm
