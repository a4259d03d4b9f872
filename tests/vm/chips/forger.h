// Searches for a row that cheats although all but one of a chip's conditions hold.
//
// A forgery without condition c is a row that passes when c is left out and is not lawful: if one
// exists, c is needed. The search starts from honest and idle rows, disturbs a cell or the opcode
// flags, and repairs what this violates by solving one condition for one other cell at a time
// (constraints have degree at most 3 in a cell, message fields are linear), to a small depth.
#ifndef ZKVM_TESTS_VM_CHIPS_FORGER_H_
#define ZKVM_TESTS_VM_CHIPS_FORGER_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tests/vm/chips/cases.h"
#include "tests/vm/chips/judge.h"

namespace zkvm::chip_test {

// The roots in F_p of a polynomial of degree <= 3 given by its values at 0, 1, 2, 3. Those of a
// cubic are found if one of them is 0, 1 or 2, or if they are equidistant.
std::vector<Fp> Roots(const std::array<Fp, 4>& values);

// A value for one field of a lookup with which the message comes closer to its table.
struct FieldRepair {
  size_t field;
  Fp value;
};
std::vector<FieldRepair> FieldRepairs(const Evaluator::Message& message,
                                      const std::array<Fp, 8>& program_row);

// Values to disturb a cell with.
std::vector<Fp> Disturbances(Fp cell);

// Operands to start from, among them addresses that must be refused.
std::vector<Case> StartingCases(Form form);

template <class Chip>
class Forger {
 public:
  using Row = typename Chip::template Main<Fp>;
  struct Start {
    Case c;
    Row row;
  };

  explicit Forger(std::optional<Condition> omitted) : omitted_(omitted) {
    for (const Form form : Traits<Chip>::Forms()) {
      for (const Case& c : StartingCases(form)) {
        starts_.push_back({c, FilledRow<Chip>(c)});
        if constexpr (requires(Row row) { row.provides; }) starts_.back().row.provides = 1;
      }
    }
    const Case c = MakeCase(Traits<Chip>::Forms()[0], 1, 2);
    for (const int base : {0, 2}) {
      starts_.push_back({c, IdleRow<Chip>()});
      if constexpr (requires { starts_[0].row.wrap; }) {
        starts_.back().row.a.lo += base;
        if constexpr (requires { starts_[0].row.odd; }) starts_.back().row.pc += base;
      }
    }
  }

  // Looks for a forgery; the number of rows evaluated is at most about `budget`.
  bool Find(size_t budget) {
    budget_ = budget;
    for (int depth = 0; depth <= kMaxDepth && budget_ > 0; ++depth) {
      for (const Start& start : starts_) {
        if (DisturbCells(start, depth) || DisturbFlags(start, std::min(depth, 2))) return true;
      }
    }
    return false;
  }

 private:
  static constexpr size_t kMaxViolations = 5;
  static constexpr int kMaxDepth = 4;
  using Cellset = std::array<bool, kColumns<Chip>>;

  // Each cell that the omitted condition depends on, in turn.
  bool DisturbCells(const Start& start, int depth) {
    for (size_t j = 0; j < kColumns<Chip>; ++j) {
      if (omitted_ && !DependsOn(start, *omitted_, j)) continue;
      for (const Fp value : Disturbances(Cells(start.row)[j])) {
        Row row = start.row;
        Cells(row)[j] = value;
        Cellset fixed{};
        fixed[j] = true;
        if (Repair(Spelled(start.c, row), row, fixed, depth)) return true;
      }
    }
    return false;
  }

  // All flags from -1 to 2, if the omitted condition depends on any.
  bool DisturbFlags(const Start& start, int depth) {
    Row row = start.row;
    const std::vector<Fp*> flags = Traits<Chip>::Flags(row);
    Cellset fixed{};
    bool matters = !omitted_;
    for (const Fp* flag : flags) {
      const size_t j = static_cast<size_t>(flag - Cells(row));
      fixed[j] = true;
      matters = matters || DependsOn(start, *omitted_, j);
    }
    if (!matters) return false;
    for (uint32_t vector = 0; vector >> (2 * flags.size()) == 0; ++vector) {
      for (size_t i = 0; i < flags.size(); ++i) {
        *flags[i] = static_cast<int>((vector >> (2 * i)) & 3) - 1;
      }
      if (Repair(Spelled(start.c, row), row, fixed, depth)) return true;
    }
    return false;
  }

  // The case in a program that has the instruction which the flags of `row` spell, if there is one.
  Case Spelled(Case c, const Row& row) {
    probe_.Evaluate<Chip>(row);
    const uint32_t op = probe_.messages[0].fields[1].Value();
    const Op plain = static_cast<Op>(op % kImmediateFlag);
    if (op < 2 * kImmediateFlag && plain > Op::kTrap && plain < Op::kEcall) {
      c.instruction.op = plain;
      c.instruction.immediate = op >= kImmediateFlag;
    }
    return c;
  }

  // Repairs `row` except for the cells in `fixed`; true for a forgery.
  bool Repair(const Case& c, const Row& row, Cellset& fixed, int depth) {
    if (budget_ == 0) return false;
    --budget_;
    Judge judge(c);
    judge.Evaluate<Chip>(row);
    const std::vector<Condition> violated = judge.Violations(omitted_, kMaxViolations + 1);
    if (violated.empty()) return !judge.IsLawful(omitted_);
    if (violated.size() > kMaxViolations || depth == 0) return false;
    if (violated[0].kind == Condition::kContext) return false;
    Row repaired = row;
    for (size_t j = 0; j < kColumns<Chip>; ++j) {
      if (fixed[j]) continue;
      fixed[j] = true;
      for (const Fp value : Solutions(judge, row, violated[0], j)) {
        Cells(repaired)[j] = value;
        if (value != Cells(row)[j] && Repair(c, repaired, fixed, depth - 1)) return true;
      }
      Cells(repaired)[j] = Cells(row)[j];
      fixed[j] = false;
    }
    return false;
  }

  bool DependsOn(const Start& start, Condition condition, size_t j) {
    Evaluator before, after;
    before.Evaluate<Chip>(start.row);
    Row row = start.row;
    Cells(row)[j] += 987654321;
    after.Evaluate<Chip>(row);
    const size_t i = condition.index;
    if (condition.kind == Condition::kConstraint) {
      return before.constraints[i] != after.constraints[i];
    }
    return before.messages[i].fields != after.messages[i].fields ||
           before.messages[i].multiplicity != after.messages[i].multiplicity;
  }

  // Values of cell j that mend the condition, or a part of it.
  std::vector<Fp> Solutions(const Judge& now, const Row& row, Condition condition, size_t j) {
    const Fp cell = Cells(row)[j];
    Row probe = row;
    const size_t i = condition.index;
    if (condition.kind == Condition::kConstraint) {
      Cells(probe)[j] += 1;
      probe_.Evaluate<Chip>(probe);
      const Fp step = probe_.constraints[i];
      Cells(probe)[j] += 1;
      probe_.Evaluate<Chip>(probe);
      if (step == now.said().constraints[i] && probe_.constraints[i] == step) return {};
      std::array<Fp, 4> values;
      for (int x = 0; x < 4; ++x) {
        Cells(probe)[j] = x;
        probe_.Evaluate<Chip>(probe);
        values[static_cast<size_t>(x)] = probe_.constraints[i];
      }
      return Roots(values);
    }
    std::vector<Fp> solutions;
    const Evaluator::Message& message = now.said().messages[i];
    Cells(probe)[j] += 1;
    probe_.Evaluate<Chip>(probe);
    const Evaluator::Message& moved = probe_.messages[i];
    for (const FieldRepair& repair : FieldRepairs(message, now.program_row())) {
      const Fp slope = moved.fields[repair.field] - message.fields[repair.field];
      if (slope.IsZero()) continue;
      solutions.push_back(cell + (repair.value - message.fields[repair.field]) * slope.Inverse());
    }
    const Fp slope = moved.multiplicity - message.multiplicity;
    if (!slope.IsZero()) solutions.push_back(cell - message.multiplicity * slope.Inverse());
    return solutions;
  }

  std::optional<Condition> omitted_;
  std::vector<Start> starts_;
  Evaluator probe_;
  size_t budget_ = 0;
};

}  // namespace zkvm::chip_test

#endif  // ZKVM_TESTS_VM_CHIPS_FORGER_H_
