#include <array>

#include "stark/field/packed_avx2.h"
// After the packed field of this instruction set.
#include "stark/air/kernels-inl.h"
#include "tests/stark/fold_toy.h"
#include "tests/stark/toy_machine.h"

namespace zkvm::toy {

const AirKernels* const* Avx2Kernels() {
  static constexpr std::array<const AirKernels*, Chips::kSize> kKernels{
      &kAirKernels<Avx2, Squares>, &kAirKernels<Avx2, Walker>, &kAirKernels<Avx2, Countdown>};
  return kKernels.data();
}

const AirKernels* const* Avx2FoldKernels() {
  static constexpr std::array<const AirKernels*, 3> kKernels{
      &kAirKernels<Avx2, Squares>, &kAirKernels<Avx2, Forms>, &kAirKernels<Avx2, Products>};
  return kKernels.data();
}

}  // namespace zkvm::toy
