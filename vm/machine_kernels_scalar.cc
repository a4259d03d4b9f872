#include "stark/field/packed_scalar.h"
// After the packed field of this instruction set.
#include "vm/machine_kernels-inl.h"

namespace zkvm {

const AirKernels* const* Rv32KernelsScalar() { return kMachineKernels<Scalar>.data(); }

}  // namespace zkvm
