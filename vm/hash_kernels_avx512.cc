#include "stark/field/packed_avx512.h"
// After the packed field of this instruction set.
#include "precompiles/hash_chips.h"
#include "vm/machine_kernels-inl.h"
#include "vm/machine_kernels.h"

namespace zkvm {

const AirKernels* const* HashKernelsAvx512() {
  static constexpr auto kKernels = KernelsOf<Avx512>(HashChips());
  return kKernels.data();
}

}  // namespace zkvm
