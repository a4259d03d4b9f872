// The prover's row loops of all tables of the machine, in table order.
#ifndef ZKVM_VM_MACHINE_KERNELS_H_
#define ZKVM_VM_MACHINE_KERNELS_H_

#include "stark/air/kernels.h"

namespace zkvm {

// For the active instruction set.
const AirKernels* const* MachineKernels();

// In the order of Rv32Chips. They take long to compile, so those of precompiles are apart.
const AirKernels* const* Rv32KernelsScalar();
const AirKernels* const* Rv32KernelsAvx2();
const AirKernels* const* Rv32KernelsAvx512();

// In the order of tensor::Chips.
const AirKernels* const* TensorKernelsScalar();
const AirKernels* const* TensorKernelsAvx2();
const AirKernels* const* TensorKernelsAvx512();

// In the order of HashChips.
const AirKernels* const* HashKernelsScalar();
const AirKernels* const* HashKernelsAvx2();
const AirKernels* const* HashKernelsAvx512();

}  // namespace zkvm

#endif  // ZKVM_VM_MACHINE_KERNELS_H_
