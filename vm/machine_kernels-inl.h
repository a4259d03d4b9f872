// Instantiates the row loops of every chip. Include after the packed field of the instruction set.
#ifndef ZKVM_VM_MACHINE_KERNELS_INL_H_
#define ZKVM_VM_MACHINE_KERNELS_INL_H_

#include <array>

#include "stark/air/chip_list.h"
#include "stark/air/kernels-inl.h"
#include "vm/machine.h"
#include "vm/machine_kernels.h"

namespace zkvm {

// First every chip, then the second parts of the instruction chips.
template <class Arch, class... Chips, class... Parts>
constexpr std::array<const AirKernels*, sizeof...(Chips) + sizeof...(Parts)> KernelsOf(
    ChipList<Chips...>, ChipList<Parts...>) {
  return {&kAirKernels<Arch, Chips>..., &kAirKernels<Arch, Parts>...};
}

template <class Arch>
inline constexpr auto kMachineKernels = KernelsOf<Arch>(MachineChips(), InstructionChips());
}  // namespace zkvm

#endif  // ZKVM_VM_MACHINE_KERNELS_INL_H_
