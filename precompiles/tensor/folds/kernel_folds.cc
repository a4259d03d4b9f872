#include "precompiles/tensor/folds/kernel_folds.h"

#include <algorithm>
#include <array>
#include <vector>

#include "precompiles/tensor/chips/pow.h"
#include "precompiles/tensor/chips/weight.h"
#include "precompiles/tensor/constants.h"
#include "precompiles/tensor/folds/five.h"
#include "stark/air/columns.h"
#include "stark/parallel.h"

namespace zkvm::tensor {
namespace {

using WeightFlags = Weight<64>;  // flags are the same for all widths

// Words of `count` elements of F by coordinate: their integer multiples are sums of words.
using Words = std::array<std::vector<uint32_t>, Fp5::kDegree>;

Words WordsOf(std::span<const Fp5> constants) {
  Words words;
  for (size_t k = 0; k < words.size(); ++k) {
    for (const Fp5& c : constants) words[k].push_back(c.c[k].word());
  }
  return words;
}

// sum of weights[j] times element j, at most 256 of them. Below 2^23 the sum of products with
// words is below 2^23 2^31 2^8 < 2^63; other weights are split in two digits.
Fp5 DotIntegers(std::span<const int32_t> weights, const Words& words) {
  constexpr int32_t kLowBits = 23;
  const auto sum = [&](size_t k, const auto& digit) {
    int64_t total = 0;
    for (size_t j = 0; j < weights.size(); ++j) total += int64_t{digit(weights[j])} * words[k][j];
    const int64_t reduced = total % int64_t{Fp::kModulus};
    return Fp::FromWord(static_cast<uint32_t>(reduced < 0 ? reduced + Fp::kModulus : reduced));
  };
  const bool small = std::all_of(weights.begin(), weights.end(), [](int32_t w) {
    return -(1 << kLowBits) <= w && w < 1 << kLowBits;
  });
  Fp5 result;
  for (size_t k = 0; k < words.size(); ++k) {
    if (small) {
      result.c[k] = sum(k, [](int32_t w) { return w; });
    } else {
      result.c[k] = sum(k, [](int32_t w) { return w & ((1 << kLowBits) - 1); }) +
                    sum(k, [](int32_t w) { return w >> kLowBits; }) * Fp(1 << kLowBits);
    }
  }
  return result;
}

}  // namespace

Matrix FoldPowers(std::span<const PowerRow> power, size_t height, std::span<const Fp5> constants) {
  Matrix folds(height, 5);
  ZeroRows(0, folds);
  Fp5 value(1);
  for (size_t i = 0; i < power.size(); ++i) {
    SetFive(folds, 0, i, value);
    const PowerRow& row = power[i];
    if (row.stop) {
      value = 1;
    } else {
      value = value * constants[Pow::kBases[static_cast<size_t>(row.base)]] + Fp(row.add ? 1 : 0);
    }
  }
  SetFive(folds, 0, power.size(), value);
  return folds;
}

Matrix FoldWeights(const WeightTable& table, size_t height, std::span<const Fp5> constants) {
  constexpr size_t kGrain = 1024;
  const size_t rows = table.rows.size();
  const Words delta = WordsOf(constants.subspan(kDeltaPowers, table.lanes));
  const Fp5& block_step =
      constants[table.lanes == 64 ? Weight<64>::kBlockStep : Weight<256>::kBlockStep];
  Matrix folds(height, 5 * kNumColumns<WeightFlags::Folds>);
  ZeroRows(rows, folds);
  const auto has = [&](size_t i, WeightFlags::Flag flag) {
    return (table.rows[i].flags >> flag & 1) != 0;
  };
  // The first row of a kernel from row i on.
  const auto boundary = [&](size_t i) {
    while (i < rows && !has(i, WeightFlags::kKernelFirst)) ++i;
    return i;
  };
  ParallelFor(0, rows, kGrain, [&](size_t first, size_t last) {
    first = first == 0 ? 0 : boundary(first);
    Fp5 tap, line, kernel;
    for (size_t i = boundary(last); i-- > first;) {
      const std::span<const int32_t> weights(&table.weights[i * table.lanes], table.lanes);
      const Fp5 next_tap = tap, next_line = line, next_kernel = kernel;
      tap = DotIntegers(weights, delta);
      if (has(i, WeightFlags::kMoreOutputs)) tap += block_step * next_tap;
      line = has(i, WeightFlags::kTapFirst) ? tap : Fp5();
      if (has(i, WeightFlags::kPassX)) line += next_line;
      if (has(i, WeightFlags::kStepX)) line += constants[kZxInverse] * next_line;
      kernel = has(i, WeightFlags::kLineFirst) ? line : Fp5();
      if (has(i, WeightFlags::kPassY)) kernel += next_kernel;
      if (has(i, WeightFlags::kStepY)) kernel += constants[kZyInverse] * next_kernel;
      SetFive(folds, 0, i, tap);
      SetFive(folds, 1, i, line);
      SetFive(folds, 2, i, kernel);
    }
  });
  return folds;
}

Fp5 KernelValues::At(uint32_t id, uint32_t index) const {
  if (id >= kernels_.size() || index >= kernels_[id].count) return Fp5();
  const KernelSpan& span = kernels_[id];
  const size_t row = span.first + size_t{span.stride} * index;
  constexpr size_t kKernelFold = 2;
  switch (span.table) {
    case KernelTable::kPower:
      return GetFive(power_, 0, row);
    case KernelTable::kWeight64:
      return GetFive(weight64_, kKernelFold, row);
    case KernelTable::kWeight256:
      break;
  }
  return GetFive(weight256_, kKernelFold, row);
}

}  // namespace zkvm::tensor
