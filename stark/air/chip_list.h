// The ordered list of a machine's tables, as a type.
#ifndef ZKVM_STARK_AIR_CHIP_LIST_H_
#define ZKVM_STARK_AIR_CHIP_LIST_H_

#include <array>
#include <cstddef>
#include <type_traits>

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

// Position of a chip in a list that has it.
template <class Chip, class... Chips>
constexpr size_t PositionIn(ChipList<Chips...>) {
  constexpr std::array<bool, sizeof...(Chips)> kSame = {std::is_same_v<Chip, Chips>...};
  size_t i = 0;
  while (!kSame[i]) ++i;
  return i;
}

template <class Chip, class... Chips>
constexpr bool IsOneOf(ChipList<Chips...>) {
  return (std::is_same_v<Chip, Chips> || ...);
}

template <class... Lists>
struct JoinedLists;
template <class... First, class... Second>
struct JoinedLists<ChipList<First...>, ChipList<Second...>> {
  using Type = ChipList<First..., Second...>;
};
// The chips of one list, then those of the other.
template <class First, class Second>
using Joined = typename JoinedLists<First, Second>::Type;

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_CHIP_LIST_H_
