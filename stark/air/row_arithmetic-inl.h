// The packed arithmetic of the row loops that does not depend on the chip: compiled once for each
// instruction set and kept out of line, because a row has dozens of messages.
#ifndef ZKVM_STARK_AIR_ROW_ARITHMETIC_INL_H_
#define ZKVM_STARK_AIR_ROW_ARITHMETIC_INL_H_

#include <array>
#include <cstddef>

#include "stark/air/folder.h"
#include "stark/air/kernels.h"
#include "stark/field/packed.h"
#include "stark/field/packed_fp5.h"
#include "stark/simd.h"

namespace zkvm {

// Messages and products of F, with delayed reduction.
template <class Arch>
struct LinearForm<PackedFp<Arch>, PackedFp5<Arch>> {
  using Base = PackedFp<Arch>;
  using Ext = PackedFp5<Arch>;

  [[gnu::noinline]] static Ext Sum(const Fp5& constant, const Fp5* powers, const Base* x,
                                   size_t count) {
    DotFp5<Arch> dot;
    size_t i = 0;
    for (; i + 2 <= count; i += 2) {
      dot.Add(x[i], powers[i]);
      dot.Add(x[i + 1], powers[i + 1]);
    }
    if (i < count) dot.Add(x[i], powers[i]);
    return dot.Reduce() + Ext(constant);
  }
  [[gnu::noinline]] static Ext Multiply(const Ext& a, const Ext& b) { return a * b; }
};

// Batch inversion, bus columns and the combination of constraints.
template <class Arch>
struct RowArithmetic {
  using Base = PackedFp<Arch>;
  using Ext = PackedFp5<Arch>;
  static constexpr size_t kWidth = Base::kWidth;

  // Replaces values by their inverses: Montgomery's trick, kWidth chains side by side. `prefix` is
  // scratch of the same size.
  [[gnu::noinline]] static void Invert(Ext* values, Ext* prefix, size_t count) {
    Ext product(1);
    for (size_t i = 0; i < count; ++i) {
      prefix[i] = product;
      product = product * values[i];
    }
    Ext inverse = product.Inverse();
    for (size_t i = count; i-- > 0;) {
      const Ext value = values[i];
      values[i] = inverse * prefix[i];
      inverse = inverse * value;
    }
  }

  // Stores the bus columns of one vector of rows from the numerators and inverse denominators of
  // its groups: products first, then sums.
  [[gnu::noinline]] static void StoreBus(const BusFillArgs& args, size_t row, const Ext* numerators,
                                         const Ext* inverses, size_t products, size_t sums) {
    Ext ratio(1);
    for (size_t j = 0; j < products; ++j) {
      ratio = ratio * (numerators[j] * inverses[j]);
      StoreExt(args, j, row, ratio);
    }
    Ext sum(0);
    for (size_t j = products; j < products + sums; ++j) {
      const Ext fraction = numerators[j] * inverses[j];
      sum += fraction;
      StoreExt(args, j, row, j + 1 < products + sums ? fraction : sum);
    }
  }

  // sum of chi C over base and extension constraints.
  [[gnu::noinline]] static Ext Combine(const QuotientArgs& args, const Base* base_values,
                                       const size_t* base_chi, size_t num_base,
                                       const Ext* ext_values, const size_t* ext_chi,
                                       size_t num_ext) {
    std::array<DotFp<Arch>, 5> sums;
    for (size_t n = 0; n < num_base; ++n) {
      const Fp5& chi = args.chi[base_chi[n]];
      for (size_t i = 0; i < 5; ++i) sums[i].Add(base_values[n], chi.c[i]);
    }
    for (size_t n = 0; n < num_ext; ++n) {
      const Fp5& chi = args.chi[ext_chi[n]];
      const Fp5& twice = args.twice_chi[ext_chi[n]];
#pragma GCC unroll 5
      for (size_t k = 0; k < 5; ++k) {
#pragma GCC unroll 5
        for (size_t i = 0; i < 5; ++i) {
          sums[k].Add(ext_values[n].c[i], i <= k ? chi.c[k - i] : twice.c[k + 5 - i]);
        }
      }
    }
    Ext sum;
    for (size_t i = 0; i < 5; ++i) sum.c[i] = sums[i].Reduce();
    return sum;
  }

 private:
  static ZKVM_INLINE void StoreExt(const BusFillArgs& args, size_t column, size_t row,
                                   const Ext& value) {
    for (size_t i = 0; i < 5; ++i) value.c[i].Store(args.bus[5 * column + i] + row);
  }
};

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_ROW_ARITHMETIC_INL_H_
