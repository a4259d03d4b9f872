#include "stark/field/packed_avx512.h"
// After the packed field of this instruction set.
#include "vm/machine_kernels-inl.h"

namespace zkvm {

const AirKernels* const* Rv32KernelsAvx512() {
  return KernelList<Avx512, MachineChips>::kKernels.data();
}

}  // namespace zkvm
