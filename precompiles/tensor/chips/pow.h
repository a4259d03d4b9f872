// POW: powers of the challenges and their sums, for every formula that the model's calls name. A
// fixed table; nothing is the prover's choice but the multiplicities.
//
//   bus        multiplicity   message
//   KER        provides m     id, index, value
//
// A row says what the next one holds: value' = stop + base value + add. A segment begins with 1,
// has one base and either add = 0 (powers) or add = 1 (sums of powers), and ends with stop = 1 and
// no base. Rows of padding have the id 0, which nobody reads.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_POW_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_POW_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/constants.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

struct Pow {
  static constexpr std::string_view kName = "pow";
  static constexpr bool kModel = true;

  // By PowerBase.
  static constexpr std::array<size_t, kNumPowerBases> kBases = {
      kZx,        kZxInverse, kZx8, kZxInverse8, kZx256, kZy,
      kZyInverse, kZx2,       kZy2, kGamma,      kDelta, kDeltaOverZx};

  template <class T>
  struct Fixed {
    T id, index, stop, add;
    std::array<T, kNumPowerBases> base;  // at most one is 1
  };

  template <class T>
  struct Main {
    T multiplicity;
  };

  template <class T>
  struct Folds {
    T value;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Pow, typename B::Expr, typename B::Ext>& w) {
    using X = typename B::Ext;
    const auto& f = w.fixed;
    X base = b.Constant(kBases[0]) * f.base[0];
    for (size_t k = 1; k < kNumPowerBases; ++k) base += b.Constant(kBases[k]) * f.base[k];
    b.First(w.folds.value - 1);
    b.AssertZero(base * w.folds.value + (f.stop + f.add) - w.folds_next.value);
    b.Provide(kKernel, w.row.multiplicity, f.id, f.index, w.folds.value);
  }

  static void Fill(const PowerRow& power, Fixed<Fp>& row) {
    row.id = Fp::FromU32(power.id);
    row.index = Fp::FromU32(power.index);
    if (power.stop) {
      row.stop = 1;
    } else {
      row.add = power.add ? 1 : 0;
      row.base[static_cast<size_t>(power.base)] = 1;
    }
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_POW_H_
