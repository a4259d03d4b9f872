#include "precompiles/tensor/folds/term_folds.h"

#include <algorithm>
#include <array>

#include "precompiles/tensor/chips/eval.h"
#include "precompiles/tensor/chips/garbage.h"
#include "precompiles/tensor/chips/out.h"
#include "precompiles/tensor/chips/term.h"
#include "precompiles/tensor/constants.h"
#include "precompiles/tensor/folds/five.h"
#include "stark/air/columns.h"
#include "stark/parallel.h"

namespace zkvm::tensor {

void Evaluations::AddRows(const Matrix& main, size_t publish, size_t type, size_t address,
                          const Matrix& folds, size_t fold) {
  const Fp* published = main.column(publish);
  for (size_t i = 0; i < main.rows(); ++i) {
    if (published[i].IsZero()) continue;
    Add(main.column(type)[i].Value(), main.column(address)[i].Value(), GetFive(folds, fold, i));
  }
}

void Evaluations::AddOut(const Matrix& main, const Matrix& folds) {
  using Row = Out::Main<uint8_t>;
  AddRows(main, offsetof(Row, flag) + Out::kPublish, offsetof(Row, eval_type),
          offsetof(Row, address), folds, offsetof(Out::Folds<uint8_t>, eval));
}

void Evaluations::AddEval(const Matrix& main, const Matrix& folds) {
  using Row = Eval::Main<uint8_t>;
  AddRows(main, offsetof(Row, flag) + Eval::kPublish, offsetof(Row, eval_type),
          offsetof(Row, address), folds, offsetof(Eval::Folds<uint8_t>, eval));
}

void Evaluations::Finish() {
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.key < b.key; });
}

Fp5 Evaluations::At(uint32_t type, uint32_t address) const {
  const uint64_t key = Key(type, address);
  const auto entry =
      std::lower_bound(entries_.begin(), entries_.end(), key,
                       [](const Entry& e, uint64_t sought) { return e.key < sought; });
  return entry != entries_.end() && entry->key == key ? entry->value : Fp5();
}

Matrix FoldTerm(const Matrix& main, std::span<const Fp5> constants, const Evaluations& evaluations,
                const KernelValues& kernels) {
  using Row = Term::Main<uint8_t>;
  constexpr size_t kGrain = 1024;
  const size_t rows = main.rows();
  Matrix folds(rows, 5 * kNumColumns<Term::Folds>);
  const Fp* real = main.column(offsetof(Row, block.real));
  const Fp* start = main.column(offsetof(Row, block.start));
  const auto integer = [&](size_t column, size_t i) { return main.column(column)[i].Value(); };

  const auto fold = [&](size_t first, size_t last) {
    Term::Folds<Fp5> now;
    for (size_t i = first; i < last; ++i) {
      const auto has = [&](Term::Flag flag) {
        return !main.column(offsetof(Row, flag) + flag)[i].IsZero();
      };
      const Term::Folds<Fp5> before = now;
      now = {};
      if (has(Term::kSource0) || has(Term::kSource1) || has(Term::kSource2)) {
        now.a = evaluations.At(integer(offsetof(Row, type), i), integer(offsetof(Row, address), i));
      } else if (has(Term::kUnit)) {
        now.a = 1;
      }
      now.t = now.a;
      if (has(Term::kTGamma)) now.t += constants[kGamma] * before.t;
      if (has(Term::kTDelta)) now.t += constants[kDelta] * before.t;
      if (has(Term::kTZx)) now.t += constants[kZxInverse] * before.t;
      if (has(Term::kTKeep)) now.t += before.t;
      if (has(Term::kLoadW)) {
        now.w = kernels.At(integer(offsetof(Row, kernel), i), integer(offsetof(Row, index), i));
      } else if (has(Term::kHoldW)) {
        now.w = before.w;
      } else if (has(Term::kCopyW)) {
        now.w = before.t;
      }
      if (has(Term::kKeep)) now.acc += before.acc;
      if (has(Term::kKeepDelta)) now.acc += constants[kDelta] * before.acc;
      if (has(Term::kScale)) now.acc += before.acc * now.w;
      if (has(Term::kAdd)) now.acc += now.t * now.w;
      SetFive(folds, offsetof(Term::Folds<uint8_t>, a), i, now.a);
      SetFive(folds, offsetof(Term::Folds<uint8_t>, t), i, now.t);
      SetFive(folds, offsetof(Term::Folds<uint8_t>, w), i, now.w);
      SetFive(folds, offsetof(Term::Folds<uint8_t>, acc), i, now.acc);
    }
  };
  // Blocks are independent.
  const auto boundary = [&](size_t i) {
    while (i > 0 && i < rows && !real[i].IsZero() && start[i].IsZero()) ++i;
    return i;
  };
  ParallelFor(0, rows, kGrain,
              [&](size_t first, size_t last) { fold(boundary(first), boundary(last)); });
  return folds;
}

Matrix FoldGarbage(const Matrix& main, const Matrix& garbage, std::span<const Fp5> constants,
                   const KernelValues& kernels) {
  using Row = GarbageChip::Main<uint8_t>;
  using Folds = GarbageChip::Folds<uint8_t>;
  constexpr size_t kGrain = 1024;
  const size_t rows = main.rows();
  Matrix folds(rows, 5 * kNumColumns<GarbageChip::Folds>);
  const auto integer = [&](size_t column, size_t i) { return main.column(column)[i].Value(); };
  ParallelFor(0, rows, kGrain, [&](size_t first, size_t last) {
    for (size_t i = first; i < last; ++i) {
      Fp5 corner_x, corner_y, line;
      if (!main.column(offsetof(Row, real))[i].IsZero()) {
        corner_x = kernels.At(integer(offsetof(Row, id_x), i), integer(offsetof(Row, index_x), i));
        corner_y = kernels.At(integer(offsetof(Row, id_y), i), integer(offsetof(Row, index_y), i));
        for (size_t j = 0; j < GarbageChip::kCoefficients; ++j) {
          if (main.column(offsetof(Row, mask) + j)[i].IsZero()) continue;
          line += GetFive(garbage, j, i) * constants[kZxPowers + j];
        }
        line *= corner_x;
      }
      SetFive(folds, offsetof(Folds, corner_x), i, corner_x);
      SetFive(folds, offsetof(Folds, corner_y), i, corner_y);
      SetFive(folds, offsetof(Folds, line), i, line);
    }
  });
  return folds;
}

}  // namespace zkvm::tensor
