#include "stark/field/packed_scalar.h"
// After the packed field of this instruction set.
#include "precompiles/tensor/chips.h"
#include "vm/machine_kernels-inl.h"
#include "vm/machine_kernels.h"

namespace zkvm {

const AirKernels* const* TensorKernelsScalar() {
  static constexpr auto kKernels = KernelsOf<Scalar>(tensor::Chips());
  return kKernels.data();
}

}  // namespace zkvm
