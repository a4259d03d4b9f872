// Instantiates the row loops of every chip. Include after the packed field of the instruction set.
#ifndef ZKVM_VM_MACHINE_KERNELS_INL_H_
#define ZKVM_VM_MACHINE_KERNELS_INL_H_

#include <array>

#include "stark/air/chip_list.h"
#include "stark/air/kernels-inl.h"
#include "vm/machine.h"
#include "vm/machine_kernels.h"

namespace zkvm {

template <class Arch, class List>
struct KernelList;
template <class Arch, class... Chips>
struct KernelList<Arch, ChipList<Chips...>> {
  static constexpr std::array<const AirKernels*, sizeof...(Chips)> kKernels{
      &kAirKernels<Arch, Chips>...};
};

}  // namespace zkvm

#endif  // ZKVM_VM_MACHINE_KERNELS_INL_H_
