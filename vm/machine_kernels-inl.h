// Instantiates the row loops of chips. Include after the packed field of the instruction set.
#ifndef ZKVM_VM_MACHINE_KERNELS_INL_H_
#define ZKVM_VM_MACHINE_KERNELS_INL_H_

#include <array>

#include "stark/air/chip_list.h"
#include "stark/air/kernels-inl.h"

namespace zkvm {

template <class Arch, class... Chips>
constexpr std::array<const AirKernels*, sizeof...(Chips)> KernelsOf(ChipList<Chips...>) {
  return {&kAirKernels<Arch, Chips>...};
}

}  // namespace zkvm

#endif  // ZKVM_VM_MACHINE_KERNELS_INL_H_
