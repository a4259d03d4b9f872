// The prover's row loops of all tables of the machine, in table order.
#ifndef ZKVM_VM_MACHINE_KERNELS_H_
#define ZKVM_VM_MACHINE_KERNELS_H_

#include "stark/air/kernels.h"

namespace zkvm {

// For the active instruction set.
const AirKernels* const* Rv32Kernels();

const AirKernels* const* Rv32KernelsScalar();
const AirKernels* const* Rv32KernelsAvx2();
const AirKernels* const* Rv32KernelsAvx512();

}  // namespace zkvm

#endif  // ZKVM_VM_MACHINE_KERNELS_H_
