// A small machine with the rounds before the bus: products of two linear polynomials, of which only
// the middle coefficient is claimed.
//
// Forms (a table of the model) provides w_0 + w_1 x. A row of Products claims u_0 w_1 + u_1 w_0:
// the outer coefficients of (u_0 + u_1 x)(w_0 + w_1 x) are garbage, committed before x is drawn.
// The two sides of the identity meet on an additive bus whose key several rows share, weighted by
// gamma and delta; `tail` is a suffix sum over rows, read in the next one.
#ifndef ZKVM_TESTS_STARK_FOLD_TOY_H_
#define ZKVM_TESTS_STARK_FOLD_TOY_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "stark/air/check.h"
#include "stark/air/chip.h"
#include "stark/machine.h"
#include "stark/model_file.h"
#include "stark/prover.h"
#include "tests/stark/toy_machine.h"

namespace zkvm::toy {

inline constexpr Bus kForm{3, "FORM", 2, BusKind::kLookup};
inline constexpr Bus kTotal{4, "TOTAL", 1, BusKind::kAdditive};

inline constexpr std::array<Monomial, 5> kMonomials{
    {{0, 0, 0, 0}, {0, 0, 1, 0}, {0, 0, 2, 0}, {1, 0, 0, 0}, {0, 1, 0, -1}}};
enum MonomialIndex : size_t { kOne, kX, kXSquare, kGamma, kDeltaOverY };

struct Forms {
  static constexpr std::string_view kName = "forms";
  static constexpr bool kModel = true;
  template <class T>
  struct Fixed {
    T id, w0, w1;
  };
  template <class T>
  struct Main {
    T multiplicity;
  };
  template <class T>
  struct Folds {
    T value;
  };
  template <class B>
  static constexpr void Constrain(B& b, const Window<Forms, typename B::Expr, typename B::Ext>& w) {
    const std::array<typename B::Expr, 2> coefficients{w.fixed.w0, w.fixed.w1};
    b.AssertZero(w.folds.value - b.Dot(kOne, coefficients.data(), coefficients.size()));
    b.Provide(kForm, w.row.multiplicity, w.fixed.id, w.folds.value);
  }
};

struct Products {
  static constexpr std::string_view kName = "products";
  template <class T>
  using Fixed = NoColumns<T>;
  template <class T>
  struct Main {
    T real, id, key, u0, u1, middle;
    T nine, nine_too, product;  // looked up as a pair, on every row
  };
  template <class T>
  struct Garbage {
    T low, high;
  };
  template <class T>
  struct Folds {
    T form, tail;
  };
  template <class B>
  static constexpr void Constrain(B& b,
                                  const Window<Products, typename B::Expr, typename B::Ext>& w) {
    using Ext = typename B::Ext;
    const auto& r = w.row;
    b.AssertZero(r.real * (r.real - 1));
    for (const auto* cell : {&r.id, &r.key, &r.u0, &r.u1, &r.middle}) {
      b.AssertZero((r.real - 1) * *cell);
    }
    b.Lookup(kForm, r.real, r.id, w.folds.form);
    const Ext u = b.Constant(kX) * r.u1 + r.u0;
    const Ext garbage = w.garbage.low + w.garbage.high * b.Constant(kXSquare);
    b.Contribute(kTotal, u * w.folds.form * b.Constant(kDeltaOverY), r.key);
    b.Contribute(
        kTotal, -((garbage + b.Constant(kX) * r.middle) * b.Constant(kDeltaOverY)) * r.real, r.key);
    b.LookupPair(kSquares, 3, r.nine, r.nine_too, r.product);
    b.AssertZero(w.folds.tail - b.Constant(kGamma) * w.folds_next.tail - r.middle);
    b.LastActive(w.folds.tail - r.middle);
  }
};

const AirKernels* const* ScalarFoldKernels();
const AirKernels* const* Avx2FoldKernels();
const AirKernels* const* Avx512FoldKernels();

}  // namespace zkvm::toy

namespace zkvm {

struct FoldToy {
  std::vector<Matrix> fixed, main;
  Fp5 added_garbage;  // of a cheating prover, to the low coefficient of every row
};

// Tables: Squares, Forms, Products of 2^log_products rows.
const Machine& FoldToyMachine();
const AirKernels* const* FoldToyKernels();
FoldToy MakeFoldToy(int log_products);

struct ProvenFoldToy {
  FixedCommitment key;
  std::vector<uint8_t> proof;
};
ProvenFoldToy ProveFoldToy(FoldToy toy, const Preset& preset);
FixedTables CommitFoldToy(const FoldToy& toy, const Preset& preset);
// With the tables of the model from a file.
FixedTables CommitFoldToy(const FoldToy& toy, const Preset& preset, MappedModel&& model);
ProvenFoldToy ProveFoldToy(FoldToy toy, const Preset& preset, const FixedTables& fixed);
Status VerifyFoldToy(const ProvenFoldToy& proven, const Preset& preset);
// With challenges of its own choice.
CheckReport CheckFoldToy(const FoldToy& toy);

}  // namespace zkvm

#endif  // ZKVM_TESTS_STARK_FOLD_TOY_H_
