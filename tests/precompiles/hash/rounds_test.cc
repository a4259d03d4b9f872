// The tables of rounds: honest rows satisfy every constraint and say what the calls say; every
// cell matters; the flags allow no other order of rows (all values of a small set); and without any
// one of the arithmetic constraints a row no longer determines the next.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "stark/air/check.h"
#include "stark/air/chip_traits.h"
#include "stark/air/row_builder.h"
#include "stark/air/symbolic.h"
#include "tests/precompiles/hash/steps.h"

namespace zkvm {
namespace {

template <class Chip>
using Row = typename Chip::template Main<Fp>;

template <class Chip>
RowBuilder Evaluate(const Row<Chip>& row, const Row<Chip>& next) {
  RowBuilder b;
  Window<Chip, Fp> window;
  window.row = row;
  window.next = next;
  Chip::Constrain(b, window);
  return b;
}

template <class Chip>
Row<Chip> AnyRow(std::mt19937& random) {
  Row<Chip> row{};
  ForEachColumn<Chip::template Main>(
      row, [&](size_t, Fp& x) { x = Fp::FromU32(static_cast<uint32_t>(random()) >> 2); });
  return row;
}

// Which constraints do not look at the next row.
template <class Chip>
std::vector<bool> LocalConstraints() {
  std::mt19937 random(0);
  const Row<Chip> row = AnyRow<Chip>(random);
  const RowBuilder x = Evaluate<Chip>(row, AnyRow<Chip>(random));
  const RowBuilder y = Evaluate<Chip>(row, AnyRow<Chip>(random));
  std::vector<bool> local;
  for (size_t k = 0; k < x.constraints.size(); ++k) {
    local.push_back(x.constraints[k].value == y.constraints[k].value &&
                    x.constraints[k].where == RowKind::kEvery);
  }
  return local;
}

bool IsViolated(const RowBuilder::Constraint& c, bool first, bool last) {
  const bool applies = c.where == RowKind::kEvery || (first && c.where == RowKind::kFirst) ||
                       (last && c.where == RowKind::kLastActive);
  return applies && !c.value.IsZero();
}

template <class Chip>
class RoundsTest : public ::testing::Test {};

using RoundsChips = ::testing::Types<Sha256Rounds, Blake3HalfRounds>;
TYPED_TEST_SUITE(RoundsTest, RoundsChips);

TYPED_TEST(RoundsTest, HonestRowsAreAcceptedAndMatchTheCalls) {
  using Call = CallOf<TypeParam>;
  std::mt19937 random(1);
  for (const size_t count : {0, 1, 2, 5}) {
    auto steps = RandomSteps<TypeParam>(count, random);
    if (count == 5) {
      steps[1].state.fill(0);
      steps[1].block.fill(0);
      steps[2].state.fill(0xFFFFFFFF);
      steps[2].block.fill(0xFFFFFFFF);
    }
    Ledger ledger;
    CheckReport report;
    auto rows = RowsOf<TypeParam>(steps);
    rows.resize(rows.size() + 4);
    for (size_t i = 0; i + 1 < rows.size(); ++i) {
      const RowBuilder b = Evaluate<TypeParam>(rows[i], rows[i + 1]);
      for (const auto& m : b.messages) ledger.AddMessage("rounds", i, m);
      for (const auto& c : b.constraints) {
        EXPECT_FALSE(IsViolated(c, i == 0, i + 2 == rows.size()))
            << "row " << i << ", line " << c.location.line();
      }
    }
    for (size_t i = 0; i < count; ++i) {
      Row<Call> row{};
      Call::Fill(steps[i], row);
      for (const auto& m : Evaluate<Call>(row, {}).messages) {
        if (m.bus->kind == BusKind::kExact && m.bus->id != kQuad.id)
          ledger.AddMessage("call", i, m);
      }
    }
    ledger.Settle(report);
    EXPECT_TRUE(report.ok()) << report.problems[0];
  }
}

// What a row consists of, and the fewest cells of a call.
TYPED_TEST(RoundsTest, ReadsTheNextRowAndHasTwoMessages) {
  EXPECT_TRUE(kReadsNext<TypeParam>);
  EXPECT_EQ(kCounts<TypeParam>.fractions, 2U);
}

// The cells of a row that nothing depends on: all `call`s of padding, and what a row without the
// sums that they belong to leaves open.
template <class Chip>
std::set<size_t> FreeCells(bool padding);

template <class Chip, class Visit>
std::set<size_t> Columns(const Visit& mark) {
  typename Chip::template Main<bool> row{};
  mark(row);
  std::set<size_t> columns;
  ForEachColumn<Chip::template Main>(row, [&](size_t j, bool& x) {
    if (x) columns.insert(j);
  });
  return columns;
}
template <>
std::set<size_t> FreeCells<Sha256Rounds>(bool padding) {
  return Columns<Sha256Rounds>([&](auto& row) {
    if (!padding) return;
    row.call = true;
    for (auto& word : row.partial[1]) word = {true, true};
  });
}
template <>
std::set<size_t> FreeCells<Blake3HalfRounds>(bool padding) {
  return Columns<Blake3HalfRounds>([&](auto& row) {
    for (auto* carry : {&row.carry_a1, &row.carry_c1, &row.carry_a, &row.carry_c}) {
      for (auto& word : *carry) word = {true, true};
    }
    if (!padding) return;
    row.call = row.step = true;
    for (auto* lanes : {&row.d1, &row.b1, &row.d, &row.b}) {
      for (auto& bits : *lanes) bits.fill(true);
    }
    for (auto& word : row.words) word = {true, true};
  });
}

// Row, above and below: a changed cell violates a constraint or changes a message.
TYPED_TEST(RoundsTest, EveryCellMatters) {
  constexpr size_t kRows = TypeParam::kRowsOfCall;
  constexpr size_t kColumns = ChipWidth<TypeParam>::kMain;
  std::mt19937 random(2);
  auto rows = RowsOf<TypeParam>(RandomSteps<TypeParam>(3, random));
  rows.resize(3 * kRows + 4);
  const auto is_detected = [&](size_t i, const Row<TypeParam>& changed) {
    const RowBuilder above = Evaluate<TypeParam>(rows[i - 1], changed);
    const RowBuilder below = Evaluate<TypeParam>(changed, rows[i + 1]);
    for (const RowBuilder* b : {&above, &below}) {
      for (const auto& c : b->constraints) {
        if (IsViolated(c, false, false)) return true;
      }
    }
    const RowBuilder honest = Evaluate<TypeParam>(rows[i], rows[i + 1]);
    for (size_t m = 0; m < honest.messages.size(); ++m) {
      const Fp multiplicity = honest.messages[m].multiplicity;
      if (!(multiplicity == below.messages[m].multiplicity)) return true;
      if (multiplicity.IsZero()) continue;
      if (honest.messages[m].fields != below.messages[m].fields) return true;
    }
    return false;
  };
  // Of the second block: init, the rows behind it, one in the middle, the last; then padding.
  for (const size_t i :
       {kRows, kRows + 1, kRows + 4, kRows + 5, kRows + 9, 2 * kRows - 1, 3 * kRows + 2}) {
    const bool padding = i >= 3 * kRows;
    const bool open = padding || i == kRows;
    std::set<size_t> free;
    for (size_t j = 0; j < kColumns; ++j) {
      Row<TypeParam> changed = rows[i];
      Fp& cell = reinterpret_cast<Fp*>(&changed)[j];
      const Fp honest = cell;
      for (const Fp value : {honest + 1, Fp(1) - honest, honest + 30720, honest * 2 + 5}) {
        cell = value;
        if (!(value == honest) && !is_detected(i, changed)) free.insert(j);
      }
    }
    EXPECT_EQ(free, open ? FreeCells<TypeParam>(padding) : std::set<size_t>()) << "row " << i;
  }
}

// Flags.

// A row's kind and call, and what ConstrainOrder says of a pair of rows.
template <class Chip>
struct Order {
  static std::vector<Fp> Values(const Row<Chip>& row, const Row<Chip>& next) {
    RowBuilder b;
    Chip::ConstrainOrder(b, row, next);
    std::vector<Fp> values;
    for (const auto& c : b.constraints) values.push_back(c.value.c[0]);
    return values;
  }
  static std::vector<RowKind> Kinds() {
    RowBuilder b;
    Chip::ConstrainOrder(b, Row<Chip>{}, Row<Chip>{});
    std::vector<RowKind> kinds;
    for (const auto& c : b.constraints) kinds.push_back(c.where);
    return kinds;
  }
};

// All rows with flags from a small set, as far as they look at the order.
std::vector<Row<Sha256Rounds>> AllFlags(const Sha256Rounds&) {
  std::vector<Row<Sha256Rounds>> rows;
  for (uint32_t n = 0; n < 1 << 18; ++n) {
    Row<Sha256Rounds> row{};
    const auto flag = [n](size_t i) { return static_cast<int>(n >> (2 * i) & 3) - 1; };
    row.init = flag(0);
    for (size_t i = 0; i < 4; ++i) row.phase[i] = flag(1 + i);
    for (size_t i = 0; i < 3; ++i) row.step[i] = flag(5 + i);
    row.last = flag(8);
    rows.push_back(row);
  }
  return rows;
}
std::vector<Row<Blake3HalfRounds>> AllFlags(const Blake3HalfRounds&) {
  std::vector<Row<Blake3HalfRounds>> rows;
  for (int n = 0; n < 64; ++n) {
    for (int step = -1; step < 17; ++step) {
      Row<Blake3HalfRounds> row{};
      row.real = n % 4 - 1;
      row.init = n / 4 % 4 - 1;
      row.last = n / 16 - 1;
      row.step = step;
      rows.push_back(row);
    }
  }
  return rows;
}

// The position of a row in a block, if its flags are those of one; -1: padding.
std::optional<int> PositionOf(const Row<Sha256Rounds>& row) {
  for (int n = -1; n < 17; ++n) {
    Row<Sha256Rounds> honest{};
    if (n >= 0) honest.init = n == 0 ? 1 : 0;
    if (n > 0) honest.phase[static_cast<size_t>(n - 1) / 4] = 1;
    if (n > 0 && n % 4 != 0) honest.step[static_cast<size_t>(n - 1) % 4] = 1;
    if (n == 16) honest.last = 1;
    if (row.init == honest.init && row.phase == honest.phase && row.step == honest.step &&
        row.last == honest.last) {
      return n;
    }
  }
  return std::nullopt;
}
// Steps of open rows are not bounded: a block that misses its end never ends, and the last active
// row must not be open.
std::optional<int> PositionOf(const Row<Blake3HalfRounds>& row) {
  const bool init = row.init == Fp(1);
  const bool last = row.last == Fp(1);
  if ((!init && !row.init.IsZero()) || (!last && !row.last.IsZero())) return std::nullopt;
  if (row.real.IsZero()) return init || last ? std::nullopt : std::optional(-1);
  if (!(row.real == Fp(1)) || (init && last)) return std::nullopt;
  if ((init && !row.step.IsZero()) || (last && !(row.step == Fp(14)))) return std::nullopt;
  return init ? 0 : last ? 14 : 100 + static_cast<int>((row.step + 1).Value());
}

// Whether a row may follow another one, and be the first or the last.
bool MayFollow(const Row<Sha256Rounds>& row, const Row<Sha256Rounds>& next) {
  const int n = *PositionOf(row);
  const int m = *PositionOf(next);
  if (n == -1 || n == 16) return m <= 0;
  return m == n + 1 && row.call == next.call;
}
bool MayFollow(const Row<Blake3HalfRounds>& row, const Row<Blake3HalfRounds>& next) {
  const int n = *PositionOf(row);
  const int m = *PositionOf(next);
  if (n == -1 || n == 14) return m <= 0;
  return m > 0 && next.step == row.step + 1 && row.call == next.call;
}
template <class Chip>
bool IsOpen(const Row<Chip>& row) {
  const int n = *PositionOf(row);
  return n != -1 && n + 1 != static_cast<int>(Chip::kRowsOfCall);
}

TYPED_TEST(RoundsTest, FlagsAllowOneOrder) {
  using O = Order<TypeParam>;
  const std::vector<RowKind> kinds = O::Kinds();
  const auto all = AllFlags(TypeParam());
  const std::vector<bool> local = LocalConstraints<TypeParam>();  // those of the order come first

  std::set<size_t> not_needed;
  for (size_t k = 0; k < kinds.size(); ++k) not_needed.insert(k);
  std::vector<Row<TypeParam>> valid;
  for (const Row<TypeParam>& row : all) {
    const auto values = O::Values(row, {});
    std::vector<size_t> violated;
    for (size_t k = 0; k < values.size(); ++k) {
      if (local[k] && !values[k].IsZero()) violated.push_back(k);
    }
    EXPECT_EQ(violated.empty(), PositionOf(row).has_value());
    if (violated.size() == 1) not_needed.erase(violated[0]);
    if (violated.empty()) {
      for (const int call : {1, 2}) {
        valid.push_back(row);
        valid.back().call = call;
      }
    }
  }
  for (const Row<TypeParam>& row : valid) {
    for (const Row<TypeParam>& next : valid) {
      const auto values = O::Values(row, next);
      std::vector<size_t> violated;
      for (size_t k = 0; k < values.size(); ++k) {
        if (!local[k] && kinds[k] == RowKind::kEvery && !values[k].IsZero()) violated.push_back(k);
      }
      EXPECT_EQ(violated.empty(), MayFollow(row, next));
      if (violated.size() == 1) not_needed.erase(violated[0]);
    }
    const auto values = O::Values(row, row);
    for (size_t k = 0; k < values.size(); ++k) {
      if (kinds[k] == RowKind::kEvery) continue;
      const bool refused =
          kinds[k] == RowKind::kFirst ? *PositionOf(row) > 0 : IsOpen<TypeParam>(row);
      EXPECT_EQ(!values[k].IsZero(), refused);
      not_needed.erase(k);
    }
  }
  EXPECT_EQ(not_needed, std::set<size_t>());
}

// Arithmetic: each row is computed anew from the one above it, but wrongly in one place.

// A sum and the bits it determines, in the order in which they can be computed. Bit i of the result
// is Xor(partner i, bit i) where there are partners.
template <class Chip>
struct Slot {
  std::function<Fp&(Row<Chip>&, size_t)> bit;
  std::function<Fp(const Row<Chip>&, size_t)> partner;
  std::function<void(Row<Chip>&, size_t, int)> set_carry;  // limb 0 or 1
  int least, most;                                         // of carries
  std::vector<std::function<Fp&(Row<Chip>&, size_t)>> carry_columns;
  int per_carry_column[2];  // what one of a column counts in the carry
};

std::vector<Slot<Sha256Rounds>> SlotsOf(const Sha256Rounds&, const Row<Sha256Rounds>&) {
  using R = Row<Sha256Rounds>;
  std::vector<Slot<Sha256Rounds>> slots;
  for (size_t j = 0; j < 4; ++j) {
    const auto add = [&](auto bits, auto carry, int least, int most) {
      const auto of = [carry, j](R& row, size_t limb) -> auto& {
        auto& word = (row.*carry)[j];
        return limb == 0 ? word.lo : word.hi;
      };
      slots.push_back({[bits, j](R& row, size_t i) -> Fp& { return (row.*bits)[j][i]; },
                       [](const R&, size_t) { return Fp(0); },
                       [of, least](R& row, size_t limb, int c) {
                         const int high = c >= least + 3 ? 1 : 0;
                         of(row, limb) = {c - 3 * high, high};
                       },
                       least,
                       most,
                       {[of](R& row, size_t limb) -> Fp& { return of(row, limb).low; },
                        [of](R& row, size_t limb) -> Fp& { return of(row, limb).high; }},
                       {1, 3}});
    };
    add(&R::w, &R::carry_w, 0, 5);
    add(&R::e, &R::carry_e, 0, 5);
    add(&R::a, &R::carry_a, -1, 4);
  }
  return slots;
}

std::vector<Slot<Blake3HalfRounds>> SlotsOf(const Blake3HalfRounds&,
                                            const Row<Blake3HalfRounds>& above) {
  using R = Row<Blake3HalfRounds>;
  std::vector<Slot<Blake3HalfRounds>> slots;
  for (size_t lane = 0; lane < 4; ++lane) {
    const auto add = [&](auto bits, size_t shift, auto carry, int most, auto partner) {
      const auto of = [carry, lane](R& row, size_t limb) -> Fp& {
        auto& word = (row.*carry)[lane];
        return limb == 0 ? word.lo : word.hi;
      };
      slots.push_back(
          {[=](R& row, size_t i) -> Fp& { return (row.*bits)[lane][(i + 32 - shift) % 32]; },
           partner,
           [of](R& row, size_t limb, int c) { of(row, limb) = c; },
           0,
           most,
           {of},
           {1, 0}});
    };
    const Bits<Fp> d = above.d[(7 - lane) % 4];
    const Bits<Fp> b = above.b[(5 - lane) % 4];
    add(&R::d1, 16, &R::carry_a1, 2, [d](const R&, size_t i) { return d[i]; });
    add(&R::b1, 12, &R::carry_c1, 1, [b](const R&, size_t i) { return b[i]; });
    add(&R::d, 8, &R::carry_a, 2, [lane](const R& row, size_t i) { return row.d1[lane][i]; });
    add(&R::b, 7, &R::carry_c, 1, [lane](const R& row, size_t i) { return row.b1[lane][i]; });
  }
  return slots;
}

// What is wrong in one slot.
struct Flaw {
  enum Kind : uint8_t { kBit, kSum, kCarry } kind = kSum;
  size_t slot = 0;
  size_t index = 0;   // of the bit; else the limb
  size_t column = 0;  // of the carry

  friend auto operator<=>(const Flaw&, const Flaw&) = default;
};

int Small(Fp x) {
  return x.Value() > Fp::kModulus / 2 ? -static_cast<int>((-x).Value())
                                      : static_cast<int>(x.Value());
}

// Cells that equal an expression in the row above and in what the sums determine.
void Settle(const Row<Sha256Rounds>& above, Row<Sha256Rounds>& next) {
  std::vector<Fp*> cells;
  for (auto& four : next.partial) {
    for (auto& word : four) cells.insert(cells.end(), {&word.lo, &word.hi});
  }
  const RowBuilder plain = Evaluate<Sha256Rounds>(above, next);
  for (size_t i = 0; i < cells.size(); ++i) *cells[i] += static_cast<int>(i + 1);
  const RowBuilder raised = Evaluate<Sha256Rounds>(above, next);
  for (size_t i = 0; i < cells.size(); ++i) *cells[i] -= static_cast<int>(i + 1);
  for (size_t k = 0; k < plain.constraints.size(); ++k) {
    const Fp value = plain.constraints[k].value.c[0];
    const size_t i = (raised.constraints[k].value.c[0] - value).Value();
    if (i != 0) *cells[i - 1] -= value;
  }
}
void Settle(const Row<Blake3HalfRounds>&, Row<Blake3HalfRounds>&) {}

// The row below `above` with the flags and whatever else of `next`, and with all sums computed
// anew; nothing if that does not come out with this flaw.
template <class Chip>
std::optional<Row<Chip>> Recompute(const Row<Chip>& above, Row<Chip> next, const Flaw& flaw) {
  const auto slots = SlotsOf(Chip(), above);
  for (size_t s = 0; s < slots.size(); ++s) {
    const Slot<Chip>& slot = slots[s];
    for (size_t i = 0; i < 32; ++i) slot.bit(next, i) = slot.partner(next, i);
    // Partners that are no bits cancel differently: their share is taken out below.
    int share[2] = {0, 0};
    for (size_t i = 0; i < 32; ++i) {
      share[i / 16] += Small(Xor(slot.partner(next, i), slot.bit(next, i))) << (i % 16);
    }
    slot.set_carry(next, 0, 0);
    slot.set_carry(next, 1, 0);
    const RowBuilder plain = Evaluate<Chip>(above, next);
    slot.carry_columns[0](next, 0) += 1;
    const RowBuilder raised = Evaluate<Chip>(above, next);
    std::array<int, 2> total{};
    for (size_t k = 0; k < plain.constraints.size(); ++k) {
      const Fp by = raised.constraints[k].value.c[0] - plain.constraints[k].value.c[0];
      const int value = Small(plain.constraints[k].value.c[0]);
      if (by == Fp(-65536)) total[0] = value + share[0];
      if (by == Fp(1)) total[1] = value + share[1];
    }
    const bool flawed = flaw.slot == s;
    int carry = 0;
    for (size_t limb = 0; limb < 2; ++limb) {
      int rest = total[limb] + carry;
      const bool here = flawed && flaw.index == limb;
      // 30720 * 2^16 = -1 in the field.
      if (here && flaw.kind != Flaw::kBit) ++rest;
      int taken = 0;  // by bits that cannot be chosen freely
      std::set<size_t> fixed;
      for (size_t i = 0; i < 16; ++i) {
        const size_t at = 16 * limb + i;
        const Fp partner = slot.partner(next, at);
        const bool flawed_bit = flawed && flaw.kind == Flaw::kBit && flaw.index == at;
        const bool boolean = partner.IsZero() || partner == Fp(1);
        if (boolean && !flawed_bit) continue;
        fixed.insert(i);
        Fp& bit = slot.bit(next, at);
        bit = flawed_bit ? Fp(2) : Fp(static_cast<int>(at % 2));
        taken += Small(Xor(partner, bit)) << i;
      }
      rest -= taken;
      for (size_t i = 0; i < 16; ++i) {
        const int y = rest >> i & 1;
        if (fixed.contains(i)) {
          if (y != 0) return std::nullopt;
          continue;
        }
        slot.bit(next, 16 * limb + i) = Xor(slot.partner(next, 16 * limb + i), Fp(y));
      }
      carry = rest >> 16;
      if (carry < slot.least || carry > slot.most) return std::nullopt;
      slot.set_carry(next, limb, carry);
      if (here && flaw.kind == Flaw::kCarry) {
        slot.carry_columns[flaw.column](next, limb) += 30720 / slot.per_carry_column[flaw.column];
        carry += 30720;
      }
    }
  }
  Settle(above, next);
  return next;
}

// The constraints that fail on the row, the row below it not considered, or between the two.
template <class Chip>
std::set<size_t> Violated(const Row<Chip>& above, const Row<Chip>& row,
                          const std::vector<bool>& local) {
  std::set<size_t> violated;
  const RowBuilder between = Evaluate<Chip>(above, row);
  const RowBuilder below = Evaluate<Chip>(row, {});
  for (size_t k = 0; k < local.size(); ++k) {
    if (!between.constraints[k].value.IsZero() && between.constraints[k].where == RowKind::kEvery) {
      violated.insert(k);
    }
    if (local[k] && !below.constraints[k].value.IsZero()) violated.insert(k);
  }
  return violated;
}

// Rows that are wrong in a cell that no sum determines.
std::vector<std::pair<size_t, std::function<void(Row<Sha256Rounds>&)>>> OtherFlaws(
    const Sha256Rounds&) {
  std::vector<std::pair<size_t, std::function<void(Row<Sha256Rounds>&)>>> flaws;
  for (size_t i = 0; i < 12; ++i) {
    flaws.push_back({7, [i](auto& row) { row.partial[i / 4][i % 4].lo += 1; }});
    flaws.push_back({7, [i](auto& row) { row.partial[i / 4][i % 4].hi += 1; }});
  }
  return flaws;
}
std::vector<std::pair<size_t, std::function<void(Row<Blake3HalfRounds>&)>>> OtherFlaws(
    const Blake3HalfRounds&) {
  std::vector<std::pair<size_t, std::function<void(Row<Blake3HalfRounds>&)>>> flaws;
  for (size_t i = 0; i < 4; ++i) {
    for (const size_t bit : {0, 16}) {
      // a and c of the first row.
      flaws.push_back({0, [=](auto& row) { row.d1[i][bit] = Fp(1) - row.d1[i][bit]; }});
      flaws.push_back({0, [=](auto& row) { row.b1[i][bit] = Fp(1) - row.b1[i][bit]; }});
    }
  }
  for (size_t i = 0; i < 8; ++i) {
    flaws.push_back({14, [i](auto& row) { row.words[i].lo += 1; }});
    flaws.push_back({14, [i](auto& row) { row.words[i].hi += 1; }});
  }
  return flaws;
}

TYPED_TEST(RoundsTest, EveryArithmeticConstraintIsNeeded) {
  constexpr size_t kRow = 8;  // with rounds, and words of the schedule that are sums
  const size_t constraints = Evaluate<TypeParam>({}, {}).constraints.size();
  const size_t order = Order<TypeParam>::Kinds().size();
  std::mt19937 random(4);
  const std::vector<bool> local = LocalConstraints<TypeParam>();
  std::set<size_t> needed;
  std::set<Flaw> done;
  for (int trial = 0; trial < 400; ++trial) {
    const auto rows = RowsOf<TypeParam>(RandomSteps<TypeParam>(1, random));
    const Row<TypeParam>& above = rows[kRow - 1];
    const Row<TypeParam>& honest = rows[kRow];
    const auto attempt = [&](const Flaw& flaw) {
      if (done.contains(flaw)) return;
      const auto forged = Recompute<TypeParam>(above, honest, flaw);
      if (!forged) return;
      const std::set<size_t> violated = Violated<TypeParam>(above, *forged, local);
      EXPECT_GE(violated.size(), 1U);
      if (violated.size() != 1) return;
      needed.insert(*violated.begin());
      done.insert(flaw);
    };
    const auto slots = SlotsOf(TypeParam(), above);
    if (trial == 0) {
      const auto same = Recompute<TypeParam>(above, honest, {.slot = slots.size()});
      ASSERT_TRUE(same);
      for (size_t j = 0; j < ChipWidth<TypeParam>::kMain; ++j) {
        EXPECT_EQ(reinterpret_cast<const Fp*>(&*same)[j], reinterpret_cast<const Fp*>(&honest)[j])
            << j;
      }
      for (const auto& [row, apply] : OtherFlaws(TypeParam())) {
        Row<TypeParam> forged = rows[row];
        apply(forged);
        const auto violated =
            Violated<TypeParam>(row == 0 ? Row<TypeParam>{} : rows[row - 1], forged, local);
        EXPECT_EQ(violated.size(), 1U);
        needed.insert(violated.begin(), violated.end());
      }
    }
    const size_t slot = static_cast<size_t>(trial) % slots.size();
    for (size_t i = 0; i < 32; ++i) attempt({Flaw::kBit, slot, i, 0});
    for (size_t limb = 0; limb < 2; ++limb) {
      attempt({Flaw::kSum, slot, limb, 0});
      for (size_t column = 0; column < slots[slot].carry_columns.size(); ++column) {
        attempt({Flaw::kCarry, slot, limb, column});
      }
    }
  }
  std::set<size_t> not_needed;
  for (size_t k = order; k < constraints; ++k) {
    if (!needed.contains(k)) not_needed.insert(k);
  }
  EXPECT_EQ(not_needed, std::set<size_t>());
}

}  // namespace
}  // namespace zkvm
