#include "vm/machine_kernels.h"

#include "stark/simd.h"

namespace zkvm {

const AirKernels* const* Rv32Kernels() {
  static constexpr Kernel<const AirKernels* const*()> kKernels{&Rv32KernelsScalar, &Rv32KernelsAvx2,
                                                               &Rv32KernelsAvx512};
  return kKernels.Active()();
}

}  // namespace zkvm
