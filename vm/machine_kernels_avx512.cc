#include "stark/field/packed_avx512.h"
// After the packed field of this instruction set.
#include "vm/machine_kernels-inl.h"

namespace zkvm {

const AirKernels* const* Rv32KernelsAvx512() { return kMachineKernels<Avx512>.data(); }

}  // namespace zkvm
