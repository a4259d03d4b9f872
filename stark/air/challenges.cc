#include "stark/air/challenges.h"

#include <cstdint>

namespace zkvm {
namespace {

struct Powers {
  Fp5 value, inverse;

  explicit Powers(const Fp5& x) : value(x), inverse(x.Inverse()) {}
  Fp5 Of(int exponent) const {
    return exponent < 0 ? inverse.Pow(static_cast<uint64_t>(-int64_t{exponent}))
                        : value.Pow(static_cast<uint64_t>(exponent));
  }
};

}  // namespace

std::vector<Fp5> EvaluateMonomials(std::span<const Monomial> monomials,
                                   const FoldChallenges& challenges) {
  const Powers gamma(challenges.gamma);
  const Powers delta(challenges.delta);
  const Powers x(challenges.x);
  const Powers y(challenges.y);
  std::vector<Fp5> values;
  values.reserve(monomials.size());
  for (const Monomial& m : monomials) {
    values.push_back(gamma.Of(m.gamma) * delta.Of(m.delta) * x.Of(m.x) * y.Of(m.y));
  }
  return values;
}

}  // namespace zkvm
