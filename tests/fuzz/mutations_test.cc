// The fuzz entries on thousands of fixed mutations of valid inputs: no crash, no broken promise,
// nothing accepted that was changed, and no memory beyond a multiple of the input. Proofs are of
// the toy machine, whose prover is small enough for a sanitizer build; the machine's own verifier
// gets its header, key and heights, and noise.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "stark/verifier.h"
#include "tests/fuzz/counted_memory.h"
#include "tests/fuzz/entries.h"
#include "tests/fuzz/mutator.h"
#include "tests/stark/toy_proof.h"
#include "tests/support/assembler.h"
#include "tests/support/elf_builder.h"
#include "vm/machine.h"
#include "vm/proof.h"

namespace zkvm {
namespace {

// Bytes allocated at once by `body` beyond what lived before.
template <class Body>
size_t PeakMemory(const Body& body) {
  const size_t before = LiveBytes();
  ResetPeak();
  body();
  return PeakBytes() - before;
}

std::vector<uint8_t> Mutated(std::mt19937& random, std::vector<uint8_t> bytes) {
  const std::vector<uint8_t> original = bytes;
  do {
    for (size_t i = random() % 3 + 1; i != 0; --i) Mutate(random, bytes);
  } while (bytes == original);
  return bytes;
}

TEST(MutationsTest, Elf) {
  Asm a;
  a.function("main");
  a.li(reg::t0, 3);
  a.function("other");
  a.halt(0);
  const Program program = a.Build();
  const std::vector<uint8_t> text = BytesOf(program.image);
  const std::vector<uint8_t> good =
      BuildElf(program.entry, {{program.text_base, text, static_cast<uint32_t>(text.size()) + 64}},
               program.symbols);
  ASSERT_TRUE(TryElf(good));
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) TryElf(Mutated(random, good));
}

VerifyingKey SomeKey() {
  VerifyingKey key;
  key.preset = kFast100.id;
  for (const TableRule& rule : Rv32Machine().tables) {
    if (rule.air->shape().fixed_columns == 0) continue;
    (rule.air->shape().model ? key.model_log_heights : key.log_heights).push_back(9);
  }
  key.entry = 0x10000;
  key.image_base = 0x4000;
  key.zero_base = 0x4100;
  return key;
}

TEST(MutationsTest, Key) {
  const std::vector<uint8_t> good = SerializeKey(SomeKey());
  ASSERT_TRUE(TryKey(good));
  std::mt19937 random(2);
  for (int i = 0; i < 5000; ++i) TryKey(Mutated(random, good));
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(TryKey(std::span(good).first(size)));
  }
}

// The STARK begins with declared heights and is noise from there on.
TEST(MutationsTest, HeaderAndHeights) {
  const VerifyingKey key = SomeKey();
  const std::vector<uint8_t> key_file = SerializeKey(key);
  std::mt19937 random(3);
  for (int i = 0; i < 2000; ++i) {
    std::vector<uint8_t> proof = SerializeHeader(
        {key.preset, CommitmentOf(key).vk_id, {0, std::vector<uint32_t>(random() % 5)}});
    for (const TableRule& rule : Rv32Machine().tables) {
      const size_t log_n = rule.optional ? random() % 26 : 9;
      proof.push_back(static_cast<uint8_t>(log_n < 9 ? 0 : log_n));
    }
    const size_t noise = random() % (i % 100 == 0 ? 1000000 : 3000);
    for (size_t k = 0; k < noise; ++k) proof.push_back(static_cast<uint8_t>(random() % 64));
    const std::vector<uint8_t> input = JoinKeyAndProof(key_file, proof);
    const size_t peak = PeakMemory([&] { EXPECT_FALSE(TryProof(input)); });
    EXPECT_LE(peak, (size_t{1} << 20) + 16 * input.size());
    TryProof(Mutated(random, input));
  }
}

TEST(MutationsTest, ClaimedJournalIsNotAllocated) {
  const VerifyingKey key = SomeKey();
  std::vector<uint8_t> proof = SerializeHeader({key.preset, CommitmentOf(key).vk_id, {}});
  proof[proof.size() - 2] = 0x10;  // 2^20 words
  const std::vector<uint8_t> input = JoinKeyAndProof(SerializeKey(key), proof);
  EXPECT_LE(PeakMemory([&] { EXPECT_FALSE(TryProof(input)); }), size_t{1} << 16);
}

TEST(MutationsTest, Proof) {
  for (const Preset& preset : kPresets) {
    Toy toy = MakeToy(9, 9);
    const Statement statement = toy.statement;
    Proven proven = ProveToy(std::move(toy), preset);
    const std::vector<uint8_t> good = proven.proof;
    ASSERT_TRUE(VerifyToy(proven, statement, preset).ok());
    std::mt19937 random(4);
    for (int i = 0; i < 2500; ++i) {
      proven.proof = Mutated(random, good);
      const size_t peak = PeakMemory(
          [&] { EXPECT_FALSE(VerifyToy(proven, statement, preset).ok()) << "mutation " << i; });
      EXPECT_LE(peak, (size_t{1} << 20) + 16 * proven.proof.size());
    }
  }
}

}  // namespace
}  // namespace zkvm
