#include "stark/field/packed_avx2.h"
#include "stark/ntt/ntt-inl.h"

namespace zkvm {
template struct NttKernels<Avx2>;
}
