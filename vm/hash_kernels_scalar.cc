#include "stark/field/packed_scalar.h"
// After the packed field of this instruction set.
#include "precompiles/hash_chips.h"
#include "vm/machine_kernels-inl.h"
#include "vm/machine_kernels.h"

namespace zkvm {

const AirKernels* const* HashKernelsScalar() {
  static constexpr auto kKernels = KernelsOf<Scalar>(HashChips());
  return kKernels.data();
}

}  // namespace zkvm
