// Forged traces of Image, ZeroMemory, Refresh and the environment calls must be rejected, and every
// statement of these chips must be needed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "tests/support/audit.h"
#include "tests/vm/boundary_forgeries.h"
#include "tests/vm/boundary_world.h"

namespace zkvm {
namespace {

// A world and its audit; whoever edits the audit takes the edits back.
struct Audited {
  explicit Audited(Honesty honesty) : world(honesty), audit(world.MakeAudit()) {}

  static Audited& Of(Honesty honesty) {
    static std::map<Honesty, std::unique_ptr<Audited>> all;
    std::unique_ptr<Audited>& audited = all[honesty];
    if (!audited) audited = std::make_unique<Audited>(honesty);
    return *audited;
  }

  const World world;
  Audit audit;
};

bool IsAccepted(const Forgery& forgery) {
  Audited& audited = Audited::Of(forgery.honesty);
  forgery.apply(audited.world, audited.audit);
  const bool accepted = audited.audit.accepted();
  audited.audit.Undo();
  return accepted;
}

TEST(BoundaryTest, HonestTraceIsAccepted) {
  EXPECT_TRUE(Audited::Of(Honesty::kAll).audit.accepted());
}

class BoundaryForgeryTest : public ::testing::TestWithParam<Forgery> {};

TEST_P(BoundaryForgeryTest, IsRejected) { EXPECT_FALSE(IsAccepted(GetParam())); }

INSTANTIATE_TEST_SUITE_P(All, BoundaryForgeryTest, ::testing::ValuesIn(BoundaryForgeries()),
                         [](const auto& info) { return info.param.name; });

using BoundaryChips =
    ChipList<Image, Refresh, HaltCall, JournalCall, NoteCall, HintCall, ZeroMemory>;

// Statements that the forgeries do not need, with the reason.
const std::map<std::string, std::string> kNotNeededAlone = {
    {"journal constraint 0",
     "real boolean. The gaps leave 0, 1 and small negative numbers. A negative row sends its index "
     "a negative number of times, and at the highest such index nothing makes up for it. It is "
     "stated because a multiplicity must be boolean by constraint."},
    {"halt constraint 0",
     "real boolean. Other rows have time 0, which no state has: they could only feed each other. "
     "Stated for the same reason."},
    {"halt constraint 1",
     "padding leaves a7 alone. There ts = 0, and the gap -prev is range-checked: prev = 0, the "
     "initial time, or within 2^16 of p, which is no time."},
    {"halt constraint 2", "as constraint 1, for a0."},
    {"halt constraint 3",
     "pc = 0 on padding rows, which nothing but another padding row consumes."},
    {"halt constraint 4", "as constraint 3, for the low half of the exit code."},
    {"halt constraint 5", "as constraint 3, for its high half."},
    {"hint constraint 0",
     "first boolean. At row 0 and after a closed row first = real, after an open one first = 0."},
    {"hint constraint 1", "last boolean: real and real - last are, by the transitions."},
    {"hint constraint 2", "real boolean: 1 after an open row; else real = first with both 0 or 1."},
    {"hint constraint 4",
     "last only on real rows. Else last = -1: remaining = 1, and the block that this row opens "
     "counts down from 0 and cannot end before the table does."},
    {"hint constraint 14",
     "no first row inside a block. It would be a second call at the same time, and the state has "
     "each time once."},
};

// Each constraint and each lookup is left out in turn: some forgery must then be accepted. Without
// an exchange or a sent message, the honest trace must no longer balance.
TEST(BoundaryTest, EveryStatementIsNeeded) {
  std::vector<Forgery> forgeries;
  for (const Forgery& forgery : BoundaryForgeries()) {
    // Those are slow, and not about a single statement.
    if (!forgery.name.ends_with("AroundTheField")) forgeries.push_back(forgery);
  }
  constexpr Honesty kWorlds[] = {Honesty::kAll, Honesty::kAllButAHintPointer,
                                 Honesty::kAllButAHintCount};
  std::set<std::string> not_needed;
  BoundaryChips::ForEach([&]<class Chip>() {
    const RowBuilder statements = Audit::Statements<Chip>();
    const auto leave_out = [&](Omission omission, const char* kind) {
      for (const Honesty w : kWorlds) Audited::Of(w).audit.Omit<Chip>(omission);
      const bool needed = !Audited::Of(Honesty::kAll).audit.accepted() ||
                          std::ranges::any_of(forgeries, IsAccepted);
      for (const Honesty w : kWorlds) Audited::Of(w).audit.Omit<Chip>({});
      if (!needed) {
        not_needed.insert(std::string(Chip::kName) + " " + kind + " " +
                          std::to_string(omission.index));
      }
    };
    for (size_t k = 0; k < statements.constraints.size(); ++k) {
      leave_out({Omission::kConstraint, k}, "constraint");
    }
    for (size_t k = 0; k < statements.messages.size(); ++k) {
      leave_out({Omission::kMessage, k}, "message");
    }
    for (size_t k = 0; k < statements.exchanges.size(); ++k) {
      leave_out({Omission::kExchange, k}, "exchange");
    }
  });
  for (const std::string& name : not_needed) EXPECT_TRUE(kNotNeededAlone.contains(name)) << name;
  for (const auto& [name, reason] : kNotNeededAlone) EXPECT_TRUE(not_needed.contains(name)) << name;
}

// Which cells of a row nothing depends on.
template <class Chip>
using FreeCells = typename Chip::template Main<bool>;

// A row that is no instruction is inert: what it consumes it produces, whatever that is. A column
// stands here for cells that may be changed alone and within their range check.
FreeCells<Image> Free(const Image::Main<Fp>&, const Image::Main<Fp>&) { return {}; }
FreeCells<Refresh> Free(const Refresh::Main<Fp>& row, const Refresh::Main<Fp>&) {
  FreeCells<Refresh> free{};
  free.pc = free.reg = free.value.lo = free.value.hi = row.real.IsZero();
  return free;
}
FreeCells<HaltCall> Free(const HaltCall::Main<Fp>&, const HaltCall::Main<Fp>&) { return {}; }
FreeCells<JournalCall> Free(const JournalCall::Main<Fp>& row, const JournalCall::Main<Fp>&) {
  FreeCells<JournalCall> free{};
  free.pc = free.word.lo = free.word.hi = free.index = row.real.IsZero();
  return free;
}
FreeCells<NoteCall> Free(const NoteCall::Main<Fp>& row, const NoteCall::Main<Fp>&) {
  FreeCells<NoteCall> free{};
  free.pc = row.real.IsZero();
  return free;
}
FreeCells<HintCall> Free(const HintCall::Main<Fp>& row, const HintCall::Main<Fp>&) {
  FreeCells<HintCall> free{};
  // Only the first row is a call; only real rows write.
  free.pc = free.pointer.lo = free.pointer.hi = free.count.lo = free.count.hi = row.first.IsZero();
  free.address = free.remaining = row.real.IsZero();
  return free;
}
FreeCells<ZeroMemory> Free(const ZeroMemory::Main<Fp>& row, const ZeroMemory::Main<Fp>& next) {
  FreeCells<ZeroMemory> free{};
  // Addresses of padding rows are in no order; the step to one is not checked.
  free.zero_base = free.offset.lo = free.offset.hi = row.real.IsZero();
  free.same_high = free.gap = next.real.IsZero();
  return free;
}

// Every cell of every row in use, of the first padding rows and of the last active row is changed
// alone. Lookup multiplicities are repaired: the audit does not look at them.
TEST(BoundaryTest, EveryCellMatters) {
  Audit& audit = Audited::Of(Honesty::kAll).audit;
  BoundaryChips::ForEach([&]<class Chip>() {
    constexpr size_t kColumns = ChipWidth<Chip>::kMain;
    const size_t active = audit.active_rows<Chip>();
    std::array<bool, kColumns> claimed_free{};
    std::array<bool, kColumns> found_free{};
    for (size_t i = 0; i < active; i = i == 45 ? active - 1 : i + 1) {
      const auto row = audit.Get<Chip>(i);
      auto free = Free(row, audit.Get<Chip>(i + 1));
      std::array<bool, kColumns> may_change{};
      ForEachColumn<Chip::template Main>(free, [&](size_t j, bool& x) { may_change[j] = x; });
      for (size_t j = 0; j < kColumns; ++j) {
        if (may_change[j]) claimed_free[j] = true;
        auto changed = row;
        Fp* cell = reinterpret_cast<Fp*>(&changed) + j;
        const Fp honest = *cell;
        for (const Fp value : {honest + 1, honest - 1, Fp(0), Fp(1), Fp(2), Fp(-1),
                               honest + 0x10000, honest * 2, Fp(123456789)}) {
          if (value == honest) continue;
          *cell = value;
          audit.Set<Chip>(i, changed);
          if (audit.accepted()) {
            found_free[j] = true;
            EXPECT_TRUE(may_change[j])
                << Chip::kName << " row " << i << " column " << j << " = " << value.Value();
          }
          audit.Undo();
        }
      }
    }
    EXPECT_EQ(claimed_free, found_free) << Chip::kName;
  });
  EXPECT_TRUE(audit.accepted());
}

// The terminal row may hold anything, but for the flags that a transition into it looks at.
TEST(BoundaryTest, GarbageInTheTerminalRowChangesNothing) {
  Audit& audit = Audited::Of(Honesty::kAll).audit;
  BoundaryChips::ForEach([&]<class Chip>() {
    auto garbage = audit.Get<Chip>(0);
    ForEachColumn<Chip::template Main>(
        garbage, [](size_t j, Fp& x) { x = Fp::FromU32(1000003 * static_cast<uint32_t>(j + 1)); });
    if constexpr (std::is_same_v<Chip, ZeroMemory> || std::is_same_v<Chip, HintCall>) {
      garbage.real = 0;
    }
    audit.Set<Chip>(audit.active_rows<Chip>(), garbage);
    EXPECT_TRUE(audit.accepted()) << Chip::kName;
    audit.Undo();
  });
}

// The claim in vm/chips/hint_call.h, over flags from a small set: whenever everything that is said
// about a row and the next one holds, the flags of the row are boolean.
class HintFlagsTest : public ::testing::TestWithParam<bool> {
 protected:
  // Row 0, or a row after a closed one; else a row after an open one.
  bool begins() const { return GetParam(); }

  bool Holds(const HintCall::Main<Fp>& row, const HintCall::Main<Fp>& next) const {
    RowBuilder b;
    HintCall::Constrain(b, Window<HintCall, Fp>{{}, row, next, {}, {}, {}});
    for (const RowBuilder::Constraint& c : b.constraints) {
      const bool applies = c.where == RowKind::kEvery || (begins() && c.where == RowKind::kFirst);
      if (applies && !c.value.IsZero()) return false;
    }
    return begins() || (row.real == Fp(1) && row.first == Fp(0));
  }
};

TEST_P(HintFlagsTest, AreBoolean) {
  constexpr int kFlags[] = {-2, -1, 0, 1, 2, 3};
  size_t possible = 0;
  for (int i = 0; i < 6 * 6 * 6 * 6 * 6; ++i) {
    const int real = kFlags[i % 6];
    const int first = kFlags[i / 6 % 6];
    const int last = kFlags[i / 36 % 6];
    const int next_real = kFlags[i / 216 % 6];
    const int next_first = kFlags[i / 1296];
    HintCall::Main<Fp> row{};
    row.real = real;
    row.first = first;
    row.last = last;
    row.remaining = row.count.lo = 1;
    HintCall::Main<Fp> next{};
    next.real = next_real;
    next.first = next_first;
    next.address = 1;
    if (!Holds(row, next)) continue;
    ++possible;
    const std::string flags =
        std::to_string(real) + ' ' + std::to_string(first) + ' ' + std::to_string(last);
    EXPECT_TRUE(real == 0 || real == 1) << flags;
    EXPECT_EQ(first, begins() ? real : 0) << flags;
    // -1 opens a block that counts down from 0.
    EXPECT_TRUE(last == 0 || last == real || (last == -1 && real == 0)) << flags;
    if (real - last == 1) {
      EXPECT_TRUE(next_real == 1 && next_first == 0) << flags;
    } else {
      EXPECT_TRUE(next_real == 0 || next_first == 1) << flags;
    }
  }
  EXPECT_GT(possible, 0u);
}

INSTANTIATE_TEST_SUITE_P(Rows, HintFlagsTest, ::testing::Bool());

}  // namespace
}  // namespace zkvm
