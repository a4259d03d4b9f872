#include "stark/field/packed_avx512.h"
#include "stark/ntt/ntt-inl.h"

namespace zkvm {
template struct NttKernels<Avx512>;
}
