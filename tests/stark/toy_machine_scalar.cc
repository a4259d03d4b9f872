#include <array>

#include "stark/field/packed_scalar.h"
// After the packed field of this instruction set.
#include "stark/air/kernels-inl.h"
#include "tests/stark/fold_toy.h"
#include "tests/stark/toy_machine.h"

namespace zkvm::toy {

const AirKernels* const* ScalarKernels() {
  static constexpr std::array<const AirKernels*, Chips::kSize> kKernels{
      &kAirKernels<Scalar, Squares>, &kAirKernels<Scalar, Walker>, &kAirKernels<Scalar, Countdown>};
  return kKernels.data();
}

const AirKernels* const* ScalarFoldKernels() {
  static constexpr std::array<const AirKernels*, 3> kKernels{
      &kAirKernels<Scalar, Squares>, &kAirKernels<Scalar, Forms>, &kAirKernels<Scalar, Products>};
  return kKernels.data();
}

}  // namespace zkvm::toy
