#include <array>

#include "stark/field/packed_avx512.h"
// After the packed field of this instruction set.
#include "stark/air/kernels-inl.h"
#include "tests/stark/fold_toy.h"
#include "tests/stark/toy_machine.h"

namespace zkvm::toy {

const AirKernels* const* Avx512Kernels() {
  static constexpr std::array<const AirKernels*, Chips::kSize> kKernels{
      &kAirKernels<Avx512, Squares>, &kAirKernels<Avx512, Walker>, &kAirKernels<Avx512, Countdown>};
  return kKernels.data();
}

const AirKernels* const* Avx512FoldKernels() {
  static constexpr std::array<const AirKernels*, 3> kKernels{
      &kAirKernels<Avx512, Squares>, &kAirKernels<Avx512, Forms>, &kAirKernels<Avx512, Products>};
  return kKernels.data();
}

}  // namespace zkvm::toy
