#include "stark/field/packed_scalar.h"
#include "tests/stark/packed_ops-inl.h"

namespace zkvm {
const PackedOps kPackedOpsScalar = PackedOpsOf<Scalar>::kOps;
}
