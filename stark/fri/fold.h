// Folding by 2^a in binary steps (docs/protocol.md, section 5.3):
//
//   f*(y^2) = (f(y) + f(-y)) / 2 + r (f(y) - f(-y)) / (2 y)
//
// A leaf holds f(y w^(j N/A)), j < A, with w of order N: y times the A-th roots of unity.
#ifndef ZKVM_STARK_FRI_FOLD_H_
#define ZKVM_STARK_FRI_FOLD_H_

#include <span>

#include "stark/field/fp5.h"

namespace zkvm {

// The value at y^A of the folded word. `values` is overwritten.
// REQUIRES: values.size() = 2^(challenges.size()); y in F_p^*, the position of values[0].
Fp5 FoldLeaf(std::span<Fp5> values, std::span<const Fp5> challenges, Fp y);

}  // namespace zkvm

#endif  // ZKVM_STARK_FRI_FOLD_H_
