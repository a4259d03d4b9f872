// Comparisons of numbers as unsigned integers, for loops that look for extremes: without floating
// point in hardware a tenth of what the comparison of two floats costs.
#ifndef ZKVM_COMPILER_OPERATORS_RANK_H_
#define ZKVM_COMPILER_OPERATORS_RANK_H_

#include <functional>

#include "compiler/codegen/emitter.h"

namespace zkvm::compiler {

enum class Extreme { kGreatest, kLeast };

// The better a number is, the greater its rank: integers of any type, bool, float and double. Both
// zeros have one rank, and all NaNs have the greatest.
Scalar Rank(Emitter& e, Scalar number, Extreme extreme);

// The one of greater rank; the first of equals.
Scalar Better(Emitter& e, Scalar a, Scalar b, Extreme extreme);

// The best of the numbers so far, and its rank.
class Best {
 public:
  Best(Emitter& e, Scalar initial, Extreme extreme)
      : e_(e), extreme_(extreme), number_(e.Local(initial)), rank_(e.Local(RankOf(initial))) {}

  // Takes the number if it is better, or (`last`) as good; and then runs `taken`.
  void Offer(Scalar number, bool last = false, const std::function<void()>& taken = nullptr);
  Scalar number() const { return number_.Get(); }

 private:
  Scalar RankOf(Scalar number) const { return Rank(e_, number, extreme_); }

  Emitter& e_;
  Extreme extreme_;
  Variable number_, rank_;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_RANK_H_
