// The ordered list of a machine's tables, as a type.
#ifndef ZKVM_STARK_AIR_CHIP_LIST_H_
#define ZKVM_STARK_AIR_CHIP_LIST_H_

#include <cstddef>

namespace zkvm {

template <class... Chips>
struct ChipList {
  static constexpr size_t kSize = sizeof...(Chips);

  // Calls visit.template operator()<Chip>() for every chip in order.
  template <class Visitor>
  static void ForEach(Visitor visit) {
    (visit.template operator()<Chips>(), ...);
  }
};

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_CHIP_LIST_H_
