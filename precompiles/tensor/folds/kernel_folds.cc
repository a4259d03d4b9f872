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

// Integer combinations of elements of F. An element's multiple is that of its words, and weights
// are made unsigned: sum (w + 2^23) c = sum w c + 2^23 sum c. With weights in [-2^23, 2^23) and 256
// elements, sums of products with words are below 2^24 2^31 2^8 = 2^63.
class IntegerDot {
 public:
  static constexpr size_t kMaxTerms = 256;

  explicit IntegerDot(std::span<const Fp5> elements) {
    for (const Fp5& c : elements) {
      for (size_t k = 0; k < words_.size(); ++k) words_[k].push_back(c.c[k].word());
      excess_ += c * Fp(kOffset);
    }
  }

  // sum of weights[j] times element j.
  Fp5 operator()(std::span<const int32_t> weights) const {
    if (std::all_of(weights.begin(), weights.end(),
                    [](int32_t w) { return -kOffset <= w && w < kOffset; })) {
      return Sum(weights, [](int32_t w) { return w; });
    }
    return Sum(weights, [](int32_t w) { return w & (kOffset - 1); }) +
           Sum(weights, [](int32_t w) { return w >> kLogOffset; }) * Fp(kOffset);
  }

 private:
  static constexpr int kLogOffset = 23;
  static constexpr int32_t kOffset = 1 << kLogOffset;

  template <class Digit>
  Fp5 Sum(std::span<const int32_t> weights, const Digit& digit) const {
    std::array<uint32_t, kMaxTerms> raised;
    for (size_t j = 0; j < weights.size(); ++j) {
      raised[j] = static_cast<uint32_t>(digit(weights[j]) + kOffset);
    }
    Fp5 sum;
    for (size_t k = 0; k < words_.size(); ++k) {
      const uint32_t* words = words_[k].data();
      uint64_t total = 0;
      for (size_t j = 0; j < weights.size(); ++j) total += uint64_t{raised[j]} * words[j];
      sum.c[k] = Fp::FromWord(static_cast<uint32_t>(total % Fp::kModulus));
    }
    return sum - excess_;
  }

  std::array<std::vector<uint32_t>, Fp5::kDegree> words_;
  Fp5 excess_;
};

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
  const IntegerDot dot(constants.subspan(kDeltaPowers, table.lanes));
  const Fp5& block_step =
      constants[table.lanes == 64 ? Weight<64>::kBlockStep : Weight<256>::kBlockStep];
  Matrix folds(height, 5 * kNumColumns<WeightFlags::Folds>);
  ZeroRows(rows, folds);
  const auto has = [&](size_t i, WeightFlags::Flag flag) {
    return (table.rows[i].flags >> flag & 1) != 0;
  };
  // Calls fold(first, last) on ranges between rows with the flag, concurrently.
  const auto for_ranges = [&](WeightFlags::Flag flag, const auto& fold) {
    const auto boundary = [&](size_t i) {
      while (i > 0 && i < rows && !has(i, flag)) ++i;
      return i;
    };
    ParallelFor(0, rows, kGrain,
                [&](size_t first, size_t last) { fold(boundary(first), boundary(last)); });
  };
  // A kernel may be most of the table; its taps are not.
  for_ranges(WeightFlags::kTapFirst, [&](size_t first, size_t last) {
    Fp5 tap;
    for (size_t i = last; i-- > first;) {
      const Fp5 block = dot({&table.weights[i * table.lanes], table.lanes});
      tap = has(i, WeightFlags::kMoreOutputs) ? block + block_step * tap : block;
      SetFive(folds, 0, i, tap);
    }
  });
  for_ranges(WeightFlags::kKernelFirst, [&](size_t first, size_t last) {
    Fp5 line, kernel;
    for (size_t i = last; i-- > first;) {
      const Fp5 next_line = line, next_kernel = kernel;
      line = has(i, WeightFlags::kTapFirst) ? GetFive(folds, 0, i) : Fp5();
      if (has(i, WeightFlags::kPassX)) line += next_line;
      if (has(i, WeightFlags::kStepX)) line += constants[kZxInverse] * next_line;
      kernel = has(i, WeightFlags::kLineFirst) ? line : Fp5();
      if (has(i, WeightFlags::kPassY)) kernel += next_kernel;
      if (has(i, WeightFlags::kStepY)) kernel += constants[kZyInverse] * next_kernel;
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
