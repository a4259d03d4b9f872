// Judges forged traces: would a prover who repairs everything that may be repaired convince the
// verifier?
//
// Multiplicities of fixed tables are the prover's to choose, so a lookup there counts as answered
// if its message is in the table. Everything else must hold exactly: constraints, the grand
// product, exact buses, and the sums of messages that no fixed table provides. Edits are judged
// incrementally, and a single statement of a chip can be left out.
//
// Tables with columns of F are left out: executions that need them are for CheckMachine.
#ifndef ZKVM_TESTS_SUPPORT_AUDIT_H_
#define ZKVM_TESTS_SUPPORT_AUDIT_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "stark/air/check.h"
#include "stark/air/columns.h"
#include "tests/support/check_machine.h"
#include "vm/machine.h"
#include "vm/program_fixed.h"
#include "vm/trace.h"

namespace zkvm {

class Audit {
 public:
  template <class Chip>
  using Row = typename Chip::template Main<Fp>;

  // Tables without rows are present, all padding.
  Audit(const Program& program, const Record& record, const Claim& claim)
      : fixed_(MakeProgramFixed(program).columns),
        traces_(FillTraces(program, Record(record))),
        claim_(claim) {
    for (const auto& [bus, table] : {std::pair{kProgram, kTableOf<ProgramTable>},
                                     std::pair{tensor::kMicro, kTableOf<tensor::MicroTable>},
                                     std::pair{tensor::kLut, kTableOf<tensor::LutTable>}}) {
      const Matrix& rows = fixed_[table];
      for (size_t i = 0; i < rows.rows(); ++i) {
        std::vector<uint32_t> message;
        for (size_t j = 0; j < rows.cols(); ++j) message.push_back(rows.column(j)[i].word());
        fixed_rows_[bus.id].insert(message);
      }
    }
    ForEachJudged([&]<class Chip>() {
      Matrix& main = traces_[kTableOf<Chip>];
      if (main.cols() == 0) {
        main = Matrix(TableHeight(0), ChipWidth<Chip>::kMain);
        ZeroRows(0, main);
      }
      JudgeTable<Chip>(+1);
    });
    JudgeClaim(+1);
  }

  bool accepted() const { return failures_ == 0 && open_.empty(); }

  template <class Chip>
  size_t active_rows() const {
    return traces_[kTableOf<Chip>].rows() - kTailRows;
  }
  // Of the first part, where an instruction table has two: the second is judged as it is.
  template <class Chip>
  Row<Chip> Get(size_t i) const {
    return RowOf<Chip>(traces_[kTableOf<Chip>], i);
  }
  // The first row that satisfies the predicate; the number of active rows if none does.
  template <class Chip, class Predicate>
  size_t Find(const Predicate& predicate) const {
    size_t i = 0;
    while (i < active_rows<Chip>() && !predicate(Get<Chip>(i))) ++i;
    return i;
  }

  // Row i may be the terminal row.
  template <class Chip>
  void Set(size_t i, const Row<Chip>& row) {
    undo_.push_back([this, i, old = Get<Chip>(i)] { Replace<Chip>(i, old); });
    Replace<Chip>(i, row);
  }
  template <class Chip, class Change>
  void Edit(size_t i, const Change& change) {
    Row<Chip> row = Get<Chip>(i);
    change(row);
    Set<Chip>(i, row);
  }
  // Appends a row after the last one that is not all zeros. Returns its index.
  template <class Chip>
  size_t Append(const Row<Chip>& row) {
    const Matrix& main = traces_[kTableOf<Chip>];
    size_t i = main.rows();
    const auto empty = [&](size_t k) {
      for (size_t j = 0; j < main.cols(); ++j) {
        if (!main.column(j)[k].IsZero()) return false;
      }
      return true;
    };
    while (i > 0 && empty(i - 1)) --i;
    Set<Chip>(i, row);
    return i;
  }
  // A taller table, for at least `rows` rows.
  template <class Chip>
  void Grow(size_t rows) {
    const Matrix& main = traces_[kTableOf<Chip>];
    Matrix taller(TableHeight(rows), main.cols());
    ZeroRows(0, taller);
    for (size_t j = 0; j < main.cols(); ++j) {
      std::copy(main.column(j), main.column(j) + main.rows(), taller.column(j));
    }
    const auto before = std::make_shared<Matrix>(ReplaceTable<Chip>(std::move(taller)));
    undo_.push_back([this, before] { ReplaceTable<Chip>(std::move(*before)); });
  }
  void SetClaim(const Claim& claim) {
    undo_.push_back([this, old = claim_] { ReplaceClaim(old); });
    ReplaceClaim(claim);
  }
  const Claim& claim() const { return claim_; }

  // Takes all edits back.
  void Undo() {
    for (; !undo_.empty(); undo_.pop_back()) undo_.back()();
  }

  // Leaves one statement of a chip out, or none again.
  template <class Chip>
  void Omit(Omission omission) {
    JudgeTable<Chip>(-1);
    omissions_[kTableOf<Chip>] = omission;
    JudgeTable<Chip>(+1);
  }

  // The statements of a chip, by kind.
  template <class Chip>
  static RowBuilder Statements() {
    RowBuilder b;
    Chip::Constrain(b, Window<Chip, Fp>());
    return b;
  }

 private:
  // Fixed tables with nothing but providers have nothing to judge.
  template <class Visitor>
  static void ForEachJudged(const Visitor& visit) {
    MachineChips::ForEach([&]<class Chip>() {
      constexpr bool kHasColumnsOfF = ChipWidth<Chip>::kGarbage + ChipWidth<Chip>::kFolds > 0;
      if constexpr ((!kIsFixed<Chip> && !kHasColumnsOfF) || std::is_same_v<Chip, Image>) {
        visit.template operator()<Chip>();
      }
    });
  }

  static bool IsOfFixedTable(const Bus& bus) {
    return bus.id <= kMul64.id || bus.id == tensor::kMicro.id || bus.id == tensor::kLut.id;
  }

  template <class Chip>
  void Replace(size_t i, const Row<Chip>& row) {
    Judge<Chip>(i, -1);
    if (i > 0) Judge<Chip>(i - 1, -1);
    Row<Chip> cells = row;
    Matrix& main = traces_[kTableOf<Chip>];
    ForEachColumn<Chip::template Main>(cells, [&](size_t j, Fp& x) { main.column(j)[i] = x; });
    Judge<Chip>(i, +1);
    if (i > 0) Judge<Chip>(i - 1, +1);
  }

  // Returns the table that was there.
  template <class Chip>
  Matrix ReplaceTable(Matrix table) {
    JudgeTable<Chip>(-1);
    std::swap(traces_[kTableOf<Chip>], table);
    JudgeTable<Chip>(+1);
    return table;
  }

  template <class Chip>
  void JudgeTable(int sign) {
    for (size_t i = 0; i < active_rows<Chip>(); ++i) Judge<Chip>(i, sign);
    if constexpr (IsInstruction<Chip>(InstructionChips())) {
      const Matrix& second = traces_[kSecondPartOf<Chip>];
      for (size_t i = 0; i + kTailRows < second.rows(); ++i) JudgeRow<Chip>(second, i, sign);
    }
  }
  template <class Chip, class... Chips>
  static constexpr bool IsInstruction(ChipList<Chips...>) {
    return (std::is_same_v<Chip, Chips> || ...);
  }

  template <class Chip>
  static Row<Chip> RowOf(const Matrix& main, size_t i) {
    Row<Chip> row{};
    ForEachColumn<Chip::template Main>(row, [&](size_t j, Fp& x) { x = main.column(j)[i]; });
    return row;
  }

  template <class Chip>
  void Judge(size_t i, int sign) {
    JudgeRow<Chip>(traces_[kTableOf<Chip>], i, sign);
  }
  template <class Chip>
  void JudgeRow(const Matrix& main, size_t i, int sign) {
    const size_t active = main.rows() - kTailRows;
    if (i >= active) return;
    Window<Chip, Fp> window;
    const Matrix& fixed = fixed_[kTableOf<Chip>];
    ForEachColumn<Chip::template Fixed>(window.fixed,
                                        [&](size_t j, Fp& x) { x = fixed.column(j)[i]; });
    window.row = RowOf<Chip>(main, i);
    window.next = RowOf<Chip>(main, i + 1);
    builder_.Clear();
    Chip::Constrain(builder_, window);

    const Omission omission = omissions_[kTableOf<Chip>];
    const auto omitted = [&](Omission::Kind kind, size_t index) {
      return omission.kind == kind && omission.index == index;
    };
    for (size_t k = 0; k < builder_.constraints.size(); ++k) {
      const RowBuilder::Constraint& c = builder_.constraints[k];
      const bool applies = c.where == RowKind::kEvery || (c.where == RowKind::kFirst && i == 0) ||
                           (c.where == RowKind::kLastActive && i + 1 == active);
      if (applies && !c.value.IsZero() && !omitted(Omission::kConstraint, k)) failures_ += sign;
    }
    for (size_t k = 0; k < builder_.messages.size(); ++k) {
      const RowBuilder::Message& m = builder_.messages[k];
      if (omitted(Omission::kMessage, k) || m.multiplicity.IsZero()) continue;
      if (IsOfFixedTable(*m.bus) && (m.provides || InTable(*m.bus, m.fields))) continue;
      AddMessage(*m.bus, m.fields, sign > 0 ? m.multiplicity : -m.multiplicity);
    }
    for (size_t k = 0; k < builder_.exchanges.size(); ++k) {
      if (omitted(Omission::kExchange, k)) continue;
      AddTuple(builder_.exchanges[k].produced, sign);
      AddTuple(builder_.exchanges[k].consumed, -sign);
    }
  }

  void ReplaceClaim(const Claim& claim) {
    JudgeClaim(-1);
    claim_ = claim;
    JudgeClaim(+1);
  }
  void JudgeClaim(int sign) {
    AddTuple(StartTuple(claim_), sign);
    AddTuple(EndTuple(claim_), -sign);
    for (size_t i = 0; i < claim_.journal.size(); ++i) {
      const Word<Fp> word = WordOf(claim_.journal[i]);
      AddMessage(kJournal, {static_cast<int>(i), word.lo, word.hi}, -sign);
    }
  }

  bool InTable(const Bus& bus, const std::vector<Fp>& fields) const {
    std::vector<uint32_t> x;
    for (const Fp field : fields) x.push_back(field.Value());
    if (bus.id == kRange.id) return x[0] <= 16 && x[1] >> x[0] == 0;
    if (bus.id == kPair.id) return x[0] < 256 && x[1] < 256;
    if (bus.id == kBytes.id) return x[0] < 256 && x[1] < 256 && x[2] == (x[0] & x[1]);
    if (bus.id == kShift.id) {
      return x[0] <= 1 && x[1] < 16 && x[2] == (x[0] != 0 ? 16 - x[1] : x[1]) &&
             x[3] == 1U << x[2] && x[4] == 1U << (16 - x[2]);
    }
    if (bus.id == kMul64.id) {
      uint64_t product = 0;
      for (size_t i = 8; i-- > 0;) {
        if (x[i] > 0xFFFF) return false;
        if (i >= 4) product = product << 16 | x[i];
      }
      return (x[0] + (uint64_t{x[1]} << 16)) * (x[2] + (uint64_t{x[3]} << 16)) == product;
    }
    std::vector<uint32_t> words;
    for (const Fp field : fields) words.push_back(field.word());
    const auto rows = fixed_rows_.find(bus.id);
    return rows != fixed_rows_.end() && rows->second.contains(words);
  }

  // What does not cancel yet: bus 0 for tuples.
  void AddMessage(const Bus& bus, const std::vector<Fp>& fields, Fp multiplicity) {
    std::vector<uint32_t> key = {bus.id};
    for (const Fp field : fields) key.push_back(field.word());
    Add(std::move(key), multiplicity);
  }
  void AddTuple(const RowBuilder::TupleValue& tuple, int sign) {
    std::vector<uint32_t> key = {0};
    for (const Fp field : tuple) key.push_back(field.word());
    Add(std::move(key), sign);
  }
  void Add(std::vector<uint32_t> key, Fp multiplicity) {
    const auto it = open_.try_emplace(std::move(key)).first;
    it->second += multiplicity;
    if (it->second.IsZero()) open_.erase(it);
  }

  std::vector<Matrix> fixed_;
  Traces traces_;
  Claim claim_;
  std::map<uint32_t, std::set<std::vector<uint32_t>>> fixed_rows_;  // by bus
  std::array<Omission, kNumTables> omissions_{};
  int64_t failures_ = 0;
  std::map<std::vector<uint32_t>, Fp> open_;
  std::vector<std::function<void()>> undo_;
  RowBuilder builder_;
};

}  // namespace zkvm

#endif  // ZKVM_TESTS_SUPPORT_AUDIT_H_
