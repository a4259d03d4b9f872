// Real proofs of whole programs: honest ones are accepted with the right exit code and journal,
// and say nothing else than they say.
#include "vm/prove.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "stark/simd.h"
#include "tests/e2e/programs.h"
#include "tests/support/prove_program.h"
#include "tests/support/random_program.h"

namespace zkvm {
namespace {

ProvenProgram ProveGuest(const Guest& guest, const Preset& preset) {
  return ProveProgram(guest.program, preset, {.input = guest.input});
}

// Proves, verifies, and compares what was proven with what the guest must have published.
ProvenProgram ExpectProven(const Guest& guest, const Preset& preset) {
  ProvenProgram proven = ProveGuest(guest, preset);
  VerifiedProof verified;
  const Status status = VerifyProof(proven.key.verifying_key, proven.proof, &verified);
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(verified.outcome.exit_code, guest.exit_code);
  EXPECT_EQ(verified.outcome.journal, guest.journal);
  EXPECT_EQ(verified.preset, FindPreset(preset.id));
  return proven;
}

TEST(ProveTest, EveryInstructionUnderBothPresets) {
  for (const Preset& preset : kPresets) {
    const ProvenProgram proven = ExpectProven(EveryInstruction(), preset);
    for (const auto& steps : proven.record.steps) EXPECT_FALSE(steps.empty());
    EXPECT_FALSE(proven.record.notes.empty());
    EXPECT_FALSE(proven.record.refreshes.empty());
    EXPECT_FALSE(proven.record.zero_words.empty());
  }
}

TEST(ProveTest, HashesUnderBothPresets) {
  for (const Preset& preset : kPresets) {
    const ProvenProgram proven = ExpectProven(Hashes(), preset);
    EXPECT_EQ(proven.record.sha256.size(), 2U);
    EXPECT_EQ(proven.record.blake3.size(), 2U);
  }
}

TEST(ProveTest, DivisionCorners) { ExpectProven(DivisionCorners(), kFast100); }

TEST(ProveTest, StoresIntoTextChangeDataOnly) { ExpectProven(SelfModifyingData(), kFast100); }

TEST(ProveTest, IdleRegistersAreRefreshed) {
  EXPECT_FALSE(ExpectProven(IdleRegisters(), kFast100).record.refreshes.empty());
}

TEST(ProveTest, InputsOfEveryLength) {
  for (const size_t length : {0u, 1u, 4u, 1000u, 5000u}) {
    std::vector<uint8_t> input(length);
    for (size_t i = 0; i < length; ++i) input[i] = static_cast<uint8_t>(i * 37);
    ExpectProven(Echo(input), kFast100);
  }
}

TEST(ProveTest, ExitCodes) {
  for (const uint32_t code : {0u, 1u, 255u, 0x10000u, 0xFFFFFFFFu}) {
    ExpectProven(ExitsWith(code), kFast100);
  }
}

TEST(ProveTest, RandomPrograms) {
  for (uint32_t seed = 100; seed < 103; ++seed) {
    Asm a;
    RandomCode(a, seed).Emit(4, 60);
    for (int r = 1; r < 32; ++r) {
      a.mv(reg::a0, r);
      a.journal();
    }
    a.halt(0);
    a.label(RandomCode::kScratch);
    for (int i = 0; i < RandomCode::kScratchBytes / 4; ++i) a.word(0);
    Guest guest{a.Build(), {}, 0, {}};
    guest.journal = Execute(guest.program, {}).journal;
    ExpectProven(guest, kFast100);
  }
}

TEST(ProveTest, InstructionSetsGiveTheSameBytes) {
  const Guest guest = EveryInstruction();
  std::vector<std::vector<uint8_t>> proofs;
  for (const Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
    SetActiveIsa(isa);
    proofs.push_back(ProveGuest(guest, kFast100).proof);
  }
  SetActiveIsa(BestIsa());
  EXPECT_TRUE(proofs[0] == proofs[1]);
  EXPECT_TRUE(proofs[0] == proofs[2]);
}

// Whoever has the program can make the key again; every change of the program changes it.
TEST(ProveTest, KeysAreAFunctionOfTheProgram) {
  const Program program = EveryInstruction().program;
  const VerifyingKey key = MakeProvingKey(program, kFast100).verifying_key;
  EXPECT_EQ(MakeProvingKey(program, kFast100).verifying_key, key);
  const auto differs = [&](const auto& change) {
    Program other = program;
    change(other);
    return ProgramId(MakeProvingKey(other, kFast100).verifying_key) != ProgramId(key);
  };
  EXPECT_TRUE(differs([](Program& p) { p.text[1].k0 += 1; }));
  EXPECT_TRUE(differs([](Program& p) { p.text.pop_back(); }));
  EXPECT_TRUE(differs([](Program& p) { p.image.back() ^= 1; }));
  EXPECT_TRUE(differs([](Program& p) { p.image.push_back(0); }));
  EXPECT_TRUE(differs([](Program& p) { p.image_base -= 4; }));
  EXPECT_TRUE(differs([](Program& p) { p.entry += 4; }));
}

class StatementTest : public ::testing::Test {
 protected:
  StatementTest() : proven_(ProveGuest(Echo({1, 2, 3, 4, 5, 6, 7}), kFast100)) {
    ByteReader reader(proven_.proof);
    EXPECT_TRUE(ParseHeader(reader, &header_).ok());
  }

  Status Verify(const VerifyingKey& key, const ProofHeader& header) const {
    VerifiedProof verified;
    return VerifyProof(key, WithHeader(proven_.proof, header), &verified);
  }
  const VerifyingKey& key() const { return proven_.key.verifying_key; }

  ProvenProgram proven_;
  ProofHeader header_;
};

TEST_F(StatementTest, IsAcceptedAsItIs) { EXPECT_TRUE(Verify(key(), header_).ok()); }

TEST_F(StatementTest, BindsTheExitCode) {
  for (const uint32_t code : {1u, 0x10000u, 0xFFFFFFFFu, Fp::kModulus}) {
    header_.outcome.exit_code = code;
    EXPECT_FALSE(Verify(key(), header_).ok());
  }
}

TEST_F(StatementTest, BindsEveryJournalWord) {
  for (size_t i = 0; i < header_.outcome.journal.size(); ++i) {
    for (const uint32_t change : {1u, 0x80000000u}) {
      ProofHeader changed = header_;
      changed.outcome.journal[i] ^= change;
      EXPECT_FALSE(Verify(key(), changed).ok()) << i;
    }
  }
}

TEST_F(StatementTest, BindsTheLengthOfTheJournal) {
  ProofHeader changed = header_;
  changed.outcome.journal.pop_back();
  EXPECT_FALSE(Verify(key(), changed).ok());
  changed = header_;
  changed.outcome.journal.push_back(0);
  EXPECT_FALSE(Verify(key(), changed).ok());
  changed = header_;
  changed.outcome.journal.clear();
  EXPECT_FALSE(Verify(key(), changed).ok());
  changed = header_;
  std::swap(changed.outcome.journal[0], changed.outcome.journal[1]);
  EXPECT_FALSE(Verify(key(), changed).ok());
}

TEST_F(StatementTest, BindsTheProgram) {
  // Same shape, one constant different.
  const VerifyingKey other = MakeProvingKey(ExitsWith(1).program, kFast100).verifying_key;
  ProofHeader changed = header_;
  EXPECT_FALSE(Verify(other, changed).ok());
  // The header may claim the other program; the transcript does not.
  changed.vk_id = CommitmentOf(other).vk_id;
  EXPECT_FALSE(Verify(other, changed).ok());
  EXPECT_FALSE(Verify(key(), changed).ok());
}

TEST_F(StatementTest, BindsThePreset) {
  const VerifyingKey other =
      MakeProvingKey(Echo({1, 2, 3, 4, 5, 6, 7}).program, kStd100).verifying_key;
  EXPECT_FALSE(Verify(other, header_).ok());
  ProofHeader changed = header_;
  changed.preset = kStd100.id;
  EXPECT_FALSE(Verify(key(), changed).ok());
  changed.vk_id = CommitmentOf(other).vk_id;
  EXPECT_FALSE(Verify(other, changed).ok());
}

}  // namespace
}  // namespace zkvm
