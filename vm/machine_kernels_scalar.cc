#include "stark/field/packed_scalar.h"
// After the packed field of this instruction set.
#include "vm/machine_kernels-inl.h"
#include "vm/machine_kernels.h"
#include "vm/rv32_chips.h"

namespace zkvm {

const AirKernels* const* Rv32KernelsScalar() {
  static constexpr auto kKernels = KernelsOf<Scalar>(Rv32Chips());
  return kKernels.data();
}

}  // namespace zkvm
