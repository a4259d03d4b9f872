// What a chip says, as constants: number of statements, messages and tuple pairs, and whether it
// reads the next row.
#ifndef ZKVM_STARK_AIR_CHIP_TRAITS_H_
#define ZKVM_STARK_AIR_CHIP_TRAITS_H_

#include <array>
#include <bit>
#include <cstddef>

#include "stark/air/chip.h"
#include "stark/air/no_ext.h"
#include "stark/field/fp.h"

namespace zkvm {

// Number of statements, messages and tuple pairs a row, as constants.
class CountBuilder {
 public:
  using Expr = Fp;
  using Ext = NoExt;

  constexpr void AssertZero(Fp) { ++every; }
  constexpr void AssertZero(NoExt) { ++every_ext; }
  template <class E>
  constexpr void First(const E&) {}
  template <class E>
  constexpr void LastActive(const E&) {}
  constexpr NoExt Constant(size_t) { return {}; }
  constexpr NoExt Dot(size_t, const Fp*, size_t) { return {}; }
  template <class... Args>
  constexpr void Contribute(const Args&...) {
    ++fractions;
  }
  template <class... Args>
  constexpr void Lookup(const Args&...) {
    ++fractions;
  }
  constexpr void LookupPair(const Bus&, int, Fp, Fp, Fp) {
    ++every;
    ++fractions;
  }
  template <class... Args>
  constexpr void Provide(const Args&...) {
    ++fractions;
  }
  template <class... Args>
  constexpr void Send(const Args&...) {
    ++fractions;
  }
  template <class... Args>
  constexpr void Receive(const Args&...) {
    ++fractions;
  }
  template <class... Args>
  constexpr void Exchange(const Args&...) {
    ++exchanges;
  }

  size_t every = 0;      // statements in F_p and
  size_t every_ext = 0;  // in F
  size_t fractions = 0;
  size_t exchanges = 0;
};

// An expression that only knows whether it reads the next row.
struct NextRowTaint {
  bool next = false;

  constexpr NextRowTaint() = default;
  constexpr NextRowTaint(int) {}  // NOLINT(google-explicit-constructor)
  constexpr NextRowTaint(Fp) {}   // NOLINT(google-explicit-constructor)

  friend constexpr NextRowTaint operator+(NextRowTaint a, NextRowTaint b) { return Join(a, b); }
  friend constexpr NextRowTaint operator-(NextRowTaint a, NextRowTaint b) { return Join(a, b); }
  friend constexpr NextRowTaint operator*(NextRowTaint a, NextRowTaint b) { return Join(a, b); }
  constexpr NextRowTaint operator-() const { return *this; }
  constexpr NextRowTaint& operator+=(NextRowTaint b) { return *this = Join(*this, b); }
  constexpr NextRowTaint& operator-=(NextRowTaint b) { return *this = Join(*this, b); }
  constexpr NextRowTaint& operator*=(NextRowTaint b) { return *this = Join(*this, b); }

 private:
  static constexpr NextRowTaint Join(NextRowTaint a, NextRowTaint b) {
    NextRowTaint joined;
    joined.next = a.next || b.next;
    return joined;
  }
};

class NextRowBuilder {
 public:
  using Expr = NextRowTaint;
  using Ext = NextRowTaint;

  constexpr Ext Constant(size_t) { return {}; }
  constexpr Ext Dot(size_t, const Expr* xs, size_t count) {
    Ext sum;
    for (size_t i = 0; i < count; ++i) sum += xs[i];
    return sum;
  }
  template <class... Args>
  constexpr void Contribute(const Args&...) {}
  constexpr void AssertZero(Expr e) { found |= e.next; }
  constexpr void First(Expr e) { found |= e.next; }
  constexpr void LastActive(Expr e) { found |= e.next; }
  template <class... Args>
  constexpr void Lookup(const Args&...) {}
  constexpr void LookupPair(const Bus&, int, Expr x, Expr y, Expr xy) { AssertZero(x * y - xy); }
  template <class... Args>
  constexpr void Provide(const Args&...) {}
  template <class... Args>
  constexpr void Send(const Args&...) {}
  template <class... Args>
  constexpr void Receive(const Args&...) {}
  template <class... Args>
  constexpr void Exchange(const Args&...) {}

  bool found = false;
};

// Whether the chip's constraints use w.next. (The columns of F are few: all of them are loaded.)
template <class Chip>
inline constexpr bool kReadsNext = [] {
  WindowFor<Chip, NextRowBuilder> window{};
  window.next = std::bit_cast<typename Chip::template Main<NextRowTaint>>([] {
    std::array<bool, ChipWidth<Chip>::kMain> tainted{};
    tainted.fill(true);
    return tainted;
  }());
  NextRowBuilder builder;
  Chip::Constrain(builder, window);
  return builder.found;
}();

template <class Chip>
inline constexpr CountBuilder kCounts = [] {
  CountBuilder count;
  WindowFor<Chip, CountBuilder> window{};
  Chip::Constrain(count, window);
  return count;
}();

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_CHIP_TRAITS_H_
