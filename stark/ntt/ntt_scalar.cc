#include "stark/field/packed_scalar.h"
#include "stark/ntt/ntt-inl.h"

namespace zkvm {
template struct NttKernels<Scalar>;
}
