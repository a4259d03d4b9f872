#include "stark/field/packed_avx512.h"
#include "tests/stark/packed_ops-inl.h"

namespace zkvm {
const PackedOps kPackedOpsAvx512 = PackedOpsOf<Avx512>::kOps;
}
