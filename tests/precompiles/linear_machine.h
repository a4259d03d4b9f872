// The chips of linear calls as plain arithmetic in F: interprets the microcode of a lowered model
// at given challenges, row by row as OUT, TERM, GARB, EVAL, POW and WEIGHT do.
#ifndef ZKVM_TESTS_PRECOMPILES_LINEAR_MACHINE_H_
#define ZKVM_TESTS_PRECOMPILES_LINEAR_MACHINE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "precompiles/tensor/chips/eval.h"
#include "precompiles/tensor/chips/out.h"
#include "precompiles/tensor/chips/pow.h"
#include "precompiles/tensor/chips/term.h"
#include "precompiles/tensor/constants.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "stark/air/challenges.h"
#include "stark/field/fp5.h"

namespace zkvm::tensor {

class LinearMachine {
 public:
  LinearMachine(const Lowered& lowered, const FoldChallenges& z) : lowered_(lowered), z_(z) {
    for (const Monomial& m : kMonomials) {
      constants_.push_back(Power(z.gamma, m.gamma) * Power(z.delta, m.delta) * Power(z.x, m.x) *
                           Power(z.y, m.y));
    }
    RunPow();
    RunWeights(lowered.weight64, kDelta64);
    RunWeights(lowered.weight256, kDelta256);
  }

  static Fp5 Power(const Fp5& base, int exponent) {
    return exponent >= 0 ? base.Pow(static_cast<uint64_t>(exponent))
                         : base.Inverse().Pow(static_cast<uint64_t>(-exponent));
  }

  void Publish(uint32_t type, uint32_t address, const Fp5& value) {
    evals_[{type, address}] = value;
  }
  // Throws if nobody published it.
  Fp5 Evaluation(uint32_t type, uint32_t address) const { return evals_.at({type, address}); }
  Fp5 Kernel(uint32_t id, uint32_t index) const { return kernels_.at({id, index}); }
  const Program& ProgramOf(const CallJob& job) const { return lowered_.Worker(job.program); }
  const MicroRow& Step(const CallJob& job, uint32_t step) const {
    return lowered_.micro.at(ProgramOf(job).first + step);
  }

  // Block of EVAL over the cells from dst on.
  void RunEval(const CallJob& job, uint32_t dst, std::span<const int16_t> cells) {
    const uint32_t steps = ProgramOf(job).steps;
    Fp5 row, plane;
    for (uint32_t i = steps * (job.left + 1); i-- > 0;) {
      const MicroRow& x = Step(job, i % steps);
      const auto f = Flags<Eval::kNumFlags>(x[0]);
      const int16_t* lanes = cells.data() + kLanes * size_t{dst + i};
      const bool x_lanes = f[Eval::kSequenceX] || f[Eval::kPitch16Image];
      const size_t dot = x_lanes                 ? kZxPowers
                         : f[Eval::kSequenceK]   ? kZxInversePowers
                         : f[Eval::kSequenceV]   ? kDeltaPowers
                         : f[Eval::kPitch8Image] ? kPitch8
                                                 : kPitch4;
      const Fp5 cell_step = x_lanes               ? constants_[kZx16]
                            : f[Eval::kSequenceK] ? constants_[kZxInverse16]
                            : f[Eval::kSequenceV] ? constants_[kDelta16]
                                                  : Fp5();
      const Fp5 row_step = f[Eval::kPitch16Image]  ? constants_[kZy]
                           : f[Eval::kPitch8Image] ? constants_[kZy2]
                           : f[Eval::kPitch4Image] ? constants_[kZy4]
                                                   : Fp5();
      PlaneSums({f[Eval::kRowLast], f[Eval::kRowFirst], f[Eval::kMoreRows], f[Eval::kLast]},
                Dot(dot, lanes), cell_step, row_step, row, plane);
      if (f[Eval::kPublish]) Publish(x[2], dst + i, plane);
    }
  }

  // Block of OUT: publishes the evaluations of `out` and returns the share of the accumulators v,
  // both by lane of the result, which begins at dst.
  Fp5 RunOut(const CallJob& job, uint32_t dst, std::span<const int16_t> out,
             std::span<const int32_t> v) {
    const uint32_t steps = ProgramOf(job).steps, rows = steps * (job.left + 1);
    Fp5 eval_row, eval, acc_row, acc_plane, acc;
    for (uint32_t i = rows; i-- > 0;) {
      const MicroRow& x = Step(job, i % steps);
      const auto f = Flags<Out::kNumFlags>(x[0]);
      const bool pitch16 = f[Out::kPitch16S1] || f[Out::kPitch16S2];
      const bool pitch8 = f[Out::kPitch8S1] || f[Out::kPitch8S2];
      const bool pitch4 = f[Out::kPitch4S1] || f[Out::kPitch4S2];
      const bool sequence = f[Out::kSequenceX] || f[Out::kSequenceK] || f[Out::kSequenceV];
      const bool x_lanes = f[Out::kSequenceX] || pitch16;

      PlaneSums(
          {f[Out::kEvalRowLast], f[Out::kEvalRowFirst], f[Out::kEvalMoreRows], f[Out::kEvalLast]},
          Dot(x_lanes              ? kZxPowers
              : f[Out::kSequenceK] ? kZxInversePowers
              : f[Out::kSequenceV] ? kDeltaPowers
              : pitch8             ? kPitch8
                                   : kPitch4,
              out.data() + kLanes * size_t{i}),
          x_lanes              ? constants_[kZx16]
          : f[Out::kSequenceK] ? constants_[kZxInverse16]
          : f[Out::kSequenceV] ? constants_[kDelta16]
                               : Fp5(),
          pitch16  ? constants_[kZy]
          : pitch8 ? constants_[kZy2]
          : pitch4 ? constants_[kZy4]
                   : Fp5(),
          eval_row, eval);
      if (f[Out::kPublish]) Publish(x[3], dst + i, eval);

      PlaneSums({f[Out::kRowLast], f[Out::kRowFirst], f[Out::kMoreRows], (x[0] & 1) != 0},
                Dot(sequence             ? kDeltaPowers
                    : f[Out::kPitch16S1] ? kZxPowers
                    : f[Out::kPitch8S1]  ? kPitch8
                    : f[Out::kPitch4S1]  ? kPitch4
                    : f[Out::kPitch16S2] ? kPitch16Stride2
                    : f[Out::kPitch8S2]  ? kPitch8Stride2
                                         : kPitch4Stride2,
                    v.data() + kLanes * size_t{i}),
                sequence             ? constants_[kDelta16]
                : f[Out::kPitch16S1] ? constants_[kZx16]
                : f[Out::kPitch16S2] ? constants_[kZx32]
                                     : Fp5(),
                f[Out::kPitch16S1]                        ? constants_[kZy]
                : f[Out::kPitch8S1] || f[Out::kPitch16S2] ? constants_[kZy2]
                : f[Out::kPitch4S1] || f[Out::kPitch8S2]  ? constants_[kZy4]
                : f[Out::kPitch4S2]                       ? constants_[kZy8]
                                                          : Fp5(),
                acc_row, acc_plane);

      const bool end = (x[0] & 1) != 0, last = i + 1 == rows;
      const Fp5 step = last ? Fp5() : !end ? Fp5(1) : sequence ? z_.gamma : z_.delta;
      acc = (f[Out::kFirst] ? acc_plane : Fp5()) + step * acc;
    }
    return acc;
  }

  // Block of TERM: its share.
  Fp5 RunTerm(const CallJob& job, const std::array<uint32_t, kMaxSources>& source) const {
    Fp5 t, w, acc, share;
    for (uint32_t i = 0; i < ProgramOf(job).steps; ++i) {
      const MicroRow& x = Step(job, i);
      const auto f = Flags<Term::kNumFlags>(x[0]);
      Fp5 a = f[Term::kUnit] ? Fp5(1) : Fp5();
      for (size_t k = 0; k < kMaxSources; ++k) {
        if (f[Term::kSource0 + k]) a = Evaluation(x[1], source[k] + x[2]);
      }
      if (f[Term::kLoadW]) {
        w = Kernel(x[3], x[4]);
      } else if (f[Term::kCopyW]) {
        w = t;
      } else if (!f[Term::kHoldW]) {
        if (f[Term::kAdd] || f[Term::kScale]) throw std::logic_error("w is free");
        w = z_.gamma + z_.x;  // whatever the prover likes
      }
      t = (f[Term::kTGamma]   ? z_.gamma
           : f[Term::kTDelta] ? z_.delta
           : f[Term::kTZx]    ? z_.x.Inverse()
           : f[Term::kTKeep]  ? Fp5(1)
                              : Fp5()) *
              t +
          a;
      acc = (f[Term::kKeep]        ? Fp5(1)
             : f[Term::kKeepDelta] ? z_.delta
                                   : Fp5()) *
                acc +
            (f[Term::kScale] ? acc * w : Fp5()) + (f[Term::kAdd] ? t * w : Fp5());
      share += acc * Fp::FromU32(x[5]);
    }
    return share;
  }

  // One GARB row for each step of the program: their shares.
  Fp5 RunGarbage(const CallPlan& plan, std::span<const Fp5> coefficients) const {
    if ((plan.flags & kHasGarbage) == 0) return Fp5();
    const Program& program = lowered_.Worker(plan.garbage);
    Fp5 share;
    for (uint32_t i = 0; i < program.steps; ++i) {
      const MicroRow& x = lowered_.micro[program.first + i];
      Fp5 sum;
      for (size_t j = 0; j < kGarbageLanes; ++j) {
        if ((x[0] >> j & 1) != 0) {
          sum += constants_[kZxPowers + j] * coefficients[kGarbageLanes * size_t{i} + j];
        }
      }
      share += Kernel(x[1], x[2]) * sum * Kernel(x[3], x[4]);
    }
    return share;
  }

  // The steps of the garbage program of a call, none if it has none.
  std::span<const GarbageRow> GarbageRowsOf(const CallPlan& plan) const {
    if ((plan.flags & kHasGarbage) == 0) return {};
    const Program& program = lowered_.Worker(plan.garbage);
    return std::span(lowered_.garbage)
        .subspan(program.first - lowered_.first_garbage_row, program.steps);
  }

 private:
  struct Edges {
    bool row_last, row_first, more_rows, plane_last;
  };

  template <size_t kNumFlags>
  static std::array<bool, kNumFlags> Flags(uint32_t code) {
    std::array<bool, kNumFlags> flags{};
    for (size_t i = 0; i < kNumFlags; ++i) flags[i] = (code >> (i + 1) & 1) != 0;
    return flags;
  }

  template <class Lane>
  Fp5 Dot(size_t first, const Lane* lanes, size_t n = kLanes) const {
    Fp5 sum;
    for (size_t j = 0; j < n; ++j) sum += constants_[first + j] * Fp(int{lanes[j]});
    return sum;
  }

  // plane_fold.h; row and plane hold the next row's before.
  static void PlaneSums(const Edges& at, const Fp5& cell, const Fp5& cell_step, const Fp5& row_step,
                        Fp5& row, Fp5& plane) {
    row = cell + (at.row_last ? Fp5() : cell_step * row);
    const Fp5 pass =
        Fp5(1 - int{at.plane_last} - int{at.more_rows}) + (at.more_rows ? row_step : Fp5());
    plane = (at.row_first ? row : Fp5()) + pass * plane;
  }

  void RunPow() {
    Fp5 value(1);
    for (const PowerRow& row : lowered_.power) {
      kernels_[{row.id, row.index}] = value;
      value = row.stop ? Fp5(1)
                       : constants_[Pow::kBases[static_cast<size_t>(row.base)]] * value +
                             Fp5(row.add ? 1 : 0);
    }
  }

  void RunWeights(const WeightTable& table, size_t block_step) {
    Fp5 b, xs, ys;
    for (size_t i = table.rows.size(); i-- > 0;) {
      const WeightRow& row = table.rows[i];
      const auto has = [&row](WeightFlag flag) { return Fp((row.flags & flag) != 0 ? 1 : 0); };
      const Fp5 inverse_x = constants_[kZxInverse], inverse_y = constants_[kZyInverse];
      b = Dot(kDeltaPowers, table.weights.data() + i * table.lanes, table.lanes) +
          constants_[block_step] * has(kBlock) * b;
      xs = b * has(kFirstOfTap) + (Fp5(has(kX1)) + inverse_x * has(kX2)) * xs;
      ys = xs * has(kFirstOfLine) + (Fp5(has(kY1)) + inverse_y * has(kY2)) * ys;
      if ((row.flags & kPublish) != 0) kernels_[{row.id, row.index}] = ys;
    }
  }

  const Lowered& lowered_;
  FoldChallenges z_;
  std::vector<Fp5> constants_;
  std::map<std::pair<uint32_t, uint32_t>, Fp5> kernels_, evals_;
};

}  // namespace zkvm::tensor

#endif  // ZKVM_TESTS_PRECOMPILES_LINEAR_MACHINE_H_
