// Proofs of the toy machine: honest ones are accepted under every instruction set and preset, and
// byte for byte the same; forged and altered ones are rejected.
#include "stark/prover.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "stark/simd.h"
#include "stark/verifier.h"
#include "tests/stark/toy_proof.h"

namespace zkvm {
namespace {

TEST(Checker, AcceptsTheHonestToy) {
  const CheckReport report = CheckToy(MakeToy(10, 9));
  EXPECT_TRUE(report.ok()) << report.problems[0];
}

TEST(Prover, HonestProofsAreAccepted) {
  for (const Preset& preset : kPresets) {
    for (const auto& [walkers, countdown] : {std::pair{9, 0}, {10, 9}, {9, 12}, {13, 11}}) {
      Toy toy = MakeToy(walkers, countdown);
      const Statement statement = toy.statement;
      const Proven proven = ProveToy(std::move(toy), preset);
      const Status status = VerifyToy(proven, statement, preset);
      EXPECT_TRUE(status.ok()) << status.message() << " " << preset.name << " " << walkers;
    }
  }
}

TEST(Prover, InstructionSetsAgree) {
  std::vector<std::vector<uint8_t>> proofs;
  for (const Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
    SetActiveIsa(isa);
    proofs.push_back(ProveToy(MakeToy(10, 9), kFast100).proof);
  }
  SetActiveIsa(BestIsa());
  EXPECT_EQ(proofs[0], proofs[1]);
  EXPECT_EQ(proofs[0], proofs[2]);
}

// A trace that breaks any one constraint or bus leads to a rejected proof.
TEST(Prover, ForgedTracesAreRejected) {
  struct Forgery {
    size_t table, column, row;
  };
  const std::vector<Forgery> forgeries = {{0, 0, 3}, {1, 0, 100}, {1, 1, 0}, {1, 3, 7},
                                          {1, 6, 9}, {2, 1, 0},   {2, 3, 5}, {2, 2, 510},
                                          {2, 4, 0}, {2, 0, 511}};
  for (const Forgery& f : forgeries) {
    Toy toy = MakeToy(10, 9);
    toy.main[f.table].column(f.column)[f.row] += 1;
    const bool fine = CheckToy(toy).ok();
    const Statement statement = toy.statement;
    const Proven proven = ProveToy(std::move(toy), kFast100);
    EXPECT_EQ(VerifyToy(proven, statement, kFast100).ok(), fine)
        << "table " << f.table << " column " << f.column << " row " << f.row;
  }
}

TEST(Verifier, RejectsOtherStatements) {
  Toy toy = MakeToy(9, 9);
  const Statement statement = toy.statement;
  const Proven proven = ProveToy(std::move(toy), kFast100);
  ASSERT_TRUE(VerifyToy(proven, statement, kFast100).ok());

  Statement other = statement;
  other.items[0][0] ^= 1;
  EXPECT_FALSE(VerifyToy(proven, other, kFast100).ok());
  other = statement;
  other.consumed[0][1] += 1;
  EXPECT_FALSE(VerifyToy(proven, other, kFast100).ok());
  other = statement;
  other.messages[0].fields[1] += 1;
  EXPECT_FALSE(VerifyToy(proven, other, kFast100).ok());
  EXPECT_FALSE(VerifyToy(proven, statement, kStd100).ok());
  Proven swapped = proven;
  swapped.key.root[0] ^= 1;
  EXPECT_FALSE(VerifyToy(swapped, statement, kFast100).ok());
  swapped = proven;
  swapped.key.vk_id[0] ^= 1;
  EXPECT_FALSE(VerifyToy(swapped, statement, kFast100).ok());
}

TEST(Verifier, RejectsEveryChangedByteRegion) {
  Toy toy = MakeToy(9, 9);
  const Statement statement = toy.statement;
  Proven proven = ProveToy(std::move(toy), kFast100);
  std::mt19937 random(11);
  for (size_t i = 0; i < proven.proof.size(); i += 1 + random() % (i < 6000 ? 37 : 1500)) {
    const uint8_t bit = static_cast<uint8_t>(1U << (random() % 8));
    proven.proof[i] ^= bit;
    EXPECT_FALSE(VerifyToy(proven, statement, kFast100).ok()) << "byte " << i;
    proven.proof[i] ^= bit;
  }
  for (const size_t size :
       {size_t{0}, size_t{1}, size_t{40}, proven.proof.size() / 2, proven.proof.size() - 1}) {
    Proven cut = proven;
    cut.proof.resize(size);
    EXPECT_FALSE(VerifyToy(cut, statement, kFast100).ok()) << "cut to " << size;
  }
  proven.proof.push_back(0);
  EXPECT_FALSE(VerifyToy(proven, statement, kFast100).ok());
}

}  // namespace
}  // namespace zkvm
