// The debug checker: evaluates every table row by row and says what does not hold, in words.
//
//   Ledger ledger;
//   CheckReport report;
//   CheckTable<AddSub>(fixed, main, tau, ledger, report);   // for every table
//   ledger.Settle(report);                                  // buses and grand product balance
//   report.problems                                         // empty if and only if all is well
#ifndef ZKVM_STARK_AIR_CHECK_H_
#define ZKVM_STARK_AIR_CHECK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stark/air/chip.h"
#include "stark/air/row_builder.h"
#include "stark/field/fp.h"

namespace zkvm {

// Columns of one kind of a table, all of the same length.
using ColumnPointers = std::vector<const Fp*>;

struct CheckReport {
  static constexpr size_t kMaxProblems = 20;
  std::vector<std::string> problems;
  size_t total = 0;

  bool ok() const { return total == 0; }
  void Add(std::string problem) {
    if (++total <= kMaxProblems) problems.push_back(std::move(problem));
  }
};

// Statements of a table to leave out, by index in the order of Constrain: for the tests that delete
// each constraint and each interaction in turn. Only the named kind is affected.
struct Omission {
  enum Kind : uint8_t { kNothing, kConstraint, kMessage, kExchange } kind = kNothing;
  size_t index = 0;
};

// All messages and tuples of a machine with their multiplicities, exactly.
class Ledger {
 public:
  void AddMessage(std::string_view chip, size_t row, const RowBuilder::Message& message);
  void AddExchange(std::string_view chip, size_t row, const RowBuilder::TuplePair& pair);
  // The verifier's side: sign +1 adds a sent or produced element, -1 a received or consumed one.
  void AddPublicMessage(const Bus& bus, int sign, std::vector<Fp> fields);
  void AddPublicTuple(int sign, const RowBuilder::TupleValue& tuple);

  // Reports every message whose multiplicities do not sum to zero, and every tuple that is produced
  // another number of times than it is consumed, with the first rows that mention it.
  void Settle(CheckReport& report) const;

 private:
  struct Place {
    std::string_view chip;
    size_t row;
  };
  struct Entry {
    Fp5 sum;
    std::vector<Place> places;
  };
  struct TupleEntry {
    int64_t sum = 0;
    std::vector<Place> places;
  };
  static constexpr size_t kMaxPlaces = 3;

  std::map<std::pair<std::string_view, std::vector<uint32_t>>, Entry> messages_;
  std::map<std::array<uint32_t, 5>, TupleEntry> tuples_;
};

// "chip add_sub, row 17: constraint 3 (vm/chips/add_sub.h:52) is 5, not 0".
void ReportConstraint(std::string_view chip, size_t row, size_t index,
                      const RowBuilder::Constraint& constraint, CheckReport& report);

// The columns of F of a table, five columns each, and the values of the machine's monomials.
struct FoldColumns {
  ColumnPointers garbage, folds;
  std::span<const Fp5> constants;
};

// Checks one table of n = 2^k rows, u = n - tau of them active.
// REQUIRES: fixed and main (and `columns_of_f`, if the chip has such columns) hold the chip's
// number of columns, each of `rows` cells.
template <class Chip>
void CheckTable(const ColumnPointers& fixed, const ColumnPointers& main, size_t rows, size_t tau,
                Ledger& ledger, CheckReport& report, Omission omission = {},
                const FoldColumns& columns_of_f = {}) {
  const size_t active = rows - tau;
  RowBuilder b(columns_of_f.constants);
  WindowFor<Chip, RowBuilder> window;
  const auto element = [](const ColumnPointers& columns, size_t j, size_t i) {
    Fp5 x;
    for (size_t k = 0; k < 5; ++k) x.c[k] = columns[5 * j + k][i];
    return x;
  };
  for (size_t i = 0; i < active; ++i) {
    if constexpr (ChipWidth<Chip>::kGarbage + ChipWidth<Chip>::kFolds > 0) {
      VisitCells<ChipWidth<Chip>::kGarbage, Fp5>(
          window.garbage, [&](size_t j, Fp5& x) { x = element(columns_of_f.garbage, j, i); });
      VisitCells<ChipWidth<Chip>::kFolds, Fp5>(
          window.folds, [&](size_t j, Fp5& x) { x = element(columns_of_f.folds, j, i); });
      VisitCells<ChipWidth<Chip>::kFolds, Fp5>(
          window.folds_next, [&](size_t j, Fp5& x) { x = element(columns_of_f.folds, j, i + 1); });
    }
    ForEachColumn<Chip::template Fixed>(window.fixed, [&](size_t j, Fp& x) { x = fixed[j][i]; });
    ForEachColumn<Chip::template Main>(window.row, [&](size_t j, Fp& x) { x = main[j][i]; });
    ForEachColumn<Chip::template Main>(window.next, [&](size_t j, Fp& x) { x = main[j][i + 1]; });
    b.Clear();
    Chip::Constrain(b, window);
    for (size_t k = 0; k < b.constraints.size(); ++k) {
      if (omission.kind == Omission::kConstraint && omission.index == k) continue;
      const auto& constraint = b.constraints[k];
      const bool applies = constraint.where == RowKind::kEvery ||
                           (constraint.where == RowKind::kFirst && i == 0) ||
                           (constraint.where == RowKind::kLastActive && i + 1 == active);
      if (applies && !constraint.value.IsZero()) {
        ReportConstraint(Chip::kName, i, k, constraint, report);
      }
    }
    for (size_t k = 0; k < b.messages.size(); ++k) {
      if (omission.kind == Omission::kMessage && omission.index == k) continue;
      ledger.AddMessage(Chip::kName, i, b.messages[k]);
    }
    for (size_t k = 0; k < b.exchanges.size(); ++k) {
      if (omission.kind == Omission::kExchange && omission.index == k) continue;
      ledger.AddExchange(Chip::kName, i, b.exchanges[k]);
    }
  }
}

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_CHECK_H_
