#include "stark/field/packed_avx2.h"
// After the packed field of this instruction set.
#include "precompiles/tensor/chips.h"
#include "vm/machine_kernels-inl.h"
#include "vm/machine_kernels.h"

namespace zkvm {

const AirKernels* const* TensorKernelsAvx2() {
  static constexpr auto kKernels = KernelsOf<Avx2>(tensor::Chips());
  return kKernels.data();
}

}  // namespace zkvm
