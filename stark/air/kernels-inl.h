// The row loops of stark/air/kernels.h as templates over instruction set and chip.
#ifndef ZKVM_STARK_AIR_KERNELS_INL_H_
#define ZKVM_STARK_AIR_KERNELS_INL_H_

#include <array>
#include <cstddef>
#include <type_traits>

#include "stark/air/chip.h"
#include "stark/air/chip_traits.h"
#include "stark/air/folder.h"
#include "stark/air/kernels.h"
#include "stark/air/row_arithmetic-inl.h"
#include "stark/field/packed.h"
#include "stark/field/packed_fp5.h"
#include "stark/params.h"
#include "stark/simd.h"

namespace zkvm {

template <class Arch, class Chip>
class ChipKernels {
 public:
  static void FillBus(const BusFillArgs& args) {
    Block block;
    for (size_t row = args.begin; row < args.end; row += kRowBlock) {
      Collect(args, row, block);
      Arithmetic::Invert(block.denominators[0].data(), block.prefix[0].data(),
                         Block::kVectors * kGroups);
      for (size_t v = 0; v < Block::kVectors; ++v) {
        Arithmetic::StoreBus(args, row + v * kWidth, block.numerators[v].data(),
                             block.denominators[v].data(), kProducts, kSums);
      }
    }
  }

  static void AddQuotient(const QuotientArgs& args) { EvaluateRows(args); }

 private:
  using Base = PackedFp<Arch>;
  using Ext = PackedFp5<Arch>;
  using Arithmetic = RowArithmetic<Arch>;
  static constexpr size_t kWidth = Base::kWidth;

  template <class T>
  using FixedRow = typename Chip::template Fixed<T>;
  template <class T>
  using MainRow = typename Chip::template Main<T>;

  template <class T>
  using GarbageRow = typename ChipWidth<Chip>::template GarbageRow<T>;
  template <class T>
  using FoldsRow = typename ChipWidth<Chip>::template FoldsRow<T>;
  static constexpr bool kHasExt = ChipWidth<Chip>::kGarbage + ChipWidth<Chip>::kFolds > 0;

  static constexpr size_t kFractions = kCounts<Chip>.fractions;
  static constexpr size_t kExchanges = kCounts<Chip>.exchanges;
  static constexpr size_t kProducts = (kExchanges + 1) / 2;
  static constexpr size_t kSums = (kFractions + 1) / 2;
  static constexpr size_t kGroups = kProducts + kSums;

  // Elements row.. row + kWidth - 1 of a column of n cells, cyclically.
  static ZKVM_INLINE Base LoadCyclic(const Fp* column, size_t row, size_t n) {
    if (row + kWidth <= n) return Base::Load(column + row);
    std::array<Fp, kWidth> cells;
    for (size_t i = 0; i < kWidth; ++i) cells[i] = column[(row + i) % n];
    return Base::Load(cells.data());
  }

  template <template <class> class Row, class Load>
  static ZKVM_INLINE void LoadRow(Row<Base>& row, Load load) {
    if constexpr (kNumColumns<Row> > 0) {
      Base* cells = reinterpret_cast<Base*>(&row);
#pragma GCC unroll 128
      for (size_t j = 0; j < kNumColumns<Row>; ++j) cells[j] = load(j);
    }
  }

  template <template <class> class Row, class Load>
  static ZKVM_INLINE void LoadExtRow(Row<Ext>& row, Load load) {
    if constexpr (kNumColumns<Row> > 0) {
      Ext* cells = reinterpret_cast<Ext*>(&row);
#pragma GCC unroll 64
      for (size_t j = 0; j < kNumColumns<Row>; ++j) {
        for (size_t i = 0; i < 5; ++i) cells[j].c[i] = load(5 * j + i);
      }
    }
  }

  // Numerators and denominators of the bus columns of one vector of rows.
  class Collector {
   public:
    using Expr = Base;
    using Ext = PackedFp5<Arch>;

    ZKVM_INLINE Collector(const BusChallenges& challenges, const Fp5* constants)
        : evaluate_{challenges}, constants_(constants) {}

    template <class E>
    ZKVM_INLINE void AssertZero(const E&) {}
    template <class E>
    ZKVM_INLINE void First(const E&) {}
    template <class E>
    ZKVM_INLINE void LastActive(const E&) {}
    ZKVM_INLINE Ext Constant(size_t i) const { return Ext(constants_[i]); }
    ZKVM_INLINE Ext Dot(size_t first, const Base* xs, size_t count) const {
      return LinearForm<Base, Ext>::Sum(Fp5(), constants_ + first, xs, count);
    }
    ZKVM_INLINE void LookupPair(const Bus& bus, int index, const Base& x, const Base& y,
                                const Base& xy) {
      const auto pair = evaluate_.Pair(bus, index, x, y, xy);
      AddShare(pair.numerator, pair.denominator);
    }
    template <class... Fields>
    ZKVM_INLINE void Contribute(const Bus& bus, const Ext& share, const Fields&... fields) {
      AddShare(share, evaluate_.Denominator(bus, fields...));
    }
    template <class M, class... Fields>
    ZKVM_INLINE void Lookup(const Bus& bus, const M& m, const Fields&... fields) {
      if constexpr (std::is_same_v<M, Once>) {
        AddFraction(Base(1), evaluate_.Denominator(bus, fields...));
      } else {
        AddFraction(Base(m), evaluate_.Denominator(bus, fields...));
      }
    }
    template <class M, class... Fields>
    ZKVM_INLINE void Provide(const Bus& bus, const M& m, const Fields&... fields) {
      if constexpr (std::is_same_v<M, Once>) {
        AddFraction(Base(-1), evaluate_.Denominator(bus, fields...));
      } else {
        AddFraction(-Base(m), evaluate_.Denominator(bus, fields...));
      }
    }
    template <class M, class... Fields>
    ZKVM_INLINE void Send(const Bus& bus, const M& m, const Fields&... fields) {
      Lookup(bus, m, fields...);
    }
    template <class M, class... Fields>
    ZKVM_INLINE void Receive(const Bus& bus, const M& m, const Fields&... fields) {
      Provide(bus, m, fields...);
    }
    template <class Consumed, class Produced>
    ZKVM_INLINE void Exchange(const Consumed& consumed, const Produced& produced) {
      const Ext r = evaluate_.Factor(consumed);
      const Ext w = evaluate_.Factor(produced);
      const size_t group = exchanges_ / 2;
      if (exchanges_ % 2 == 0) {
        numerators[group] = w;
        denominators[group] = r;
      } else {
        numerators[group] = Multiply(numerators[group], w);
        denominators[group] = Multiply(denominators[group], r);
      }
      ++exchanges_;
    }

    std::array<Ext, kGroups> numerators, denominators;

   private:
    static ZKVM_INLINE Ext Multiply(const Ext& a, const Ext& b) {
      return LinearForm<Base, Ext>::Multiply(a, b);
    }
    ZKVM_INLINE void AddFraction(const Base& n, const Ext& d) {
      const size_t group = kProducts + fractions_ / 2;
      if (fractions_ % 2 == 0) {
        numerators[group] = Ext(n);
        denominators[group] = d;
        first_ = n;
        first_is_share_ = false;
      } else {
        numerators[group] = TimesFirst(group, d) + denominators[group] * n;
        denominators[group] = Multiply(denominators[group], d);
      }
      ++fractions_;
    }
    ZKVM_INLINE void AddShare(const Ext& n, const Ext& d) {
      const size_t group = kProducts + fractions_ / 2;
      if (fractions_ % 2 == 0) {
        numerators[group] = n;
        denominators[group] = d;
        first_is_share_ = true;
      } else {
        numerators[group] = TimesFirst(group, d) + Multiply(denominators[group], n);
        denominators[group] = Multiply(denominators[group], d);
      }
      ++fractions_;
    }
    // d times the numerator of the group's first fraction.
    ZKVM_INLINE Ext TimesFirst(size_t group, const Ext& d) const {
      return first_is_share_ ? Multiply(numerators[group], d) : d * first_;
    }

    BusEvaluator<Base, Ext> evaluate_;
    const Fp5* constants_;
    Base first_;
    bool first_is_share_ = false;
    size_t exchanges_ = 0;
    size_t fractions_ = 0;
  };

  struct Block {
    static constexpr size_t kVectors = kRowBlock / kWidth;
    std::array<std::array<Ext, kGroups>, kVectors> numerators, denominators, prefix;
  };

  [[gnu::flatten]] static void Collect(const BusFillArgs& args, size_t row, Block& block) {
    for (size_t v = 0; v < Block::kVectors; ++v, row += kWidth) {
      WindowFor<Chip, Collector> window;
      LoadRow<FixedRow>(window.fixed, [&](size_t j) { return Base::Load(args.fixed[j] + row); });
      LoadRow<MainRow>(window.row, [&](size_t j) { return Base::Load(args.main[j] + row); });
      window.next = window.row;
      if constexpr (kHasExt) {
        LoadExtRow<GarbageRow>(window.garbage,
                               [&](size_t j) { return Base::Load(args.garbage[j] + row); });
        LoadExtRow<FoldsRow>(window.folds,
                             [&](size_t j) { return Base::Load(args.folds[j] + row); });
        window.folds_next = window.folds;
      }
      Collector collector(*args.challenges, args.constants);
      Chip::Constrain(collector, window);
      block.numerators[v] = collector.numerators;
      block.denominators[v] = collector.denominators;
    }
  }

  // Sink of a Folder on lanes of rows.
  class PackedSink {
   public:
    ZKVM_INLINE PackedSink(const QuotientArgs& args, size_t row) : args_(args), row_(row) {}

    ZKVM_INLINE void Every(const Base& value) {
      base_values_[num_base_] = value;
      base_chi_[num_base_++] = used_++;
    }
    ZKVM_INLINE void Every(const Ext& value) {
      ext_values_[num_ext_] = value;
      ext_chi_[num_ext_++] = used_++;
    }
    template <class T>
    ZKVM_INLINE void First(const T& value) {
      first_ += Ext(args_.chi[used_++]) * value;
    }
    template <class T>
    ZKVM_INLINE void Last(const T& value) {
      last_ += Ext(args_.chi[used_++]) * value;
    }
    template <class T>
    ZKVM_INLINE void Terminal(const T& value) {
      terminal_ += Ext(args_.chi[used_++]) * value;
    }
    ZKVM_INLINE Ext Bus(size_t j) const {
      Ext value;
      for (size_t i = 0; i < 5; ++i) value.c[i] = Base::Load(args_.bus[5 * j + i] + row_);
      return value;
    }
    ZKVM_INLINE Ext BusNext(size_t j) const {
      Ext value;
      for (size_t i = 0; i < 5; ++i) {
        value.c[i] = LoadCyclic(args_.bus[5 * j + i], row_ + 1, args_.n);
      }
      return value;
    }

    // Adds everything over its denominator. `tail` = prod_{i >= u} (X - g^i) / (X^n - 1).
    ZKVM_INLINE void Store(const Base& tail) const {
      // 1 / (X - g^i) = g^-i / (X g^-i - 1): the column of 1 / (X - 1), i offsets earlier.
      const auto over = [&](size_t i) {
        const Base scale(args_.generator.Pow(args_.n - i));
        return LoadCyclic(args_.inverse_x_minus_1, row_ + args_.n - i, args_.n) * scale;
      };
      Ext sum = Arithmetic::Combine(args_, base_values_.data(), base_chi_.data(), num_base_,
                                    ext_values_.data(), ext_chi_.data(), num_ext_) *
                tail;
      sum += first_ * Base::Load(args_.inverse_x_minus_1 + row_);
      sum += last_ * over(args_.first_tail - 1);
      sum += terminal_ * over(args_.first_tail);
      for (size_t i = 0; i < 5; ++i) {
        Fp* target = args_.quotient[i] + row_;
        (Base::Load(target) + sum.c[i]).Store(target);
      }
    }

   private:
    const QuotientArgs& args_;
    size_t row_;
    size_t used_ = 0;
    size_t num_base_ = 0;
    size_t num_ext_ = 0;
    std::array<Base, kCounts<Chip>.every + 1> base_values_;
    std::array<Ext, kGroups + kCounts<Chip>.every_ext + 1> ext_values_;
    std::array<size_t, kCounts<Chip>.every + 1> base_chi_;
    std::array<size_t, kGroups + kCounts<Chip>.every_ext + 1> ext_chi_;
    Ext first_ = Ext(0), last_ = Ext(0), terminal_ = Ext(0);
  };

  [[gnu::flatten]] static void EvaluateRows(const QuotientArgs& args) {
    std::array<Fp, kWidth> powers;
    Fp x = args.shift * args.generator.Pow(args.begin);
    for (size_t i = 0; i < kWidth; ++i, x *= args.generator) powers[i] = x;
    Base position = Base::Load(powers.data());
    const Base step(args.generator.Pow(kWidth));
    std::array<Fp, kTailRows> tail_points;
    for (size_t i = 0; i < kTailRows; ++i) {
      tail_points[i] = args.generator.Pow(args.first_tail + i);
    }

    for (size_t row = args.begin; row < args.end; row += kWidth, position *= step) {
      WindowFor<Chip, Folder<Base, Ext, PackedSink>> window;
      LoadRow<FixedRow>(window.fixed, [&](size_t j) { return Base::Load(args.fixed[j] + row); });
      LoadRow<MainRow>(window.row, [&](size_t j) { return Base::Load(args.main[j] + row); });
      if constexpr (kReadsNext<Chip>) {
        LoadRow<MainRow>(window.next,
                         [&](size_t j) { return LoadCyclic(args.main[j], row + 1, args.n); });
      } else {
        window.next = window.row;
      }
      if constexpr (kHasExt) {
        LoadExtRow<GarbageRow>(window.garbage,
                               [&](size_t j) { return Base::Load(args.garbage[j] + row); });
        LoadExtRow<FoldsRow>(window.folds,
                             [&](size_t j) { return Base::Load(args.folds[j] + row); });
        LoadExtRow<FoldsRow>(window.folds_next,
                             [&](size_t j) { return LoadCyclic(args.folds[j], row + 1, args.n); });
      }
      PackedSink sink(args, row);
      Folder<Base, Ext, PackedSink> folder(*args.challenges, args.constants, kExchanges, kFractions,
                                           sink);
      Chip::Constrain(folder, window);
      folder.Finish(args.totals);

      Base tail(args.inverse_vanishing);
      for (const Fp point : tail_points) tail *= position - Base(point);
      sink.Store(tail);
    }
  }
};

template <class Arch, class Chip>
inline constexpr AirKernels kAirKernels{&ChipKernels<Arch, Chip>::FillBus,
                                        &ChipKernels<Arch, Chip>::AddQuotient};

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_KERNELS_INL_H_
