// Forged traces of Image, ZeroMemory, Refresh and the environment calls must be rejected, and every
// statement of these chips must be needed.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/audit.h"
#include "tests/vm/boundary_forgeries.h"
#include "tests/vm/boundary_world.h"

namespace zkvm {
namespace {

TEST(BoundaryTest, HonestTraceIsAccepted) {
  EXPECT_TRUE(World(Honesty::kAll).MakeAudit().accepted());
}

class BoundaryForgeryTest : public ::testing::TestWithParam<Forgery> {};

TEST_P(BoundaryForgeryTest, IsRejected) {
  const World world(GetParam().honesty);
  Audit audit = world.MakeAudit();
  GetParam().apply(world, audit);
  EXPECT_FALSE(audit.accepted());
}

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
};

// Each constraint and each lookup is left out in turn: some forgery must then be accepted. Without
// an exchange or a sent message, the honest trace must no longer balance.
TEST(BoundaryTest, EveryStatementIsNeeded) {
  std::map<Honesty, std::unique_ptr<World>> worlds;
  std::map<Honesty, std::unique_ptr<Audit>> audits;
  std::vector<const Forgery*> forgeries;
  for (const Forgery& forgery : BoundaryForgeries()) {
    if (forgery.name.ends_with("AroundTheField")) continue;  // slow, and of no single statement
    forgeries.push_back(&forgery);
    if (worlds.contains(forgery.honesty)) continue;
    worlds[forgery.honesty] = std::make_unique<World>(forgery.honesty);
    audits[forgery.honesty] = std::make_unique<Audit>(worlds[forgery.honesty]->MakeAudit());
  }

  const auto accepted_forgery = [&]() -> std::string {
    for (const Forgery* forgery : forgeries) {
      Audit& audit = *audits[forgery->honesty];
      forgery->apply(*worlds[forgery->honesty], audit);
      const bool accepted = audit.accepted();
      audit.Undo();
      if (accepted) return forgery->name;
    }
    return {};
  };
  ASSERT_EQ(accepted_forgery(), "");

  std::set<std::string> not_needed;
  BoundaryChips::ForEach([&]<class Chip>() {
    const RowBuilder statements = Audit::Statements<Chip>();
    const auto leave_out = [&](Omission omission, const char* kind) {
      for (auto& [honesty, audit] : audits) audit->template Omit<Chip>(omission);
      const bool needed = !audits[Honesty::kAll]->accepted() || !accepted_forgery().empty();
      for (auto& [honesty, audit] : audits) audit->template Omit<Chip>({});
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

}  // namespace
}  // namespace zkvm
