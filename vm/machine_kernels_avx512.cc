#include "stark/field/packed_avx512.h"
// After the packed field of this instruction set.
#include "vm/machine_kernels-inl.h"
#include "vm/machine_kernels.h"
#include "vm/rv32_chips.h"

namespace zkvm {

const AirKernels* const* Rv32KernelsAvx512() {
  static constexpr auto kKernels = KernelsOf<Avx512>(Rv32Chips());
  return kKernels.data();
}

}  // namespace zkvm
