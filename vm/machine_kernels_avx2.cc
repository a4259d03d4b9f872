#include "stark/field/packed_avx2.h"
// After the packed field of this instruction set.
#include "vm/machine_kernels-inl.h"

namespace zkvm {

const AirKernels* const* Rv32KernelsAvx2() { return kMachineKernels<Avx2>.data(); }

}  // namespace zkvm
