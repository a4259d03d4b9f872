// All rows of a chip that satisfy it for given inputs, over a small field.
//
// The program row, the operands and the times are inputs; everything else is a witness and may be
// any field element. Cells are assigned one after the other; a condition is checked as soon as all
// cells that it depends on are assigned.
#ifndef ZKVM_TESTS_VM_CHIPS_WITNESS_SEARCH_H_
#define ZKVM_TESTS_VM_CHIPS_WITNESS_SEARCH_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "tests/vm/chips/cases.h"
#include "tests/vm/chips/row_evaluator.h"

namespace zkvm::chip_test {

template <class Chip, class F, class G>
class WitnessSearch {
 public:
  using Row = typename Chip::template Main<F>;
  using Small = RowEvaluator<F, G>;

  // Of memory and program, as kMemoryEnd: two limbs below a quarter of the address space.
  static constexpr uint32_t kAddressEnd = G::kLimb * G::kLimb / 4 - 2 * G::kLimb;

  // REQUIRES: all cases given to ForEachRow are of this form.
  explicit WitnessSearch(Form form) : form_(form) {
    FindSupports();
    OrderColumns();
  }

  // Calls visit(evaluator) for every row that satisfies the chip in the case.
  template <class Visitor>
  void ForEachRow(const Case& c, Visitor visit) {
    case_ = c;
    Row row{};
    SetInputs(row);
    // Values of each cell that the conditions on this cell alone allow.
    for (size_t j = 0; j < kColumns<Chip>; ++j) {
      if (is_input_[j]) continue;
      domains_[j].clear();
      for (int x = 0; x < F::kModulus; ++x) domains_[j].push_back(x);
      Row probe = row;
      Restrict(probe, j, alone_[j], domains_[j]);
    }
    said_.template Evaluate<Chip>(row);
    if (AllHold(on_inputs_)) Assign(row, 0, visit);
  }

 private:
  static constexpr size_t kWidth = kColumns<Chip>;
  static constexpr F kHalf = F(2).Inverse();
  static constexpr F kSixth = F(6).Inverse();
  using CellSet = std::array<bool, kWidth>;

  // A constraint, a part of a lookup, or a part of what is known about an exchange.
  struct Part {
    enum Kind : uint8_t { kConstraint, kLookup, kConsumed, kAddress, kNextPc } kind;
    size_t index;
    size_t part;
    CellSet support;
  };

  static F* CellsOf(Row& row) { return reinterpret_cast<F*>(&row); }

  void SetInputs(Row& row) {
    is_input_ = {};
    const auto set = [&](F& cell, F value) {
      cell = value;
      is_input_[static_cast<size_t>(&cell - CellsOf(row))] = true;
    };
    const Instruction& instruction = case_.instruction;
    const Step& step = case_.step;
    set(row.pc, static_cast<int>(step.pc));
    set(row.ts, static_cast<int>(step.ts));
    if constexpr (requires { row.rd; }) set(row.rd, instruction.rd);
    if constexpr (requires { row.rs1; }) set(row.rs1, instruction.rs1);
    if constexpr (requires { row.rs2; }) set(row.rs2, instruction.rs2);
    if constexpr (requires { row.imm; }) set(row.imm, instruction.k0);
    if constexpr (requires { row.target; }) set(row.target, instruction.k0);
    if constexpr (requires { row.k0; }) set(row.k0, instruction.k0);
    if constexpr (requires { row.k; }) {
      set(row.k.lo, instruction.k0);
      set(row.k.hi, instruction.k1);
    }
    if constexpr (requires { row.link; }) {
      set(row.link.lo, instruction.k1);
      set(row.link.hi, instruction.k2);
    }
    if constexpr (requires { row.prev_a; }) set(row.prev_a, Time(0));
    if constexpr (requires { row.prev_b; }) set(row.prev_b, Time(1));
    if constexpr (requires { row.prev_c; }) set(row.prev_c, Time(2));
    if constexpr (requires { row.prev_value; }) {
      set(row.prev_value, Time(row_has_rs2_ ? 2 : 1));
      set(row.gap_hi, 0);
    }
    if constexpr (requires { row.old; }) {
      set(row.old.lo, LimbsOf(step.old).lo);
      set(row.old.hi, LimbsOf(step.old).hi);
    }
    if constexpr (requires { row.provides; }) set(row.provides, 0);
    if constexpr (requires { row.b_hi; } && requires { row.by_limb; }) {
      if (form_.immediate) set(row.b_hi, 0);  // belongs to a disabled read
    }
    const std::vector<Form> forms = Traits<Chip>::Forms();
    const auto flags = Traits<Chip>::Flags(row);
    for (F* flag : flags) set(*flag, 0);
    is_flag_ = {};
    for (F* flag : flags) is_flag_[static_cast<size_t>(flag - CellsOf(row))] = true;
    const auto same_op = std::find_if(forms.begin(), forms.end(),
                                      [&](const Form& form) { return form.op == form_.op; });
    *flags[static_cast<size_t>(same_op - forms.begin())] = 1;
    if (form_.immediate) *flags.back() = 1;
  }

  static constexpr bool row_has_rs2_ = requires(Row row) { row.rs2; };

  F Time(uint32_t slot) const { return static_cast<int>(case_.step.prev[slot]); }
  static Word<F> LimbsOf(uint32_t value) {
    return {static_cast<int>(value % G::kLimb), static_cast<int>(value / G::kLimb)};
  }

  // The slot of exchange i >= 1.
  uint32_t SlotOf(size_t i, size_t exchanges) const {
    if (exchanges == 4) return static_cast<uint32_t>(i - 1);
    const Instruction instruction{form_.op, form_.immediate, 0, 0, 0, 0, 0, 0};
    return SlotsOf(instruction)[i - 1];
  }

  // REQUIRES: the part is a constraint or a consumed limb.
  F EquationValue(const Part& part) const {
    if (part.kind == Part::kConstraint) return said_.constraints[part.index];
    const uint32_t slot = SlotOf(part.index, said_.exchanges.size());
    const Step& step = case_.step;
    const Word<F> word = LimbsOf(slot == 0 ? step.a : slot == 1 ? step.b : step.old);
    return said_.exchanges[part.index].consumed[2 + part.part] -
           (part.part == 0 ? word.lo : word.hi);
  }

  bool Holds(const Part& part) const {
    const size_t i = part.index;
    switch (part.kind) {
      case Part::kConstraint:
        return EquationValue(part).IsZero();
      case Part::kLookup:
        return LookupHolds(said_.messages[i], part.part);
      case Part::kConsumed:
        return EquationValue(part).IsZero();
      case Part::kAddress:
        return said_.exchanges[i].consumed[1].Value() < kAddressEnd / 4;
      default: {
        const uint32_t next_pc = said_.exchanges[0].produced[1].Value();
        return next_pc % 4 == 0 && next_pc < kAddressEnd;
      }
    }
  }

  // Table membership, in parts that need few fields.
  static size_t PartsOf(const Bus& bus) {
    if (bus.id == kRange.id) return 1;
    if (bus.id == kPair.id) return 2;
    if (bus.id == kBytes.id) return 3;
    if (bus.id == kShift.id) return 4;
    return bus.id == kMul64.id ? 8 : 0;
  }
  static std::vector<size_t> FieldsOf(const Bus& bus, size_t part) {
    if (bus.id == kRange.id) return {0, 1};
    if (bus.id == kBytes.id && part == 2) return {0, 1, 2};
    if (bus.id == kShift.id) {
      return part == 0 ? std::vector<size_t>{0, 1} : std::vector<size_t>{0, 1, part + 1};
    }
    if (bus.id == kMul64.id && part >= 4) return {0, 1, 2, 3, part};
    return {part};
  }
  static bool LookupHolds(const typename Small::Message& message, size_t part) {
    if (message.multiplicity.IsZero()) return true;
    const auto field = [&](size_t i) { return message.fields[i].Value(); };
    const Bus& bus = *message.bus;
    if (bus.id == kRange.id) return InTable<G>(message);
    if (bus.id == kPair.id) return field(part) < G::kByte;
    if (bus.id == kBytes.id) {
      return part < 2 ? field(part) < G::kByte : field(2) == (field(0) & field(1));
    }
    if (bus.id == kShift.id) {
      const uint32_t split = field(0) == 1 ? G::kLimbBits - field(1) : field(1);
      if (part == 0) return field(0) <= 1 && field(1) < G::kLimbBits;
      if (part == 1) return field(2) == split;
      return field(part + 1) == 1U << (part == 2 ? split : G::kLimbBits - split);
    }
    if (part < 4) return field(part) < G::kLimb;
    const uint32_t product = (field(0) + field(1) * G::kLimb) * (field(2) + field(3) * G::kLimb);
    return field(part) == (product >> (G::kLimbBits * (part - 4))) % G::kLimb;
  }

  bool AllHold(const std::vector<const Part*>& parts) const {
    return std::all_of(parts.begin(), parts.end(), [&](const Part* p) { return Holds(*p); });
  }

  // Which witness cells each part depends on, by perturbing rows that are random but for the flags.
  void FindSupports() {
    case_ = MakeCase(form_, 0, 0);
    Row row{};
    SetInputs(row);
    said_.template Evaluate<Chip>(row);
    for (size_t i = 0; i < said_.constraints.size(); ++i) {
      parts_.push_back({Part::kConstraint, i, 0, {}});
    }
    for (size_t i = 0; i < said_.messages.size(); ++i) {
      if (said_.messages[i].provided) continue;
      for (size_t part = 0; part < PartsOf(*said_.messages[i].bus); ++part) {
        parts_.push_back({Part::kLookup, i, part, {}});
      }
    }
    for (size_t i = 1; i < said_.exchanges.size(); ++i) {
      if (form_.immediate && SlotOf(i, said_.exchanges.size()) == 1) continue;
      parts_.push_back({Part::kConsumed, i, 0, {}});
      parts_.push_back({Part::kConsumed, i, 1, {}});
      if (said_.exchanges[i].consumed[0] == F(kSpaceRam)) {
        parts_.push_back({Part::kAddress, i, 0, {}});
      }
    }
    parts_.push_back({Part::kNextPc, 0, 0, {}});

    std::mt19937 rng(4);
    Small moved;
    for (int trial = 0; trial < 20; ++trial) {
      for (size_t j = 0; j < kWidth; ++j) {
        if (!is_flag_[j]) CellsOf(row)[j] = static_cast<int>(rng() % F::kModulus);
      }
      said_.template Evaluate<Chip>(row);
      for (size_t j = 0; j < kWidth; ++j) {
        if (is_input_[j]) continue;
        Row other = row;
        CellsOf(other)[j] = static_cast<int>(rng() % F::kModulus);
        moved.template Evaluate<Chip>(other);
        for (Part& part : parts_) part.support[j] |= Differs(part, said_, moved);
      }
    }
  }

  static bool Differs(const Part& part, const Small& x, const Small& y) {
    const size_t i = part.index;
    switch (part.kind) {
      case Part::kConstraint:
        return x.constraints[i] != y.constraints[i];
      case Part::kLookup: {
        bool differs = x.messages[i].multiplicity != y.messages[i].multiplicity;
        for (const size_t f : FieldsOf(*x.messages[i].bus, part.part)) {
          differs |= x.messages[i].fields[f] != y.messages[i].fields[f];
        }
        return differs;
      }
      case Part::kConsumed:
        return x.exchanges[i].consumed[2 + part.part] != y.exchanges[i].consumed[2 + part.part];
      case Part::kAddress:
        return x.exchanges[i].consumed[1] != y.exchanges[i].consumed[1];
      default:
        return x.exchanges[0].produced[1] != y.exchanges[0].produced[1];
    }
  }

  // The next cell is one that is given, or else one that decides most, in equations more than in
  // ranges, and has few values.
  void OrderColumns() {
    CellSet assigned = is_input_;
    const auto missing = [&](const Part& part) {
      std::vector<size_t> cells;
      for (size_t j = 0; j < kWidth; ++j) {
        if (part.support[j] && !assigned[j]) cells.push_back(j);
      }
      return cells;
    };
    std::vector<bool> done(parts_.size(), false);
    for (size_t k = 0; k < parts_.size(); ++k) {
      const std::vector<size_t> cells = missing(parts_[k]);
      if (cells.size() == 1) alone_[cells[0]].push_back(&parts_[k]);
      if (cells.empty()) on_inputs_.push_back(&parts_[k]);
      done[k] = cells.size() <= 1;
    }
    for (;;) {
      std::array<int, kWidth> weight{};
      for (size_t j = 0; j < kWidth; ++j) {
        for (const Part* part : alone_[j]) {
          weight[j] += part->kind == Part::kConsumed     ? 100000
                       : part->kind == Part::kConstraint ? 500
                                                         : 0;
        }
      }
      for (size_t k = 0; k < parts_.size(); ++k) {
        const std::vector<size_t> cells = missing(parts_[k]);
        const bool is_equation = parts_[k].kind != Part::kLookup || parts_[k].part >= 1;
        for (const size_t j : cells) {
          weight[j] += cells.size() == 1 ? (is_equation ? 1000 : 100) : cells.size() == 2 ? 10 : 1;
        }
      }
      size_t best = kWidth;
      for (size_t j = 0; j < kWidth; ++j) {
        if (!assigned[j] && (best == kWidth || weight[j] > weight[best])) best = j;
      }
      if (best == kWidth) return;
      assigned[best] = true;
      order_.push_back(best);
      std::vector<const Part*> completed;
      for (size_t k = 0; k < parts_.size(); ++k) {
        if (done[k] || !missing(parts_[k]).empty()) continue;
        done[k] = true;
        completed.push_back(&parts_[k]);
      }
      completed_.push_back(std::move(completed));
    }
  }

  template <class Visitor>
  void Assign(Row& row, size_t depth, Visitor& visit) {
    if (depth == order_.size()) {
      said_.template Evaluate<Chip>(row);
      visit(said_);
      return;
    }
    const size_t j = order_[depth];
    std::vector<F> values = domains_[j];
    Restrict(row, j, completed_[depth], values);
    for (const F value : values) {
      CellsOf(row)[j] = value;
      Assign(row, depth + 1, visit);
    }
  }

  // Keeps the values of cell j for which `parts` hold. Equations have degree at most 3 in a cell:
  // four values determine them.
  void Restrict(Row& row, size_t j, const std::vector<const Part*>& parts, std::vector<F>& values) {
    if (parts.empty()) return;
    for (const Part* part : parts) {
      if (part->kind != Part::kConstraint && part->kind != Part::kConsumed) continue;
      std::array<F, 4> f;
      for (int x = 0; x < 4; ++x) {
        CellsOf(row)[j] = x;
        said_.template Evaluate<Chip>(row);
        f[static_cast<size_t>(x)] = EquationValue(*part);
      }
      // Newton's forward differences.
      const F d1 = f[1] - f[0];
      const F d2 = (f[2] - f[1] * 2 + f[0]) * kHalf;
      const F d3 = (f[3] - f[2] * 3 + f[1] * 3 - f[0]) * kSixth;
      std::erase_if(
          values, [&](F x) { return !(((d3 * (x - 2) + d2) * (x - 1) + d1) * x + f[0]).IsZero(); });
    }
    std::erase_if(values, [&](F x) {
      CellsOf(row)[j] = x;
      said_.template Evaluate<Chip>(row);
      return !AllHold(parts);
    });
  }

  Form form_;
  Case case_;
  CellSet is_input_{};
  CellSet is_flag_{};
  std::vector<Part> parts_;
  std::vector<size_t> order_;                        // of the witness cells
  std::vector<std::vector<const Part*>> completed_;  // by each cell of order_
  std::array<std::vector<const Part*>, kWidth> alone_;
  std::vector<const Part*> on_inputs_;
  std::array<std::vector<F>, kWidth> domains_;
  Small said_;
};

}  // namespace zkvm::chip_test

#endif  // ZKVM_TESTS_VM_CHIPS_WITNESS_SEARCH_H_
