// A worker's table before a world of facts: whether its rows pass, and what they claim.
//
// The other tables are taken at their word: World holds the messages that they would answer, and
// the START messages that the calls sent. Rows pass if all constraints hold, every lookup is
// answered, and exactly the started blocks are received. Rows that pass are lawful if they provide
// nothing but what honest rows provide. A chip is sound if all rows that pass are lawful, and a
// condition is needed if without it some that are not lawful would pass.
#ifndef ZKVM_TESTS_PRECOMPILES_CHIP_TRIAL_H_
#define ZKVM_TESTS_PRECOMPILES_CHIP_TRIAL_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "isa/air/buses.h"
#include "precompiles/tensor/block.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "stark/air/chip.h"
#include "stark/air/row_builder.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

using Fact = std::pair<uint32_t, std::vector<uint32_t>>;  // bus, fields

class World {
 public:
  static constexpr uint32_t kTuples = 0;  // in the place of a bus

  template <class... Fields>
  void Add(const Bus& bus, Fields... fields) {
    facts_.insert({bus.id, {Fp(fields).Value()...}});
  }
  void AddFact(Fact fact) { facts_.insert(std::move(fact)); }
  void AddProgram(uint32_t program, const std::vector<MicroRow>& rows) {
    for (size_t step = 0; step < rows.size(); ++step) {
      std::vector<uint32_t> fields = {program, static_cast<uint32_t>(step)};
      fields.insert(fields.end(), rows[step].begin(), rows[step].end());
      facts_.insert({kMicro.id, std::move(fields)});
    }
  }
  void AddCell(uint32_t type, uint32_t address, const int16_t* lanes) {
    std::vector<uint32_t> fields = {type, address};
    for (size_t j = 0; j < kLanes; ++j) fields.push_back(Fp(int{lanes[j]}).Value());
    facts_.insert({kCell.id, std::move(fields)});
  }
  // Messages of a bus that hold are those of which `holds` is true.
  void AddRule(const Bus& bus, std::function<bool(const std::vector<uint32_t>&)> holds) {
    rules_[bus.id] = std::move(holds);
  }
  // A tuple (space, address, lo, hi, time) that a row may consume.
  void AddTuple(int space, uint32_t address, uint32_t value, uint32_t time) {
    facts_.insert(
        {kTuples, {static_cast<uint32_t>(space), address, value & 0xFFFF, value >> 16, time}});
  }
  void AddStart(std::array<uint32_t, 8> fields) { starts_.insert({fields.begin(), fields.end()}); }

  bool Answers(const Fact& message) const {
    const auto& [bus, f] = message;
    if (bus == kRange.id) return f[0] <= 16 && f[1] < 1U << f[0];
    if (bus == kPair.id) return f[0] < 256 && f[1] < 256;
    if (bus == kBytes.id) return f[0] < 256 && f[1] < 256 && f[2] == (f[0] & f[1]);
    if (bus == kShift.id) {
      return f[0] == 0 && f[1] < 16 && f[2] == f[1] && f[3] == 1U << f[1] &&
             f[4] == 1U << (16 - f[1]);
    }
    const auto rule = rules_.find(bus);
    return rule != rules_.end() ? rule->second(f) : facts_.contains(message);
  }
  const std::multiset<std::vector<uint32_t>>& starts() const { return starts_; }

 private:
  std::set<Fact> facts_;
  std::map<uint32_t, std::function<bool(const std::vector<uint32_t>&)>> rules_;
  std::multiset<std::vector<uint32_t>> starts_;
};

// By index in the order of Constrain.
struct Condition {
  enum Kind : uint8_t { kConstraint, kMessage, kExchange } kind;
  size_t index;
  auto operator<=>(const Condition&) const = default;
};

template <class Chip>
class Trial {
 public:
  using Row = typename Chip::template Main<Fp>;
  using Rows = std::vector<Row>;  // the last one is terminal: its cells are free
  using Forgery = std::function<void(Rows&)>;

  struct Verdict {
    std::set<Condition> violated;
    std::multiset<Fact> claims;  // provided or sent; not listed if more than one is violated
    bool boolean = true;         // multiplicities of lookups are
  };

  // `honest`: rows in use. Two rows of padding and the terminal row are added.
  Trial(const World& world, Rows honest) : world_(world), honest_(std::move(honest)) {
    in_use_ = honest_.size();
    honest_.resize(in_use_ + 3, Row{});
    claims_ = Judge(honest_).claims;
  }

  const Rows& honest() const { return honest_; }
  const std::multiset<Fact>& claims() const { return claims_; }

  Verdict Judge(const Rows& rows) const {
    std::vector<Said> said;
    for (size_t i = 0; i + 1 < rows.size(); ++i) said.push_back(Hear(rows, i));
    return Conclude(said);
  }

  bool IsLawful(const Verdict& verdict) const {
    return verdict.boolean && std::ranges::includes(claims_, verdict.claims);
  }

  // The forgery is refused; if by one condition only, that is needed.
  void Try(const std::string& name, const Forgery& forge) {
    Rows rows = honest_;
    forge(rows);
    const Verdict verdict = Judge(rows);
    EXPECT_FALSE(verdict.violated.empty()) << Chip::kName << ": " << name << " passes";
    Note(verdict);
  }

  // Single cells, and exchanges between neighbouring cells that keep x_i 2^i + x_(i+1) 2^(i+1).
  void TryAllCells() {
    constexpr size_t kColumns = kNumColumns<Chip::template Main>;
    std::vector<Said> honest;
    for (size_t i = 0; i + 1 < honest_.size(); ++i) honest.push_back(Hear(honest_, i));
    Rows rows = honest_;
    const auto cell = [&](size_t i, size_t j) -> Fp& { return reinterpret_cast<Fp*>(&rows[i])[j]; };
    const auto judge = [&](size_t i, size_t j) {
      std::vector<Said> said = honest;
      if (i > 0) said[i - 1] = Hear(rows, i - 1);
      if (i < said.size()) said[i] = Hear(rows, i);
      const Verdict verdict = Conclude(said);
      if (verdict.violated.empty()) {
        EXPECT_TRUE(IsLawful(verdict)) << Chip::kName << ", row " << i << ", column " << j;
      }
      Note(verdict);
    };
    for (size_t i = 0; i < rows.size(); ++i) {
      for (size_t j = 0; j < kColumns; ++j) {
        const Fp x = cell(i, j);
        for (const Fp after :
             {Fp(0), Fp(1), x + 1, x - 1, x * 2, -x, x + (1 << 14), x - (1 << 14), x + 77777}) {
          if (after == x) continue;
          cell(i, j) = after;
          judge(i, j);
        }
        cell(i, j) = x;
        if (j + 1 == kColumns) continue;
        const Fp y = cell(i, j + 1);
        for (const Fp part : {Fp(1), Fp(-1), Fp(2).Inverse(), -Fp(2).Inverse()}) {
          cell(i, j) = x + part * 2;
          cell(i, j + 1) = y - part;
          judge(i, j);
        }
        cell(i, j) = x;
        cell(i, j + 1) = y;
      }
    }
  }

  // Counts what another trial has found to be needed.
  void Join(const Trial& other) { needed_.insert(other.needed_.begin(), other.needed_.end()); }

  // Every condition that is not in `implied` (with the reason why the others imply it) was needed
  // against something tried. Conditions of block.h are left to the test of blocks.
  void ExpectAllNeeded(const std::map<Condition, std::string_view>& implied = {}) const {
    RowBuilder b;
    Evaluate(b, honest_, 0);
    const auto is_of_block = [&](size_t k) {
      return std::string_view(b.constraints[k].location.file_name()).ends_with("block.h");
    };
    for (size_t k = 0; k < b.constraints.size(); ++k) {
      // Four flags of the block are boolean by the gadget, ahead of what block.h says of them.
      bool ahead = false;
      for (size_t i = 1; i <= kBlockFlags; ++i) {
        ahead |= k + i + 1 < b.constraints.size() && is_of_block(k + i) && is_of_block(k + i + 1);
      }
      if (is_of_block(k) || ahead) continue;
      const auto& where = b.constraints[k].location;
      Expect({Condition::kConstraint, k}, implied,
             std::string(where.file_name()) + ":" + std::to_string(where.line()));
    }
    for (size_t k = 0; k < b.messages.size(); ++k) {
      const Bus& bus = *b.messages[k].bus;
      if (b.messages[k].provides || bus.kind == BusKind::kExact) continue;
      Expect({Condition::kMessage, k}, implied, std::string(bus.name));
    }
    for (size_t k = 0; k < b.exchanges.size(); ++k) {
      Expect({Condition::kExchange, k}, implied, "tuples");
    }
  }

 private:
  // What one row says.
  struct Said {
    std::set<Condition> violated;
    std::vector<Fact> claims;
    std::vector<std::vector<uint32_t>> received;  // START
    bool boolean = true;
  };

  static void Evaluate(RowBuilder& b, const Rows& rows, size_t i) {
    b.Clear();
    WindowFor<Chip, RowBuilder> window{};
    window.row = rows[i];
    window.next = rows[i + 1];
    Chip::Constrain(b, window);
  }

  Said Hear(const Rows& rows, size_t i) const {
    Said said;
    RowBuilder b;
    Evaluate(b, rows, i);
    for (size_t k = 0; k < b.constraints.size(); ++k) {
      const RowKind where = b.constraints[k].where;
      const bool applies = where == RowKind::kEvery || (where == RowKind::kFirst && i == 0) ||
                           (where == RowKind::kLastActive && i + 2 == rows.size());
      if (applies && !b.constraints[k].value.IsZero()) {
        said.violated.insert({Condition::kConstraint, k});
      }
    }
    for (size_t k = 0; k < b.messages.size(); ++k) {
      const RowBuilder::Message& message = b.messages[k];
      if (message.multiplicity.IsZero()) continue;
      Fact fact = {message.bus->id, {}};
      for (const Fp field : message.fields) fact.second.push_back(field.Value());
      if (message.bus->id == kStart.id && message.provides) {
        said.received.push_back(std::move(fact.second));
      } else if (message.provides || message.bus->kind == BusKind::kExact) {
        said.claims.push_back(std::move(fact));
      } else {
        said.boolean &= message.multiplicity == Fp(1);
        if (!world_.Answers(fact)) said.violated.insert({Condition::kMessage, k});
      }
    }
    for (size_t k = 0; k < b.exchanges.size(); ++k) {
      const auto& [consumed, produced] = b.exchanges[k];
      if (consumed == produced) continue;
      if (!world_.Answers(TupleFact(consumed))) said.violated.insert({Condition::kExchange, k});
      said.claims.push_back(TupleFact(produced));
    }
    return said;
  }
  static Fact TupleFact(const RowBuilder::TupleValue& tuple) {
    Fact fact = {World::kTuples, {}};
    for (const Fp field : tuple) fact.second.push_back(field.Value());
    return fact;
  }

  Verdict Conclude(const std::vector<Said>& rows) const {
    Verdict verdict;
    std::multiset<std::vector<uint32_t>> starts;
    for (const Said& said : rows) {
      verdict.violated.insert(said.violated.begin(), said.violated.end());
      starts.insert(said.received.begin(), said.received.end());
      verdict.boolean &= said.boolean;
    }
    if (starts != world_.starts()) verdict.violated.insert(kStarts);
    if (verdict.violated.size() > 1) return verdict;  // its claims do not matter
    for (const Said& said : rows) verdict.claims.insert(said.claims.begin(), said.claims.end());
    return verdict;
  }
  void Note(const Verdict& verdict) {
    if (verdict.violated.size() == 1 && !IsLawful(verdict))
      needed_.insert(*verdict.violated.begin());
  }
  void Expect(const Condition& condition, const std::map<Condition, std::string_view>& implied,
              const std::string& what) const {
    const auto reason = implied.find(condition);
    if (reason == implied.end()) {
      EXPECT_TRUE(needed_.contains(condition))
          << Chip::kName << ": nothing tried needs "
          << std::array{"constraint ", "message ", "exchange "}[condition.kind] << condition.index
          << ", " << what;
    } else {
      EXPECT_FALSE(needed_.contains(condition))
          << Chip::kName << ", " << what << ": needed, not implied by: " << reason->second;
    }
  }

  static constexpr size_t kBlockFlags = 4;
  static constexpr Condition kStarts = {Condition::kMessage, SIZE_MAX};

  const World& world_;
  Rows honest_;
  size_t in_use_ = 0;
  std::multiset<Fact> claims_;
  std::set<Condition> needed_;
};

}  // namespace zkvm::tensor

#endif  // ZKVM_TESTS_PRECOMPILES_CHIP_TRIAL_H_
