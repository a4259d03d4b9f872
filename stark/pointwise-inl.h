// The loops of stark/pointwise.h as templates over the instruction set.
#ifndef ZKVM_STARK_POINTWISE_INL_H_
#define ZKVM_STARK_POINTWISE_INL_H_

#include <algorithm>
#include <array>
#include <cstddef>

#include "stark/field/packed.h"
#include "stark/field/packed_fp5.h"
#include "stark/pointwise.h"
#include "stark/simd.h"

namespace zkvm {

template <class Arch>
class PointwiseLoops {
 public:
  static void InvertDifferences(Fp shift, Fp g, const Fp5& z, Five out, size_t begin, size_t end) {
    std::array<Ext, kVectors> differences, prefix;
    Base x = Powers(shift * g.Pow(begin), g);
    const Base step(g.Pow(kWidth));
    const Ext point(z);
    for (size_t i = begin; i < end; i += kPointwiseBlock) {
      Ext product(1);
      for (size_t v = 0; v < kVectors; ++v, x *= step) {
        differences[v] = Ext(x) - point;
        prefix[v] = product;
        product = product * differences[v];
      }
      Ext inverse = product.Inverse();
      for (size_t v = kVectors; v-- > 0;) {
        (inverse * prefix[v]).Store(out, i + v * kWidth);
        inverse = inverse * differences[v];
      }
    }
  }

  static void DotColumns(const Fp* const* columns, size_t count, ConstFive d, size_t begin,
                         size_t end, Fp5* sums, Fp* plain) {
    for (size_t c = 0; c < count; ++c) {
      const Fp* column = columns[c];
      Base plain_sum(0);
      Ext sum(0);
      for (size_t block = begin; block < end; block += kPointwiseBlock) {
        DotFp5<Arch> dot;
        for (size_t v = 0; v < kVectors; v += 2) {
          const size_t i = block + v * kWidth;
          const Base x = Base::Load(column + i);
          const Base y = Base::Load(column + i + kWidth);
          dot.Add(x, Ext::Load(d, i));
          dot.Add(y, Ext::Load(d, i + kWidth));
          plain_sum += x + y;
        }
        sum += dot.Reduce();
      }
      plain[c] = AddLanes(plain_sum);
      sums[c] = AddLanes(sum);
    }
  }

  // A few columns at a time over many rows: long runs of every column for the prefetcher, sums in
  // the first-level cache.
  static void AddQuotients(const Fp* const* columns, size_t count, const Fp5* coefficients,
                           const Fp5& constant, ConstFive d, Five out, size_t begin, size_t end) {
    std::array<Ext, kTileVectors> sums;
    for (size_t tile = begin; tile < end; tile += kTileRows) {
      const size_t vectors = (std::min(end, tile + kTileRows) - tile) / kWidth;
      std::fill_n(sums.begin(), vectors, -Ext(constant));
      size_t c = 0;
      for (; c + kColumnsPerPass <= count; c += kColumnsPerPass) {
        for (size_t v = 0; v < vectors; ++v) {
          DotFp5<Arch> dot;
#pragma GCC unroll 8
          for (size_t j = 0; j < kColumnsPerPass; ++j) {
            dot.Add(Base::Load(columns[c + j] + tile + v * kWidth), coefficients[c + j]);
          }
          sums[v] += dot.Reduce();
        }
      }
      for (; c < count; ++c) {
        for (size_t v = 0; v < vectors; ++v) {
          sums[v] += Ext(coefficients[c]) * Base::Load(columns[c] + tile + v * kWidth);
        }
      }
      for (size_t v = 0; v < vectors; ++v) {
        const size_t i = tile + v * kWidth;
        (LoadFive(out, i) + sums[v] * Ext::Load(d, i)).Store(out, i);
      }
    }
  }

  static void SplitCosets(const Fp* first, const Fp* second, const Fp* inverse_powers, Fp* low,
                          Fp* high, size_t begin, size_t end) {
    const Base half(Fp(2).Inverse());
    for (size_t i = begin; i < end; i += kWidth) {
      const Base a = Base::Load(first + i) * half;
      const Base b = Base::Load(second + i) * Base::Load(inverse_powers + i) * half;
      (Base::Load(low + i) + a + b).Store(low + i);
      (Base::Load(high + i) + a - b).Store(high + i);
    }
  }

  static void FoldHalf(ConstFive low, ConstFive high, const Fp5& r, Fp inverse_shift, Fp inverse_g,
                       Five out, size_t begin, size_t end) {
    const Base half(Fp(2).Inverse());
    const Ext challenge(r);
    Base inverse_y = Powers(inverse_shift * Fp(2).Inverse() * inverse_g.Pow(begin), inverse_g);
    const Base step(inverse_g.Pow(kWidth));
    for (size_t i = begin; i < end; i += kWidth, inverse_y *= step) {
      const Ext a = Ext::Load(low, i);
      const Ext b = Ext::Load(high, i);
      ((a + b) * half + ((a - b) * inverse_y) * challenge).Store(out, i);
    }
  }

  static void TotalBus(const Fp* const* columns, size_t products, size_t sums, size_t begin,
                       size_t end, Fp5* product, Fp5* sum) {
    Ext ratios(1);
    Ext totals(0);
    for (size_t i = begin; i < end; i += kWidth) {
      if (products > 0) ratios = ratios * Ext::Load(Column(columns, products - 1), i);
      if (sums > 0) totals += Ext::Load(Column(columns, products + sums - 1), i);
    }
    *product = MultiplyLanes(ratios);
    *sum = AddLanes(totals);
  }

  static void ScanBus(Fp* const* columns, size_t products, size_t sums, const Fp5& product,
                      const Fp5& sum, size_t begin, size_t end) {
    Fp5 running_product = product;
    Fp5 running_sum = sum;
    for (size_t i = begin; i < end; i += kWidth) {
      if (products > 0) {
        Lanes before;
        const Lanes ratios = Unpack(Ext::Load(Column(columns, products - 1), i));
        for (size_t lane = 0; lane < kWidth; ++lane) {
          before[lane] = running_product;
          running_product *= ratios[lane];
        }
        const Ext p = Pack(before);
        for (size_t j = 0; j + 1 < products; ++j) {
          (Ext::Load(Column(columns, j), i) * p).Store(MutableColumn(columns, j), i);
        }
        p.Store(MutableColumn(columns, products - 1), i);
      }
      if (sums > 0) {
        Lanes before;
        const Lanes totals = Unpack(Ext::Load(Column(columns, products + sums - 1), i));
        for (size_t lane = 0; lane < kWidth; ++lane) {
          before[lane] = running_sum;
          running_sum += totals[lane];
        }
        Pack(before).Store(MutableColumn(columns, products + sums - 1), i);
      }
    }
  }

 private:
  using Base = PackedFp<Arch>;
  using Ext = PackedFp5<Arch>;
  static constexpr size_t kWidth = Base::kWidth;
  static constexpr size_t kVectors = kPointwiseBlock / kWidth;
  static constexpr size_t kColumnsPerPass = 8;
  static constexpr size_t kTileRows = 4 * kPointwiseBlock;
  static constexpr size_t kTileVectors = kTileRows / kWidth;
  using Lanes = std::array<Fp5, kWidth>;

  // start, start g, start g^2, ...
  static ZKVM_INLINE Base Powers(Fp start, Fp g) {
    std::array<Fp, kWidth> powers;
    for (size_t i = 0; i < kWidth; ++i, start *= g) powers[i] = start;
    return Base::Load(powers.data());
  }
  static ZKVM_INLINE Ext LoadFive(const Five& columns, size_t i) {
    Ext value;
    for (size_t k = 0; k < 5; ++k) value.c[k] = Base::Load(columns[k] + i);
    return value;
  }
  template <class Pointer>
  static ZKVM_INLINE ConstFive Column(Pointer columns, size_t j) {
    const auto first = columns + 5 * j;
    return {first[0], first[1], first[2], first[3], first[4]};
  }
  static ZKVM_INLINE Five MutableColumn(Fp* const* columns, size_t j) {
    Fp* const* first = columns + 5 * j;
    return {first[0], first[1], first[2], first[3], first[4]};
  }
  static ZKVM_INLINE Lanes Unpack(const Ext& x) {
    std::array<std::array<Fp, kWidth>, 5> coordinates;
    for (size_t k = 0; k < 5; ++k) x.c[k].Store(coordinates[k].data());
    Lanes lanes;
    for (size_t i = 0; i < kWidth; ++i) {
      for (size_t k = 0; k < 5; ++k) lanes[i].c[k] = coordinates[k][i];
    }
    return lanes;
  }
  static ZKVM_INLINE Ext Pack(const Lanes& lanes) {
    std::array<std::array<Fp, kWidth>, 5> coordinates;
    for (size_t i = 0; i < kWidth; ++i) {
      for (size_t k = 0; k < 5; ++k) coordinates[k][i] = lanes[i].c[k];
    }
    Ext x;
    for (size_t k = 0; k < 5; ++k) x.c[k] = Base::Load(coordinates[k].data());
    return x;
  }
  static ZKVM_INLINE Fp AddLanes(const Base& x) {
    std::array<Fp, kWidth> lanes;
    x.Store(lanes.data());
    Fp sum;
    for (const Fp lane : lanes) sum += lane;
    return sum;
  }
  static ZKVM_INLINE Fp5 AddLanes(const Ext& x) {
    Fp5 sum;
    for (size_t k = 0; k < 5; ++k) sum.c[k] = AddLanes(x.c[k]);
    return sum;
  }
  static ZKVM_INLINE Fp5 MultiplyLanes(const Ext& x) {
    Fp5 product(1);
    for (const Fp5& lane : Unpack(x)) product *= lane;
    return product;
  }
};

template <class Arch>
inline constexpr PointwiseKernels kPointwiseKernels{
    .invert_differences = &PointwiseLoops<Arch>::InvertDifferences,
    .dot_columns = &PointwiseLoops<Arch>::DotColumns,
    .add_quotients = &PointwiseLoops<Arch>::AddQuotients,
    .split_cosets = &PointwiseLoops<Arch>::SplitCosets,
    .fold_half = &PointwiseLoops<Arch>::FoldHalf,
    .scan_bus = &PointwiseLoops<Arch>::ScanBus,
    .total_bus = &PointwiseLoops<Arch>::TotalBus,
};

}  // namespace zkvm

#endif  // ZKVM_STARK_POINTWISE_INL_H_
