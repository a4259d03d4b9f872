// The constraints of a table as one random combination: sum over constraints of chi * C, for the
// verifier at a point (Base = Ext = F) and for the prover on lanes of rows (packed).
//
// Bus constraints are derived here from the messages and tuple pairs, in groups of two in
// declaration order (protocol.md, sections 2.3 and 2.4):
//
//   f_j d d~ = n d~ + n~ d                   (A' - A - sum_j f_j) d d~ = n d~ + n~ d  for the last
//   psi_1 R R~ = P W W~,  psi_j R R~ = psi_(j-1) W W~          P' R R~ = psi W W~     for the last
//
// and A = 0, P = 1 on row 0, A = S, P = product on the terminal row.
#ifndef ZKVM_STARK_AIR_FOLDER_H_
#define ZKVM_STARK_AIR_FOLDER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>

#include "stark/air/challenges.h"
#include "stark/air/chip.h"
#include "stark/field/fp5.h"

namespace zkvm {

// What a table claims of its buses: the final sum S_t and product P_t.
struct BusTotals {
  Fp5 sum;
  Fp5 product = Fp5(1);
};

// constant + sum over i of powers[i] x[i], in F. The packed version is a function of its own: a
// row has dozens of messages, and its loops are compiled once.
template <class Base, class Ext>
struct LinearForm {
  static Ext Sum(const Fp5& constant, const Fp5* powers, const Base* x, size_t count) {
    Ext sum(constant);
    for (size_t i = 0; i < count; ++i) sum += powers[i] * x[i];
    return sum;
  }
  static Ext Multiply(const Ext& a, const Ext& b) { return a * b; }
};

// Evaluates messages and tuples. Base is the type of cells, Ext of elements of F.
template <class Base, class Ext>
struct BusEvaluator {
  const BusChallenges& challenges;

  // alpha - (bus + sum_i beta^i field_i).
  template <class... Fields>
  [[gnu::always_inline]] Ext Denominator(const Bus& bus, const Fields&... fields) const {
    constexpr size_t kFields = sizeof...(Fields);
    std::array<Base, kFields> x{Value(fields)...};
    if constexpr (kEndsInExt<Fields...>) {
      // The last field is of F: it stands in x as 0.
      const Ext& last = std::get<kFields - 1>(std::tie(fields...));
      return Ext(challenges.alpha) -
             LinearForm<Base, Ext>::Sum(Fp5(Fp::FromU32(bus.id)), &challenges.beta[1], x.data(),
                                        kFields - 1) -
             LinearForm<Base, Ext>::Multiply(last, Ext(challenges.beta[kFields]));
    } else {
      return Ext(challenges.alpha) - LinearForm<Base, Ext>::Sum(Fp5(Fp::FromU32(bus.id)),
                                                                &challenges.beta[1], x.data(),
                                                                UsedFields<Fields...>());
    }
  }
  // 1/(c - beta^2 x) + 1/(c - beta^2 y) with c = alpha - bus - beta index, as one fraction:
  // 2 c - beta^2 (x + y) over c^2 - c beta^2 (x + y) + beta^4 xy.
  struct Fraction {
    Ext numerator, denominator;
  };
  [[gnu::always_inline]] Fraction Pair(const Bus& bus, int index, const Base& x, const Base& y,
                                       const Base& xy) const {
    const Fp5 c = challenges.alpha - Fp5(Fp::FromU32(bus.id)) - challenges.beta[1] * Fp5(Fp(index));
    const std::array<Base, 2> terms{x + y, xy};
    const std::array<Fp5, 2> factors{-(c * challenges.beta[2]), challenges.beta[4]};
    const Fp5 factor = -challenges.beta[2];
    return {LinearForm<Base, Ext>::Sum(c + c, &factor, terms.data(), 1),
            LinearForm<Base, Ext>::Sum(c * c, factors.data(), terms.data(), 2)};
  }
  // a + space + b addr + b^2 lo + b^3 hi + b^4 ts.
  template <class S, class A, class L, class H, class T>
  [[gnu::always_inline]] Ext Factor(const Tuple<S, A, L, H, T>& t) const {
    std::array<Base, 5> x{Value(t.space), Value(t.addr), Value(t.lo), Value(t.hi), Value(t.ts)};
    return LinearForm<Base, Ext>::Sum(challenges.a, challenges.b.data(), x.data(),
                                      UsedFields<S, A, L, H, T>());
  }

 private:
  // Where Base and Ext are one type, an element of F is a field like any other.
  template <class... Fields>
  static constexpr bool kEndsInExt =
      !std::is_same_v<Base, Ext> && (std::is_same_v<Fields, Ext> || ...);

  template <class T>
  [[gnu::always_inline]] static Base Value(const T& x) {
    if constexpr (std::is_same_v<T, Zero> ||
                  (std::is_same_v<T, Ext> && !std::is_same_v<Base, Ext>)) {
      return Base(0);
    } else {
      return Base(x);
    }
  }
  // The number of fields up to the last that is not kZero.
  template <class... Fields>
  static constexpr size_t UsedFields() {
    size_t used = 0;
    size_t i = 0;
    ((++i, used = std::is_same_v<Fields, Zero> ? used : i), ...);
    return used;
  }
};

// Sink: how a constraint enters the combination. It has
//   void Every(Base or Ext), First(..), Last(..), Terminal(..): adds chi_i * value, i counted up
//   Ext Bus(size_t j), Ext BusNext(size_t j): bus column j in this row and the next
template <class Base, class ExtType, class Sink>
class Folder {
 public:
  using Expr = Base;
  using Ext = ExtType;

  // `constants`: the values of Machine::monomials; unused by chips without columns of F.
  [[gnu::always_inline]] Folder(const BusChallenges& challenges, const Fp5* constants,
                                size_t exchanges, size_t fractions, Sink& sink)
      : evaluate_{challenges},
        constants_(constants),
        products_((exchanges + 1) / 2),
        sums_((fractions + 1) / 2),
        sink_(sink) {}

  [[gnu::always_inline]] void AssertZero(const Base& e) { sink_.Every(e); }
  [[gnu::always_inline]] void First(const Base& e) { sink_.First(e); }
  [[gnu::always_inline]] void LastActive(const Base& e) { sink_.Last(e); }
  [[gnu::always_inline]] void AssertZero(const Ext& e)
    requires(!std::is_same_v<Base, ExtType>)
  {
    sink_.Every(e);
  }
  [[gnu::always_inline]] void First(const Ext& e)
    requires(!std::is_same_v<Base, ExtType>)
  {
    sink_.First(e);
  }
  [[gnu::always_inline]] void LastActive(const Ext& e)
    requires(!std::is_same_v<Base, ExtType>)
  {
    sink_.Last(e);
  }
  [[gnu::always_inline]] Ext Constant(size_t i) const { return Ext(constants_[i]); }
  [[gnu::always_inline]] Ext Dot(size_t first, const Base* xs, size_t count) const {
    return LinearForm<Base, Ext>::Sum(Fp5(), constants_ + first, xs, count);
  }

  template <class M, class... Fields>
  [[gnu::always_inline]] void Lookup(const Bus& bus, const M& m, const Fields&... fields) {
    AddFraction(m, false, evaluate_.Denominator(bus, fields...));
  }
  [[gnu::always_inline]] void LookupPair(const Bus& bus, int index, const Base& x, const Base& y,
                                         const Base& xy) {
    AssertZero(x * y - xy);
    const auto pair = evaluate_.Pair(bus, index, x, y, xy);
    AddShare(pair.numerator, pair.denominator);
  }
  template <class M, class... Fields>
  [[gnu::always_inline]] void Provide(const Bus& bus, const M& m, const Fields&... fields) {
    AddFraction(m, true, evaluate_.Denominator(bus, fields...));
  }
  template <class M, class... Fields>
  [[gnu::always_inline]] void Send(const Bus& bus, const M& m, const Fields&... fields) {
    Lookup(bus, m, fields...);
  }
  template <class M, class... Fields>
  [[gnu::always_inline]] void Receive(const Bus& bus, const M& m, const Fields&... fields) {
    Provide(bus, m, fields...);
  }
  template <class... Fields>
  [[gnu::always_inline]] void Contribute(const Bus& bus, const Ext& numerator,
                                         const Fields&... fields) {
    AddShare(numerator, evaluate_.Denominator(bus, fields...));
  }
  template <class Consumed, class Produced>
  [[gnu::always_inline]] void Exchange(const Consumed& consumed, const Produced& produced) {
    if (pending_pairs_ == 2) CloseProductGroup(false);
    consumed_[pending_pairs_] = evaluate_.Factor(consumed);
    produced_[pending_pairs_] = evaluate_.Factor(produced);
    ++pending_pairs_;
  }

  // Closes the last groups and adds the boundaries of A and P. Call once, after Constrain.
  [[gnu::always_inline]] void Finish(const BusTotals& totals) {
    if (pending_pairs_ > 0) {
      CloseProductGroup(true);
      const Ext product = sink_.Bus(products_ - 1);
      sink_.First(product - Ext(Fp5(1)));
      sink_.Terminal(product - Ext(totals.product));
    }
    if (pending_fractions_ > 0) {
      CloseSumGroup(true);
      const Ext sum = sink_.Bus(products_ + sums_ - 1);
      sink_.First(sum);
      sink_.Terminal(sum - Ext(totals.sum));
    }
  }

 private:
  struct Fraction {
    enum Kind : uint8_t { kUnit, kMultiplicity, kShare } kind;  // numerator 1, of F_p, or of F
    bool negative;                                              // provider or receiver
    Base numerator;
    Ext share;
    Ext denominator;
  };

  template <class M>
  [[gnu::always_inline]] void AddFraction(const M& m, bool negative, const Ext& denominator) {
    if (pending_fractions_ == 2) CloseSumGroup(false);
    Fraction& fraction = fractions_[pending_fractions_];
    if constexpr (std::is_same_v<M, Once>) {
      fraction.kind = Fraction::kUnit;
    } else {
      fraction.kind = Fraction::kMultiplicity;
      fraction.numerator = m;
    }
    fraction.negative = negative;
    fraction.denominator = denominator;
    ++pending_fractions_;
  }

  [[gnu::always_inline]] void AddShare(const Ext& numerator, const Ext& denominator) {
    if (pending_fractions_ == 2) CloseSumGroup(false);
    Fraction& fraction = fractions_[pending_fractions_++];
    fraction.kind = Fraction::kShare;
    fraction.negative = false;
    fraction.share = numerator;
    fraction.denominator = denominator;
  }

  [[gnu::always_inline]] static Ext Multiply(const Ext& a, const Ext& b) {
    return LinearForm<Base, Ext>::Multiply(a, b);
  }

  // numerator * x with its sign.
  [[gnu::always_inline]] static Ext Times(const Fraction& fraction, const Ext& x) {
    if (fraction.kind == Fraction::kShare) return Multiply(x, fraction.share);
    const Ext product = fraction.kind == Fraction::kUnit ? x : x * fraction.numerator;
    return fraction.negative ? -product : product;
  }

  [[gnu::always_inline]] void CloseSumGroup(bool last) {
    Ext value;
    if (last) {
      value = sink_.BusNext(products_ + sums_ - 1) - sink_.Bus(products_ + sums_ - 1);
      for (size_t j = 0; j + 1 < sums_; ++j) value -= sink_.Bus(products_ + j);
    } else {
      value = sink_.Bus(products_ + sum_groups_);
    }
    const Fraction& x = fractions_[0];
    if (pending_fractions_ == 2) {
      const Fraction& y = fractions_[1];
      sink_.Every(Multiply(value, Multiply(x.denominator, y.denominator)) -
                  Times(x, y.denominator) - Times(y, x.denominator));
    } else {
      sink_.Every(Multiply(value, x.denominator) - Times(x, Ext(Fp5(1))));
    }
    ++sum_groups_;
    pending_fractions_ = 0;
  }

  [[gnu::always_inline]] void CloseProductGroup(bool last) {
    const Ext before =
        product_groups_ == 0 ? sink_.Bus(products_ - 1) : sink_.Bus(product_groups_ - 1);
    const Ext after = last ? sink_.BusNext(products_ - 1) : sink_.Bus(product_groups_);
    const bool two = pending_pairs_ == 2;
    const Ext consumed = two ? Multiply(consumed_[0], consumed_[1]) : consumed_[0];
    const Ext produced = two ? Multiply(produced_[0], produced_[1]) : produced_[0];
    sink_.Every(Multiply(after, consumed) - Multiply(before, produced));
    ++product_groups_;
    pending_pairs_ = 0;
  }

  BusEvaluator<Base, Ext> evaluate_;
  const Fp5* constants_;
  size_t products_;
  size_t sums_;
  Sink& sink_;

  std::array<Fraction, 2> fractions_;
  size_t pending_fractions_ = 0;
  size_t sum_groups_ = 0;
  std::array<Ext, 2> consumed_, produced_;
  size_t pending_pairs_ = 0;
  size_t product_groups_ = 0;
};

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_FOLDER_H_
