#include "precompiles/tensor/folds/plane_folds.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "precompiles/tensor/chips/eval.h"
#include "precompiles/tensor/chips/out.h"
#include "precompiles/tensor/constants.h"
#include "precompiles/tensor/folds/five.h"
#include "stark/air/columns.h"
#include "stark/parallel.h"

namespace zkvm::tensor {
namespace {

constexpr size_t kBatch = 64;  // rows whose cells are evaluated together
constexpr size_t kGrain = 4096;
constexpr size_t kNever = SIZE_MAX;  // a step that the pattern never takes

// Constants of a pattern: of the lanes, and the steps to the next cell and the next pixel row.
struct Pattern {
  size_t lanes, cell_step, row_step;
};
using Patterns = std::span<const Pattern>;

constexpr std::array<Pattern, 9> kOutputPatterns = {{
    {kZxPowers, kZx16, kNever},
    {kZxInversePowers, kZxInverse16, kNever},
    {kDeltaPowers, kDelta16, kNever},
    {kZxPowers, kZx16, kZy},
    {kPitch8, kNever, kZy2},
    {kPitch4, kNever, kZy4},
    {kZxPowers, kZx16, kZy},
    {kPitch8, kNever, kZy2},
    {kPitch4, kNever, kZy4},
}};
constexpr std::array<Pattern, 9> kAccumulatorPatterns = {{
    {kDeltaPowers, kDelta16, kNever},
    {kDeltaPowers, kDelta16, kNever},
    {kDeltaPowers, kDelta16, kNever},
    {kZxPowers, kZx16, kZy},
    {kPitch8, kNever, kZy2},
    {kPitch4, kNever, kZy4},
    {kPitch16Stride2, kZx32, kZy2},
    {kPitch8Stride2, kNever, kZy4},
    {kPitch4Stride2, kNever, kZy8},
}};

// The main columns of PlaneEdges.
struct EdgeColumns {
  const Fp *row_last, *row_first, *more_rows, *plane_last;
};

using CellBatch = std::array<std::array<Fp, kBatch>, kLanes>;

// values[i] = sum over j of constants[j] cells[j][i].
void Evaluate(const CellBatch& cells, const Fp5* constants, size_t rows, Fp5* values) {
  for (size_t k = 0; k < size_t{Fp5::kDegree}; ++k) {
    std::array<uint64_t, kBatch> low{}, high{};
    for (size_t j = 0; j < kLanes; j += 4) {
      const std::array<uint64_t, 4> c = {constants[j].c[k].word(), constants[j + 1].c[k].word(),
                                         constants[j + 2].c[k].word(),
                                         constants[j + 3].c[k].word()};
      for (size_t i = 0; i < rows; ++i) {
        // Four products of words are below 4 p^2 < 2^64.
        const uint64_t sum = c[0] * cells[j][i].word() + c[1] * cells[j + 1][i].word() +
                             c[2] * cells[j + 2][i].word() + c[3] * cells[j + 3][i].word();
        low[i] += sum & 0xFFFFFFFF;
        high[i] += sum >> 32;
      }
    }
    for (size_t i = 0; i < rows; ++i) {
      const uint64_t upper = (high[i] + (low[i] >> 32)) % Fp::kModulus;
      values[i].c[k] = Fp::FromProducts(upper << 32 | (low[i] & 0xFFFFFFFF));
    }
  }
}

// Rows in batches of one pattern, from the last row to the first.
class PlaneFolder {
 public:
  // The flags of the patterns are columns first_pattern, first_pattern + 1, ...; the sums go to
  // elements first_fold and first_fold + 1.
  PlaneFolder(Patterns patterns, const Matrix& main, size_t first_pattern, const EdgeColumns& edges,
              std::span<const Fp5> constants, Matrix& folds, size_t first_fold)
      : patterns_(patterns),
        main_(main),
        first_pattern_(first_pattern),
        edges_(edges),
        constants_(constants),
        folds_(folds),
        first_fold_(first_fold) {}

  // REQUIRES: row `last` begins a plane, is padding, or is the end of the table; load(first, rows,
  // cells) writes the lanes of rows.
  template <class Load>
  void Fold(size_t first, size_t last, const Load& load) const {
    Fp5 row, plane;
    while (last > first) {
      const size_t pattern = PatternOf(last - 1);
      size_t begin = last - 1;
      while (begin > first && last - begin < kBatch && PatternOf(begin - 1) == pattern) --begin;
      FoldBatch(begin, last - begin, pattern, load, row, plane);
      last = begin;
    }
  }

 private:
  // The number of patterns on rows of padding.
  size_t PatternOf(size_t i) const {
    size_t pattern = 0;
    while (pattern < patterns_.size() && main_.column(first_pattern_ + pattern)[i].IsZero()) {
      ++pattern;
    }
    return pattern;
  }

  const Fp5& Step(size_t constant) const {
    static constexpr Fp5 kZeroStep;
    return constant == kNever ? kZeroStep : constants_[constant];
  }

  template <class Load>
  void FoldBatch(size_t first, size_t rows, size_t pattern, const Load& load, Fp5& row,
                 Fp5& plane) const {
    std::array<Fp5, kBatch> values, row_sums, plane_sums;
    if (pattern < patterns_.size()) {
      const Pattern& p = patterns_[pattern];
      CellBatch cells;
      load(first, rows, cells);
      Evaluate(cells, &constants_[p.lanes], rows, values.data());
      const Fp5& cell_step = Step(p.cell_step);
      const Fp5& row_step = Step(p.row_step);
      for (size_t i = rows; i-- > 0;) {
        const size_t at = first + i;
        row = edges_.row_last[at].IsZero() ? values[i] + cell_step * row : values[i];
        if (!edges_.more_rows[at].IsZero()) {
          plane = row_step * plane;
        } else if (!edges_.plane_last[at].IsZero()) {
          plane = Fp5();
        }
        if (!edges_.row_first[at].IsZero()) plane += row;
        row_sums[i] = row;
        plane_sums[i] = plane;
      }
    } else {
      row = plane = Fp5();
      std::fill_n(row_sums.begin(), rows, Fp5());
      std::fill_n(plane_sums.begin(), rows, Fp5());
    }
    SetFive(folds_, first_fold_, first, std::span<const Fp5>(row_sums.data(), rows));
    SetFive(folds_, first_fold_ + 1, first, std::span<const Fp5>(plane_sums.data(), rows));
  }

  Patterns patterns_;
  const Matrix& main_;
  size_t first_pattern_;
  EdgeColumns edges_;
  std::span<const Fp5> constants_;
  Matrix& folds_;
  size_t first_fold_;
};

// Calls fold(first, last) on ranges that end where a run of a program ends.
template <class Fold>
void ForRuns(const Fp* real, const Fp* end, size_t rows, const Fold& fold) {
  const auto boundary = [&](size_t i) {
    while (i > 0 && i < rows && !real[i].IsZero() && end[i - 1].IsZero()) ++i;
    return i;
  };
  ParallelFor(0, rows, kGrain,
              [&](size_t first, size_t last) { fold(boundary(first), boundary(last)); });
}

auto LoadColumns(const Matrix& main, size_t first_column) {
  return [&main, first_column](size_t first, size_t rows, CellBatch& cells) {
    for (size_t j = 0; j < kLanes; ++j) {
      std::copy_n(main.column(first_column + j) + first, rows, cells[j].begin());
    }
  };
}

}  // namespace

Matrix FoldOut(const Matrix& main, std::span<const Fp5> constants) {
  using Row = Out::Main<uint8_t>;
  const size_t rows = main.rows();
  const auto column = [&](size_t offset) { return main.column(offset); };
  const auto flag = [&](size_t i) { return main.column(offsetof(Row, flag) + i); };
  const Fp* real = column(offsetof(Row, block.real));
  const Fp* end = column(offsetof(Row, block.end));
  const size_t first_pattern = offsetof(Row, flag) + Out::kSequenceX;
  Matrix folds(rows, 5 * kNumColumns<Out::Folds>);

  const PlaneFolder outputs(kOutputPatterns, main, first_pattern,
                            {flag(Out::kEvalRowLast), flag(Out::kEvalRowFirst),
                             flag(Out::kEvalMoreRows), flag(Out::kEvalLast)},
                            constants, folds, 0);
  const PlaneFolder accumulators(
      kAccumulatorPatterns, main, first_pattern,
      {flag(Out::kRowLast), flag(Out::kRowFirst), flag(Out::kMoreRows), end}, constants, folds, 2);
  const auto load_accumulators = [&](size_t first, size_t count, CellBatch& cells) {
    for (size_t j = 0; j < kLanes; ++j) {
      const Fp* y = column(offsetof(Row, y) + j) + first;
      const Fp* rem = column(offsetof(Row, rem) + j) + first;
      for (size_t i = 0; i < count; ++i) {
        cells[j][i] = y[i] * Fp(1 << kCutBits) + rem[i] - Fp(1 << (kCutBits - 1));
      }
    }
  };
  ForRuns(real, end, rows, [&](size_t first, size_t last) {
    outputs.Fold(first, last, LoadColumns(main, offsetof(Row, out)));
    accumulators.Fold(first, last, load_accumulators);
  });

  // Planes of accumulators, from the end of their block.
  constexpr size_t kPlaneFold = 3, kFold = 4;
  const Fp* last = column(offsetof(Row, block.last));
  Fp5 sum;
  for (size_t i = rows; i-- > 0;) {
    if (real[i].IsZero() || !last[i].IsZero()) {
      sum = Fp5();
    } else if (!end[i].IsZero()) {
      const bool sequence = !flag(Out::kSequenceX)[i].IsZero() ||
                            !flag(Out::kSequenceK)[i].IsZero() ||
                            !flag(Out::kSequenceV)[i].IsZero();
      sum *= constants[sequence ? kGamma : kDelta];
    }
    if (!flag(Out::kFirst)[i].IsZero()) sum += GetFive(folds, kPlaneFold, i);
    SetFive(folds, kFold, i, sum);
  }
  return folds;
}

Matrix FoldEval(const Matrix& main, std::span<const Fp5> constants) {
  using Row = Eval::Main<uint8_t>;
  const auto flag = [&](size_t i) { return main.column(offsetof(Row, flag) + i); };
  const Fp* real = main.column(offsetof(Row, block.real));
  Matrix folds(main.rows(), 5 * kNumColumns<Eval::Folds>);
  const PlaneFolder planes(
      Patterns(kOutputPatterns).first(6), main, offsetof(Row, flag) + Eval::kSequenceX,
      {flag(Eval::kRowLast), flag(Eval::kRowFirst), flag(Eval::kMoreRows), flag(Eval::kLast)},
      constants, folds, 0);
  ForRuns(real, main.column(offsetof(Row, block.end)), main.rows(), [&](size_t first, size_t last) {
    planes.Fold(first, last, LoadColumns(main, offsetof(Row, lane)));
  });
  return folds;
}

}  // namespace zkvm::tensor
