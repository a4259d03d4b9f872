#include "vm/machine_kernels.h"

#include <vector>

#include "stark/simd.h"
#include "vm/machine.h"

namespace zkvm {
namespace {

std::vector<const AirKernels*> ActiveKernels() {
  static constexpr Kernel<const AirKernels* const*()> kRv32{&Rv32KernelsScalar, &Rv32KernelsAvx2,
                                                            &Rv32KernelsAvx512};
  static constexpr Kernel<const AirKernels* const*()> kTensor{
      &TensorKernelsScalar, &TensorKernelsAvx2, &TensorKernelsAvx512};
  static constexpr Kernel<const AirKernels* const*()> kHash{&HashKernelsScalar, &HashKernelsAvx2,
                                                            &HashKernelsAvx512};
  const AirKernels* const* rv32 = kRv32.Active()();
  const AirKernels* const* tensor = kTensor.Active()();
  std::vector<const AirKernels*> all(rv32, rv32 + Rv32Chips::kSize);
  all.insert(all.end(), tensor, tensor + tensor::Chips::kSize);
  const AirKernels* const* hash = kHash.Active()();
  all.insert(all.end(), hash, hash + HashChips::kSize);
  const AirKernels* const* instructions = rv32 + kTableOf<AddSub>;
  all.insert(all.end(), instructions, instructions + InstructionChips::kSize);
  return all;
}

}  // namespace

const AirKernels* const* MachineKernels() {
  static const std::vector<const AirKernels*> kKernels = ActiveKernels();
  return kKernels.data();
}

}  // namespace zkvm
