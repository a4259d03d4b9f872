#include "stark/field/packed_avx2.h"
#include "tests/stark/packed_ops-inl.h"

namespace zkvm {
const PackedOps kPackedOpsAvx2 = PackedOpsOf<Avx2>::kOps;
}
