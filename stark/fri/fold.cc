#include "stark/fri/fold.h"

#include <bit>
#include <cstddef>

namespace zkvm {

Fp5 FoldLeaf(std::span<Fp5> values, std::span<const Fp5> challenges, Fp y) {
  constexpr Fp kHalf = Fp(2).Inverse();
  Fp inverse_y = y.Inverse();
  size_t size = values.size();
  for (const Fp5& r : challenges) {
    // Partner of j is j + size/2, at -y_j; y_j = y w^j with w of order `size`.
    const Fp step = Fp::RootOfUnity(std::countr_zero(size)).Inverse();
    size /= 2;
    Fp inverse = inverse_y * kHalf;
    for (size_t j = 0; j < size; ++j, inverse *= step) {
      const Fp5 even = (values[j] + values[j + size]) * kHalf;
      const Fp5 odd = (values[j] - values[j + size]) * inverse;
      values[j] = even + r * odd;
    }
    inverse_y *= inverse_y;
  }
  return values[0];
}

}  // namespace zkvm
