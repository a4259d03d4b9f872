#include "stark/field/packed_avx2.h"
// After the packed field of this instruction set.
#include "precompiles/hash_chips.h"
#include "vm/machine_kernels-inl.h"
#include "vm/machine_kernels.h"

namespace zkvm {

const AirKernels* const* HashKernelsAvx2() {
  static constexpr auto kKernels = KernelsOf<Avx2>(HashChips());
  return kKernels.data();
}

}  // namespace zkvm
