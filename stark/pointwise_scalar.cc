#include "stark/field/packed_scalar.h"
#include "stark/pointwise-inl.h"
#include "stark/pointwise_tables.h"

namespace zkvm {

const PointwiseKernels& PointwiseScalar() { return kPointwiseKernels<Scalar>; }

}  // namespace zkvm
