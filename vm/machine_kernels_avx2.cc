#include "stark/field/packed_avx2.h"
// After the packed field of this instruction set.
#include "vm/machine_kernels-inl.h"
#include "vm/machine_kernels.h"
#include "vm/rv32_chips.h"

namespace zkvm {

const AirKernels* const* Rv32KernelsAvx2() {
  static constexpr auto kKernels = KernelsOf<Avx2>(Rv32Chips());
  return kKernels.data();
}

}  // namespace zkvm
