// The rounds before the bus, on the toy machine that has them: honest proofs are accepted under
// every instruction set; a wrong claim is not absorbed by garbage, and no column or root can be
// changed.
#include <gtest/gtest.h>

#include <vector>

#include "stark/layout.h"
#include "stark/simd.h"
#include "tests/stark/fold_toy.h"

namespace zkvm {
namespace {

TEST(FoldRounds, HonestToyHolds) {
  const CheckReport report = CheckFoldToy(MakeFoldToy(9));
  EXPECT_TRUE(report.ok()) << report.problems[0];
}

TEST(FoldRounds, HonestProofsAreAccepted) {
  for (const Preset& preset : kPresets) {
    for (const int log_products : {9, 11}) {
      const Status status = VerifyFoldToy(ProveFoldToy(MakeFoldToy(log_products), preset), preset);
      EXPECT_TRUE(status.ok()) << status.message() << " " << preset.name;
    }
  }
}

TEST(FoldRounds, InstructionSetsAgree) {
  std::vector<std::vector<uint8_t>> proofs;
  for (const Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
    SetActiveIsa(isa);
    proofs.push_back(ProveFoldToy(MakeFoldToy(10), kFast100).proof);
  }
  SetActiveIsa(BestIsa());
  EXPECT_EQ(proofs[0], proofs[1]);
  EXPECT_EQ(proofs[0], proofs[2]);
}

// +1 in a claimed coefficient stands at the exponent 1, which garbage cannot reach.
TEST(FoldRounds, WrongClaimsAreRejected) {
  FoldToy wrong = MakeFoldToy(9);
  wrong.main[2].column(5)[3] += 1;
  EXPECT_FALSE(CheckFoldToy(wrong).ok());
  EXPECT_FALSE(VerifyFoldToy(ProveFoldToy(std::move(wrong), kFast100), kFast100).ok());

  FoldToy absorbing = MakeFoldToy(9);
  absorbing.main[2].column(5)[3] += 1;
  absorbing.added_garbage = Fp5(-1);
  EXPECT_FALSE(VerifyFoldToy(ProveFoldToy(std::move(absorbing), kFast100), kFast100).ok());
}

// Shares of one key may cancel, shares of different keys may not.
TEST(FoldRounds, AdditiveBusSumsByKey) {
  FoldToy cancel = MakeFoldToy(9);
  cancel.main[2].column(5)[0] += 1;
  cancel.main[2].column(5)[1] -= 1;
  EXPECT_TRUE(VerifyFoldToy(ProveFoldToy(std::move(cancel), kFast100), kFast100).ok());
  FoldToy across = MakeFoldToy(9);
  across.main[2].column(5)[0] += 1;
  across.main[2].column(5)[7] -= 1;
  EXPECT_FALSE(VerifyFoldToy(ProveFoldToy(std::move(across), kFast100), kFast100).ok());
}

TEST(FoldRounds, BothOfAPairAreLookedUp) {
  for (const size_t column : {6, 7, 8}) {
    FoldToy wrong = MakeFoldToy(9);
    wrong.main[2].column(column)[5] += 1;
    wrong.main[2].column(8)[5] =
        column == 8 ? Fp(82) : wrong.main[2].column(6)[5] * wrong.main[2].column(7)[5];
    EXPECT_FALSE(CheckFoldToy(wrong).ok()) << column;
    EXPECT_FALSE(VerifyFoldToy(ProveFoldToy(std::move(wrong), kFast100), kFast100).ok()) << column;
  }
}

TEST(FoldRounds, ModelTablesAreBoundByTheirRoot) {
  ProvenFoldToy proven = ProveFoldToy(MakeFoldToy(9), kFast100);
  proven.key.model_root[0] ^= 1;
  EXPECT_FALSE(VerifyFoldToy(proven, kFast100).ok());
  FoldToy other = MakeFoldToy(9);
  other.fixed[1].column(1)[0] += 1;
  EXPECT_NE(ProveFoldToy(std::move(other), kFast100).key.model_root,
            ProveFoldToy(MakeFoldToy(9), kFast100).key.model_root);
}

TEST(FoldRounds, ModelTablesArePresentAsInTheKey) {
  ProvenFoldToy proven = ProveFoldToy(MakeFoldToy(9), kFast100);
  proven.key.log_heights[1] = -1;
  const Status status = VerifyFoldToy(proven, kFast100);
  EXPECT_NE(status.message().find("forms has another height than in the key"), std::string::npos)
      << status.message();
}

// Roots and openings of the new trees are in the proof and matter.
TEST(FoldRounds, ChangedBytesAreRejected) {
  const ProvenFoldToy proven = ProveFoldToy(MakeFoldToy(9), kFast100);
  for (size_t at = 0; at < 3 + 3 * sizeof(Digest); at += 5) {
    ProvenFoldToy changed = proven;
    changed.proof[at] ^= 4;
    EXPECT_FALSE(VerifyFoldToy(changed, kFast100).ok()) << at;
  }
  for (size_t at = 200; at < proven.proof.size(); at += proven.proof.size() / 61) {
    ProvenFoldToy changed = proven;
    changed.proof[at] ^= 1;
    EXPECT_FALSE(VerifyFoldToy(changed, kFast100).ok()) << at;
  }
}

}  // namespace
}  // namespace zkvm
