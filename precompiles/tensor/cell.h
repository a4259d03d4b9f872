// Cells on the bus CELL, and which of their lanes are in use.
#ifndef ZKVM_PRECOMPILES_TENSOR_CELL_H_
#define ZKVM_PRECOMPILES_TENSOR_CELL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "isa/air/gadgets.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/descriptor.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

template <class T>
using Lanes16 = std::array<T, kLanes>;

template <class B, class E>
constexpr void LookupCell(B& b, const E& enable, const E& type, const E& address,
                          const Lanes16<E>& v) {
  [&]<size_t... kLane>(std::index_sequence<kLane...>) {
    b.Lookup(kCell, enable, type, address, v[kLane]...);
  }(std::make_index_sequence<kLanes>());
}

// REQUIRES: `uses` is 0 on rows that have no cell to provide.
template <class B, class E>
constexpr void ProvideCell(B& b, const E& uses, const E& type, const E& address,
                           const Lanes16<E>& v) {
  [&]<size_t... kLane>(std::index_sequence<kLane...>) {
    b.Provide(kCell, uses, type, address, v[kLane]...);
  }(std::make_index_sequence<kLanes>());
}

// sum 2^j mask_j, for a field of MICRO. Makes every mask_j 0 or 1.
template <class B, class E>
constexpr E MaskWord(B& b, const Lanes16<E>& mask) {
  E word(0);
  for (size_t j = 0; j < kLanes; ++j) {
    AssertBool(b, mask[j]);
    word += mask[j] * (1 << j);
  }
  return word;
}

inline void FillMask(uint32_t word, Lanes16<Fp>& mask) {
  for (size_t j = 0; j < kLanes; ++j) mask[j] = static_cast<int>(word >> j & 1);
}

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CELL_H_
