// WEIGHT: the weights of a model, `kWidth` a row, and their forms at the challenges. A fixed table;
// nothing is the prover's choice but the multiplicities.
//
//   bus        multiplicity   message
//   KER        provides m     id, index, value; 0 but at the first row of a kernel
//
// A kernel W[o][r][s] has, in ascending rows, its lines r, of each the taps s, of each the outputs
// o in blocks; its value is
//
//   sum_r zy^-r sum_s zx^-s sum_o delta^o W[o][r][s].
//
// Sums run from the end, as in plane_fold.h; the flags (lowering/lowered.h) end each of them before
// another kernel or the rows of padding, where all flags are 0.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_WEIGHT_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_WEIGHT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/constants.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

template <size_t kWidth>
struct Weight {
  static_assert(kWidth == 64 || kWidth == 256);
  static constexpr std::string_view kName = kWidth == 64 ? "weight64" : "weight256";
  static constexpr bool kModel = true;
  // delta^kWidth: from one block of outputs to the next.
  static constexpr size_t kBlockStep = kWidth == 64 ? kDelta64 : kDelta256;

  // Bit i of WeightRow::flags is flag i.
  enum Flag : size_t {
    kMoreOutputs,  // another block of outputs follows in this tap
    kTapFirst,     // first block of its tap
    kPassX,        // the line's sum goes on as it is,
    kStepX,        // or over zx: first block of a tap, and another tap follows in this line
    kLineFirst,    // first row of its line
    kPassY,        // the kernel's sum goes on as it is,
    kStepY,        // or over zy: first row of a line, and another line follows
    kKernelFirst,
    kNumFlags
  };

  template <class T>
  struct Fixed {
    std::array<T, kWidth> weight;
    T id, index;
    std::array<T, kNumFlags> flag;
  };

  template <class T>
  struct Main {
    T multiplicity;
  };

  template <class T>
  struct Folds {
    T tap, line, kernel;
  };

  template <class B>
  static constexpr void Constrain(B& b,
                                  const Window<Weight, typename B::Expr, typename B::Ext>& w) {
    using E = typename B::Expr;
    const auto& flag = w.fixed.flag;
    const auto& now = w.folds;
    const auto& next = w.folds_next;
    b.AssertZero(b.Dot(kDeltaPowers, w.fixed.weight.data(), kWidth) +
                 b.Constant(kBlockStep) * flag[kMoreOutputs] * next.tap - now.tap);
    b.AssertZero(now.tap * flag[kTapFirst] + next.line * flag[kPassX] +
                 b.Constant(kZxInverse) * flag[kStepX] * next.line - now.line);
    b.AssertZero(now.line * flag[kLineFirst] + next.kernel * flag[kPassY] +
                 b.Constant(kZyInverse) * flag[kStepY] * next.kernel - now.kernel);
    b.AssertZero((E(1) - flag[kKernelFirst]) * w.row.multiplicity);
    b.Provide(kKernel, w.row.multiplicity, w.fixed.id, w.fixed.index, now.kernel);
  }

  static void Fill(const WeightRow& flags, std::span<const int32_t> weights, Fixed<Fp>& row) {
    for (size_t j = 0; j < kWidth; ++j) row.weight[j] = weights[j];
    row.id = Fp::FromU32(flags.id);
    row.index = Fp::FromU32(flags.index);
    for (size_t i = 0; i < row.flag.size(); ++i) row.flag[i] = flags.flags >> i & 1;
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_WEIGHT_H_
