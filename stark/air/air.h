// A table as the verifier sees it: its shape, and its constraints at the out-of-domain point.
#ifndef ZKVM_STARK_AIR_AIR_H_
#define ZKVM_STARK_AIR_AIR_H_

#include <cstddef>
#include <span>

#include "stark/air/chip.h"
#include "stark/air/folder.h"
#include "stark/air/symbolic.h"
#include "stark/field/fp5.h"

namespace zkvm {

// The openings of one table. `*_next` are at g * zeta, in the order of the declared next columns:
// shape.main_next for main columns, shape.fold_next for folds; P, then A, for bus columns.
struct PointOpenings {
  std::span<const Fp5> fixed;
  std::span<const Fp5> main;
  std::span<const Fp5> main_next;
  std::span<const Fp5> garbage;
  std::span<const Fp5> folds;
  std::span<const Fp5> folds_next;
  std::span<const Fp5> bus;
  std::span<const Fp5> bus_next;
};

// sum of chi * C over the constraints of each kind of row; each kind has its own denominator.
struct FoldedConstraints {
  Fp5 every, first, last, terminal;
};

class Air {
 public:
  virtual ~Air() = default;
  virtual const AirShape& shape() const = 0;
  // REQUIRES: spans of the sizes of shape(); chi has shape().constraints() elements; constants are
  // the values of the machine's monomials, if the table has columns of F.
  virtual FoldedConstraints EvaluateAt(const PointOpenings& openings,
                                       const BusChallenges& challenges,
                                       std::span<const Fp5> constants, const BusTotals& totals,
                                       std::span<const Fp5> chi) const = 0;
};

// Bus columns that are read in the next row: P and A (those that exist).
inline size_t NumBusNext(const AirShape& shape) {
  return (shape.exchanges > 0 ? 1U : 0U) + (shape.fractions > 0 ? 1U : 0U);
}
// Position of bus column j among the bus next columns. REQUIRES: j is P or A.
inline size_t BusNextIndex(const AirShape& shape, size_t j) {
  return j + 1 == shape.product_columns() ? 0 : NumBusNext(shape) - 1;
}

// Sink of a Folder at one point.
class PointSink {
 public:
  PointSink(const AirShape& shape, const PointOpenings& openings, std::span<const Fp5> chi)
      : shape_(shape), openings_(openings), chi_(chi) {}

  void Every(const Fp5& value) { folded_.every += Next() * value; }
  void First(const Fp5& value) { folded_.first += Next() * value; }
  void Last(const Fp5& value) { folded_.last += Next() * value; }
  void Terminal(const Fp5& value) { folded_.terminal += Next() * value; }
  Fp5 Bus(size_t j) const { return openings_.bus[j]; }
  Fp5 BusNext(size_t j) const { return openings_.bus_next[BusNextIndex(shape_, j)]; }

  const FoldedConstraints& folded() const { return folded_; }

 private:
  const Fp5& Next() { return chi_[used_++]; }

  const AirShape& shape_;
  const PointOpenings& openings_;
  std::span<const Fp5> chi_;
  size_t used_ = 0;
  FoldedConstraints folded_;
};

template <class Chip>
class ChipAir final : public Air {
 public:
  const AirShape& shape() const override { return shape_; }

  FoldedConstraints EvaluateAt(const PointOpenings& openings, const BusChallenges& challenges,
                               std::span<const Fp5> constants, const BusTotals& totals,
                               std::span<const Fp5> chi) const override {
    Window<Chip, Fp5> window;
    ForEachColumn<Chip::template Fixed>(window.fixed,
                                        [&](size_t i, Fp5& x) { x = openings.fixed[i]; });
    ForEachColumn<Chip::template Main>(window.row, [&](size_t i, Fp5& x) { x = openings.main[i]; });
    ForEachColumn<Chip::template Main>(window.next, [&](size_t i, Fp5& x) {
      for (size_t k = 0; k < shape_.main_next.size(); ++k) {
        if (shape_.main_next[k] == i) x = openings.main_next[k];
      }
    });
    VisitCells<ChipWidth<Chip>::kGarbage, Fp5>(window.garbage,
                                               [&](size_t i, Fp5& x) { x = openings.garbage[i]; });
    VisitCells<ChipWidth<Chip>::kFolds, Fp5>(window.folds,
                                             [&](size_t i, Fp5& x) { x = openings.folds[i]; });
    VisitCells<ChipWidth<Chip>::kFolds, Fp5>(window.folds_next, [&](size_t i, Fp5& x) {
      for (size_t k = 0; k < shape_.fold_next.size(); ++k) {
        if (shape_.fold_next[k] == i) x = openings.folds_next[k];
      }
    });
    PointSink sink(shape_, openings, chi);
    Folder<Fp5, Fp5, PointSink> folder(challenges, constants.data(), shape_.exchanges,
                                       shape_.fractions, sink);
    Chip::Constrain(folder, window);
    folder.Finish(totals);
    return sink.folded();
  }

 private:
  const AirShape shape_ = ShapeOf<Chip>();
};

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_AIR_H_
