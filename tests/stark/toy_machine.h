// A small machine with everything a real one has: preprocessed columns, lookups, an exact bus with
// a public side, the grand product, transitions, boundaries, an optional table, different heights.
//
// Squares provides (x, x^2) for x < 511. Walkers look squares up and carry (position, sum of
// squares) along a chain that the verifier starts and ends. Countdown holds runs n, n-1, .. 1 and
// sends each of its run starts to the verifier.
#ifndef ZKVM_TESTS_STARK_TOY_MACHINE_H_
#define ZKVM_TESTS_STARK_TOY_MACHINE_H_

#include <string_view>

#include "stark/air/air.h"
#include "stark/air/chip.h"
#include "stark/air/chip_list.h"
#include "stark/air/kernels.h"

namespace zkvm::toy {

inline constexpr Bus kSquares{1, "SQUARES", 2, BusKind::kLookup};
inline constexpr Bus kStarts{2, "STARTS", 2, BusKind::kExact};
inline constexpr int kChain = 1;

struct Squares {
  static constexpr std::string_view kName = "squares";
  template <class T>
  struct Fixed {
    T x, square;
  };
  template <class T>
  struct Main {
    T multiplicity;
  };
  template <class B>
  static constexpr void Constrain(B& b, const Window<Squares, typename B::Expr>& w) {
    b.Provide(kSquares, w.row.multiplicity, w.fixed.x, w.fixed.square);
  }
};

struct Walker {
  static constexpr std::string_view kName = "walker";
  template <class T>
  using Fixed = NoColumns<T>;
  template <class T>
  struct Main {
    T real, position, x, square, y, square_y, sum;
  };
  template <class B>
  static constexpr void Constrain(B& b, const Window<Walker, typename B::Expr>& w) {
    const auto& r = w.row;
    b.AssertZero(r.real * (r.real - 1));
    b.AssertZero((r.real - 1) * r.x);
    b.AssertZero((r.real - 1) * r.y);
    b.Lookup(kSquares, kOnce, r.x, r.square);
    b.Lookup(kSquares, r.real, r.y, r.square_y);
    b.Lookup(kSquares, r.real, r.y, r.square_y);
    b.Exchange(Tuple{kChain, r.position, r.sum, kZero, kZero},
               Tuple{kChain, r.position + r.real, r.sum + r.square + r.square_y, kZero, kZero});
    b.AssertZero((r.real - 1) * r.square_y);
  }
};

struct Countdown {
  static constexpr std::string_view kName = "countdown";
  template <class T>
  using Fixed = NoColumns<T>;
  template <class T>
  struct Main {
    T real, first, last, count, index;
  };
  template <class B>
  static constexpr void Constrain(B& b, const Window<Countdown, typename B::Expr>& w) {
    const auto& r = w.row;
    const auto& n = w.next;
    for (const auto* flag : {&r.real, &r.first, &r.last}) b.AssertZero(*flag * (*flag - 1));
    b.AssertZero(r.first * (r.real - 1));
    b.AssertZero(r.last * (r.real - 1));
    b.First(r.real * (r.first - 1));
    b.First(r.index);
    b.LastActive(r.real - r.last);
    b.AssertZero((r.real - r.last) * (n.count - r.count + 1));
    b.AssertZero((r.real - r.last) * n.first);
    b.AssertZero((r.real - r.last) * (n.real - 1));
    b.AssertZero(r.last * (r.count - 1));
    b.AssertZero((r.last - r.real + 1) * n.real * (n.first - 1));
    b.AssertZero(n.index - r.index - r.last);
    b.Send(kStarts, r.first, r.index, r.count);
    b.Exchange(Tuple{kChain + 1, r.count, r.real, kZero, kZero},
               Tuple{kChain + 1, r.count, r.real, kZero, kZero});
    b.Exchange(Tuple{kChain + 2, r.count, r.real, kZero, kZero},
               Tuple{kChain + 2, r.count, r.real, kZero, kZero});
    b.Exchange(Tuple{kChain + 3, r.count, r.real, kZero, kZero},
               Tuple{kChain + 3, r.count, r.real, kZero, kZero});
  }
};

using Chips = ChipList<Squares, Walker, Countdown>;

const AirKernels* const* ScalarKernels();
const AirKernels* const* Avx2Kernels();
const AirKernels* const* Avx512Kernels();

}  // namespace zkvm::toy

#endif  // ZKVM_TESTS_STARK_TOY_MACHINE_H_
