// The challenges of a proof's rounds, as the constraints see them.
#ifndef ZKVM_STARK_AIR_CHALLENGES_H_
#define ZKVM_STARK_AIR_CHALLENGES_H_

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "stark/field/fp5.h"

namespace zkvm {

// Challenges of the bus round.
struct BusChallenges {
  static constexpr size_t kMaxWidth = 20;  // bus id and fields

  Fp5 alpha;
  std::array<Fp5, kMaxWidth> beta;  // powers: beta[i] = beta^i
  Fp5 a;
  std::array<Fp5, 5> b;  // powers
};

// Challenges of the two rounds before it, which only some tables take part in: gamma and delta are
// drawn before the garbage columns, x and y before the fold columns (protocol.md, section 2.6).
struct FoldChallenges {
  Fp5 gamma, delta, x, y;
};

// gamma^a delta^b x^c y^d: a constant of the constraints. Exponents may be negative.
struct Monomial {
  int gamma, delta, x, y;

  friend constexpr bool operator==(const Monomial&, const Monomial&) = default;
};

// The values of monomials, in their order. REQUIRES: no challenge is zero.
std::vector<Fp5> EvaluateMonomials(std::span<const Monomial> monomials,
                                   const FoldChallenges& challenges);

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_CHALLENGES_H_
