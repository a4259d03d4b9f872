// A proof of the machine with any byte changed, and with any field of its key changed, is rejected;
// so is every other encoding of the same numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/programs.h"
#include "tests/soundness/proof_map.h"
#include "tests/support/prove_program.h"
#include "vm/machine.h"

namespace zkvm {
namespace {

class ProofMutation : public ::testing::TestWithParam<Preset> {
 protected:
  static void SetUpTestSuite() {
    for (const Preset& preset : kPresets) {
      const Guest guest = EveryInstruction();
      proven_.push_back(ProveProgram(guest.program, preset, {.input = guest.input}));
    }
  }
  static void TearDownTestSuite() { proven_.clear(); }

  const ProvenProgram& proven() const {
    return proven_[static_cast<size_t>(GetParam().id - kPresets[0].id)];
  }
  const VerifyingKey& key() const { return proven().key.verifying_key; }

  Status Verify(const std::vector<uint8_t>& proof) const { return Verify(key(), proof); }
  static Status Verify(const VerifyingKey& key, const std::vector<uint8_t>& proof) {
    VerifiedProof verified;
    return VerifyProof(key, proof, &verified);
  }

  std::vector<ProofSection> Sections() const {
    const std::vector<ProofSection> sections = ProofSections(key(), proven().proof);
    EXPECT_FALSE(sections.empty());
    return sections;
  }
  ProofSection Section(const std::string& name) const {
    for (const ProofSection& section : Sections()) {
      if (section.name == name) return section;
    }
    ADD_FAILURE() << "no section " << name;
    return {};
  }

 private:
  static std::vector<ProvenProgram> proven_;
};

std::vector<ProvenProgram> ProofMutation::proven_;

INSTANTIATE_TEST_SUITE_P(Presets, ProofMutation, ::testing::ValuesIn(kPresets),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(ProofMutation, SectionsCoverTheProof) {
  size_t at = 0;
  std::set<std::string> names;
  for (const ProofSection& section : Sections()) {
    EXPECT_EQ(section.begin, at);
    EXPECT_LT(section.begin, section.end) << section.name;
    EXPECT_TRUE(names.insert(section.name).second) << section.name;
    at = section.end;
  }
  EXPECT_EQ(at, proven().proof.size());
}

TEST_P(ProofMutation, No25_EveryRegionMatters) {
  std::mt19937 random(3);
  for (const ProofSection& section : Sections()) {
    // Both ends, and bytes between.
    std::set<size_t> places = {section.begin, section.end - 1};
    for (int i = 0; i < 25; ++i) {
      places.insert(section.begin + random() % (section.end - section.begin));
    }
    for (const size_t place : places) {
      std::vector<uint8_t> proof = proven().proof;
      proof[place] ^= static_cast<uint8_t>(1u << random() % 8);
      EXPECT_FALSE(Verify(proof).ok()) << section.name << ", byte " << place - section.begin;
    }
  }
}

TEST_P(ProofMutation, No25_EveryByteOfTheShortSectionsMatters) {
  for (const ProofSection& section : Sections()) {
    if (section.kind != ProofSection::kBytes && section.kind != ProofSection::kNonce) continue;
    for (size_t place = section.begin; place < section.end; ++place) {
      for (const uint8_t bit : {uint8_t{1}, uint8_t{128}}) {
        std::vector<uint8_t> proof = proven().proof;
        proof[place] ^= bit;
        EXPECT_FALSE(Verify(proof).ok()) << section.name << ", byte " << place - section.begin;
      }
    }
  }
}

TEST_P(ProofMutation, No26_MissingAndSurplusBytes) {
  for (const ProofSection& section : Sections()) {
    const size_t unit = section.kind == ProofSection::kDigests ? 32
                        : section.kind == ProofSection::kNonce ? 8
                                                               : 4;
    const auto at = static_cast<std::ptrdiff_t>(section.begin);
    const auto size = static_cast<std::ptrdiff_t>(std::min(unit, section.end - section.begin));
    std::vector<uint8_t> proof = proven().proof;
    proof.erase(proof.begin() + at, proof.begin() + at + size);
    EXPECT_FALSE(Verify(proof).ok()) << section.name << " shortened";
    proof = proven().proof;
    proof.insert(proof.begin() + at, proof.begin() + at, proof.begin() + at + size);
    EXPECT_FALSE(Verify(proof).ok()) << section.name << " lengthened";
    proof = proven().proof;
    proof.resize(section.begin);
    EXPECT_FALSE(Verify(proof).ok()) << "cut before " << section.name;
  }
  std::vector<uint8_t> proof = proven().proof;
  proof.push_back(0);
  EXPECT_FALSE(Verify(proof).ok());
}

TEST_P(ProofMutation, No26_ExchangedDigests) {
  for (const ProofSection& section : Sections()) {
    if (section.kind != ProofSection::kDigests || section.end - section.begin < 64) continue;
    std::vector<uint8_t> proof = proven().proof;
    const auto at = proof.begin() + static_cast<std::ptrdiff_t>(section.begin);
    if (std::equal(at, at + 32, at + 32)) continue;
    std::swap_ranges(at, at + 32, at + 32);
    EXPECT_FALSE(Verify(proof).ok()) << section.name;
  }
}

uint32_t WordAt(const std::vector<uint8_t>& bytes, size_t at) {
  uint32_t word = 0;
  for (size_t i = 4; i-- > 0;) word = word << 8 | bytes[at + i];
  return word;
}
void SetWordAt(std::vector<uint8_t>& bytes, size_t at, uint32_t word) {
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<uint8_t>(word >> (8 * i));
}

// x + p is x, but there is one encoding of every proof.
TEST_P(ProofMutation, No27_WordsThatAreNotCanonical) {
  for (const ProofSection& section : Sections()) {
    if (section.kind != ProofSection::kFieldWords) continue;
    size_t changed = 0;
    for (size_t at = section.begin; at < section.end && changed < 3; at += 4) {
      std::vector<uint8_t> proof = proven().proof;
      const uint32_t word = WordAt(proof, at);
      if (word > UINT32_MAX - Fp::kModulus) continue;
      SetWordAt(proof, at, word + Fp::kModulus);
      EXPECT_FALSE(Verify(proof).ok()) << section.name;
      ++changed;
    }
    EXPECT_GT(changed, 0u) << section.name;
  }
}

TEST_P(ProofMutation, No27_NoncesWithoutWorkAreZero) {
  const Preset& preset = GetParam();
  for (const ProofSection& section : Sections()) {
    if (section.kind != ProofSection::kNonce || section.name == "query nonce") continue;
    for (size_t i = section.begin; i < section.end; ++i) {
      EXPECT_EQ(proven().proof[i], 0) << section.name;
    }
    std::vector<uint8_t> proof = proven().proof;
    proof[section.begin] = 1;
    const Status status = Verify(proof);
    EXPECT_FALSE(status.ok());
    EXPECT_TRUE(status.message().starts_with("wrong proof of work")) << status.message();
  }
  EXPECT_EQ(preset.grind_bus | preset.grind_zeta | preset.grind_batch | preset.grind_fold, 0);
}

TEST_P(ProofMutation, No27_QueryNonceWithoutWork) {
  const ProofSection nonce = Section("query nonce");
  size_t refused = 0;
  for (uint32_t guess = 0; guess < 100; ++guess) {
    std::vector<uint8_t> proof = proven().proof;
    if (WordAt(proof, nonce.begin) == guess) continue;
    SetWordAt(proof, nonce.begin, guess);
    const Status status = Verify(proof);
    EXPECT_FALSE(status.ok());
    if (status.message() == "wrong proof of work before the queries") ++refused;
  }
  EXPECT_GE(refused, 98u);
}

TEST_P(ProofMutation, No27_HeightsOutOfBounds) {
  const ProofSection heights = Section("table heights");
  for (size_t t = 0; t < kNumTables; ++t) {
    const uint8_t honest = proven().proof[heights.begin + t];
    for (const int log_n : {0, 1, 8, 9, 16, 17, 18, 24, 25, 127, 128, 255}) {
      if (log_n == honest) continue;
      std::vector<uint8_t> proof = proven().proof;
      proof[heights.begin + t] = static_cast<uint8_t>(log_n);
      const Status status = Verify(proof);
      EXPECT_FALSE(status.ok()) << t << " " << log_n;
      const std::string name(Rv32Machine().tables[t].air->shape().name);
      if (log_n == 0 && !Rv32Machine().tables[t].optional) {
        EXPECT_EQ(status.message(), "table " + name + " is missing");
      }
      if ((log_n > 0 && log_n < kMinLogHeight) || log_n > kMaxLogHeight) {
        EXPECT_EQ(status.message(), "table " + name + " has an impossible height");
      }
    }
  }
}

TEST_P(ProofMutation, No22_AllHeightsAtTheirMost) {
  const ProofSection heights = Section("table heights");
  std::vector<uint8_t> proof = proven().proof;
  for (size_t t = 0; t < kNumTables; ++t) {
    const TableRule& rule = Rv32Machine().tables[t];
    const bool fixed = rule.air->shape().fixed_columns > 0;
    if (rule.optional && !fixed) proof[heights.begin + t] = kMaxLogHeight;
  }
  EXPECT_EQ(Verify(proof).message(),
            "the declared heights exceed the limit on executed instructions");
}

TEST_P(ProofMutation, No27_Presets) {
  const ProofSection preset = Section("preset");
  for (int id = 0; id < 256; ++id) {
    if (id == GetParam().id) continue;
    std::vector<uint8_t> proof = proven().proof;
    proof[preset.begin] = static_cast<uint8_t>(id);
    EXPECT_FALSE(Verify(proof).ok()) << id;
    VerifyingKey other = key();
    other.preset = static_cast<uint8_t>(id);
    if (FindPreset(other.preset) != nullptr) {
      EXPECT_FALSE(Verify(other, proof).ok());
    } else {
      EXPECT_FALSE(ParseKey(SerializeKey(other), &other).ok());
    }
  }
}

// Every field of the key enters vk_id, so a proof names another program then. Even a forger who
// renames it in the header does not get it accepted.
TEST_P(ProofMutation, No19_EveryFieldOfTheKey) {
  std::vector<VerifyingKey> others;
  const auto add = [&](const std::function<void(VerifyingKey&)>& change) {
    VerifyingKey other = key();
    change(other);
    others.push_back(other);
  };
  for (size_t i = 0; i < key().fixed_root.size(); ++i) {
    add([&](VerifyingKey& k) { k.fixed_root[i] ^= 1; });
  }
  for (size_t i = 0; i < key().log_heights.size(); ++i) {
    add([&](VerifyingKey& k) { k.log_heights[i] += 1; });
    add([&](VerifyingKey& k) { k.log_heights[i] = k.log_heights[i] == 9 ? 17 : 9; });
  }
  add([](VerifyingKey& k) { k.preset = 3 - k.preset; });
  add([](VerifyingKey& k) { k.entry += 4; });
  add([](VerifyingKey& k) { k.entry += Fp::kModulus; });
  add([](VerifyingKey& k) { k.image_base += 1; });
  add([](VerifyingKey& k) { k.zero_base -= 1; });

  ByteReader reader(proven().proof);
  ProofHeader header;
  ASSERT_TRUE(ParseHeader(reader, &header).ok());
  for (const VerifyingKey& other : others) {
    EXPECT_NE(ProgramId(other), ProgramId(key()));
    EXPECT_FALSE(Verify(other, proven().proof).ok());
    header.preset = other.preset;
    header.vk_id = CommitmentOf(other).vk_id;
    EXPECT_FALSE(Verify(other, WithHeader(proven().proof, header)).ok());
  }
}

TEST_P(ProofMutation, EveryByteOfTheKeyFile) {
  const std::vector<uint8_t> file = SerializeKey(key());
  for (size_t i = 0; i < file.size(); ++i) {
    std::vector<uint8_t> changed = file;
    changed[i] ^= 1;
    VerifyingKey other;
    if (!ParseKey(changed, &other).ok()) continue;
    EXPECT_FALSE(Verify(other, proven().proof).ok()) << i;
  }
}

}  // namespace
}  // namespace zkvm
