// Keys and proof headers: one encoding each, and nothing else gets through.
#include "vm/key.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "vm/machine.h"
#include "vm/proof.h"

namespace zkvm {
namespace {

// As vm/key.cc wants it.
std::string Initializer(const Digest& digest) {
  std::string text = "const Digest kMachineId{\n   ";
  for (size_t i = 0; i < digest.size(); ++i) {
    std::array<char, 8> byte{};
    std::snprintf(byte.data(), byte.size(), " 0x%02x%s", digest[i],
                  i + 1 < digest.size() ? "," : "};");
    text += byte.data();
    if (i % 12 == 11) text += "\n   ";
  }
  return text;
}

VerifyingKey SomeKey() {
  VerifyingKey key;
  key.preset = kStd100.id;
  for (size_t i = 0; i < key.fixed_root.size(); ++i) key.fixed_root[i] = static_cast<uint8_t>(i);
  key.log_heights = {12, 11, 17, 16, 9};
  key.entry = 0x1004;
  key.image_base = 0x400;
  key.zero_base = 0x523;
  for (size_t i = 0; i < key.model_root.size(); ++i) key.model_root[i] = static_cast<uint8_t>(~i);
  key.model_log_heights = {10, 12, 0, 9, 0};
  return key;
}

ProofHeader SomeHeader() {
  return {kFast100.id, CommitmentOf(SomeKey()).vk_id, {7, {1, 0xFFFFFFFF, 0x12345678}}};
}

Status Parse(std::span<const uint8_t> bytes) {
  VerifyingKey key;
  return ParseKey(bytes, &key);
}

Status ParseWholeHeader(std::span<const uint8_t> bytes, ProofHeader* header) {
  ByteReader reader(bytes);
  return ParseHeader(reader, header);
}

// Offsets of docs/proof-format.md.
constexpr size_t kFormatAt = 4;
constexpr size_t kPresetAt = 6;
constexpr size_t kZeroKnowledgeAt = 7;
constexpr size_t kKeyMachineAt = 8;
constexpr size_t kKeyFixedRootAt = 40;
constexpr size_t kKeyHeightsAt = 72;
constexpr size_t kKeyModelRootAt = 89;
constexpr size_t kKeyModelHeightsAt = 121;
constexpr size_t kKeySize = 126;
constexpr size_t kHeaderLengthAt = 44;
constexpr size_t kHeaderJournalAt = 48;

TEST(MachineIdTest, IsTheHashOfTheConstraints) {
  const Digest id = MachineId(Rv32Machine());
  EXPECT_EQ(kMachineId, id) << "A table, constraint or bus of the machine has changed, and with it "
                               "every key and program id. If that is meant, vm/key.cc needs\n\n"
                            << Initializer(id) << "\n";
}

TEST(KeyTest, RoundTrip) {
  const std::vector<uint8_t> bytes = SerializeKey(SomeKey());
  EXPECT_EQ(bytes.size(), kKeySize);
  VerifyingKey key;
  const Status status = ParseKey(bytes, &key);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(key, SomeKey());
}

TEST(KeyTest, EveryBitIsRejectedOrChangesTheId) {
  const std::vector<uint8_t> bytes = SerializeKey(SomeKey());
  const Digest program_id = ProgramId(SomeKey());
  const Digest model_id = ModelId(SomeKey());
  const Digest vk_id = CommitmentOf(SomeKey()).vk_id;
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::vector<uint8_t> changed = bytes;
      changed[i] = static_cast<uint8_t>(changed[i] ^ 1 << bit);
      VerifyingKey key;
      if (!ParseKey(changed, &key).ok()) continue;
      const bool of_model = i >= kKeyModelRootAt;
      EXPECT_EQ(ProgramId(key) == program_id, of_model) << "byte " << i << " bit " << bit;
      const bool of_program = kKeyFixedRootAt <= i && i < kKeyModelRootAt;
      EXPECT_EQ(ModelId(key) == model_id, of_program) << "byte " << i << " bit " << bit;
      EXPECT_NE(CommitmentOf(key).vk_id, vk_id) << "byte " << i << " bit " << bit;
      EXPECT_EQ(SerializeKey(key), changed) << "byte " << i << " bit " << bit;
    }
  }
}

TEST(KeyTest, OtherLengthsAreRejected) {
  const std::vector<uint8_t> bytes = SerializeKey(SomeKey());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Parse(std::span(bytes).first(size)).ok()) << size;
  }
  for (const size_t surplus : {size_t{1}, size_t{5}, size_t{1} << 20}) {
    std::vector<uint8_t> longer = bytes;
    longer.resize(longer.size() + surplus);
    EXPECT_FALSE(Parse(longer).ok()) << surplus;
  }
}

TEST(KeyTest, ErrorsNameTheField) {
  const auto error_with = [](size_t at, uint8_t value) {
    std::vector<uint8_t> bytes = SerializeKey(SomeKey());
    bytes[at] = value;
    return Parse(bytes).message();
  };
  const auto mentions = [](const std::string& message, const char* word) {
    EXPECT_NE(message.find(word), std::string::npos) << '"' << message << "\" lacks " << word;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  };
  mentions(error_with(0, 'z'), "ZKVK");
  mentions(error_with(3, 'P'), "ZKVK");
  mentions(error_with(kFormatAt, kFormatVersion + 1), "format version");
  mentions(error_with(kPresetAt, 0), "preset 0");
  mentions(error_with(kPresetAt, 200), "preset 200");
  mentions(error_with(kZeroKnowledgeAt, 1), "zero knowledge");
  mentions(error_with(kKeyMachineAt, static_cast<uint8_t>(kMachineId[0] + 1)), "machine");
  for (const int log_n : {0, kMinLogHeight - 1, kMaxLogHeight + 1, 255}) {
    for (size_t t = 0; t < 5; ++t) {
      mentions(error_with(kKeyHeightsAt + t, static_cast<uint8_t>(log_n)), "height");
      if (log_n == 0) continue;
      mentions(error_with(kKeyModelHeightsAt + t, static_cast<uint8_t>(log_n)), "height");
    }
  }
}

TEST(KeyTest, AModelIsRootAndHeightsOrNeither) {
  VerifyingKey key = SomeKey();
  key.model_log_heights = {0, 0, 0, 0, 0};
  EXPECT_NE(Parse(SerializeKey(key)).message().find("model"), std::string::npos);
  key.model_root = {};
  EXPECT_TRUE(Parse(SerializeKey(key)).ok());
  EXPECT_EQ(ModelId(key), Digest{});
  EXPECT_EQ(ProgramId(key), ProgramId(SomeKey()));
  EXPECT_NE(CommitmentOf(key).vk_id, CommitmentOf(SomeKey()).vk_id);
}

TEST(KeyTest, HeightsBelongToTheTablesWithFixedColumns) {
  const VerifyingKey key = SomeKey();
  const FixedCommitment commitment = CommitmentOf(key);
  EXPECT_EQ(commitment.root, key.fixed_root);
  EXPECT_EQ(commitment.model_root, key.model_root);
  ASSERT_EQ(commitment.log_heights.size(), kNumTables);
  EXPECT_EQ(commitment.log_heights[kTableOf<ProgramTable>], 12);
  EXPECT_EQ(commitment.log_heights[kTableOf<Image>], 11);
  EXPECT_EQ(commitment.log_heights[kTableOf<RangeTable>], 17);
  EXPECT_EQ(commitment.log_heights[kTableOf<ByteTable>], 16);
  EXPECT_EQ(commitment.log_heights[kTableOf<MiscTable>], 9);
  EXPECT_EQ(commitment.log_heights[kTableOf<tensor::MicroTable>], 10);
  EXPECT_EQ(commitment.log_heights[kTableOf<tensor::LutTable>], 12);
  EXPECT_EQ(commitment.log_heights[kTableOf<tensor::Pow>], -1);
  EXPECT_EQ(commitment.log_heights[kTableOf<tensor::Weight<64>>], 9);
  EXPECT_EQ(commitment.log_heights[kTableOf<tensor::Weight<256>>], -1);
  MachineChips::ForEach([&]<class Chip>() {
    if (!kIsModelTable<Chip>) {
      EXPECT_EQ(commitment.log_heights[kTableOf<Chip>] >= 0, kIsFixed<Chip>) << Chip::kName;
    }
  });
}

TEST(ProofHeaderTest, RoundTripLeavesTheRest) {
  std::vector<uint8_t> bytes = SerializeHeader(SomeHeader());
  EXPECT_EQ(bytes.size(), kHeaderJournalAt + 4 * SomeHeader().outcome.journal.size());
  bytes.push_back(99);
  ByteReader reader(bytes);
  ProofHeader header;
  const Status status = ParseHeader(reader, &header);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(header.preset, SomeHeader().preset);
  EXPECT_EQ(header.vk_id, SomeHeader().vk_id);
  EXPECT_EQ(header.outcome.exit_code, SomeHeader().outcome.exit_code);
  EXPECT_EQ(header.outcome.journal, SomeHeader().outcome.journal);
  EXPECT_EQ(reader.left(), 1u);
}

TEST(ProofHeaderTest, EveryPrefixIsCutOff) {
  const std::vector<uint8_t> bytes = SerializeHeader(SomeHeader());
  for (size_t size = 0; size < bytes.size(); ++size) {
    ProofHeader header;
    EXPECT_FALSE(ParseWholeHeader(std::span(bytes).first(size), &header).ok()) << size;
  }
}

TEST(ProofHeaderTest, EveryAcceptedByteStringIsTheEncodingOfItsHeader) {
  const std::vector<uint8_t> bytes = SerializeHeader(SomeHeader());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::vector<uint8_t> changed = bytes;
      changed[i] = static_cast<uint8_t>(changed[i] ^ 1 << bit);
      ByteReader reader(changed);
      ProofHeader header;
      if (!ParseHeader(reader, &header).ok()) continue;
      const std::vector<uint8_t> again = SerializeHeader(header);
      ASSERT_EQ(again.size() + reader.left(), changed.size());
      changed.resize(again.size());
      EXPECT_EQ(again, changed) << "byte " << i << " bit " << bit;
    }
  }
}

TEST(ProofHeaderTest, JournalLengthsThatDoNotFit) {
  for (const uint32_t words : {4u, kMaxJournalWords, kMaxJournalWords + 1, 0x40000000u, ~0u}) {
    std::vector<uint8_t> bytes = SerializeHeader(SomeHeader());
    for (size_t i = 0; i < 4; ++i) {
      bytes[kHeaderLengthAt + i] = static_cast<uint8_t>(words >> (8 * i));
    }
    ProofHeader header;
    const Status status = ParseWholeHeader(bytes, &header);
    EXPECT_FALSE(status.ok()) << words;
    EXPECT_NE(status.message().find("journal"), std::string::npos) << status.message();
  }
}

TEST(ProofHeaderTest, LongestJournal) {
  ProofHeader header = SomeHeader();
  header.outcome.journal.assign(kMaxJournalWords, 5);
  ProofHeader parsed;
  EXPECT_TRUE(ParseWholeHeader(SerializeHeader(header), &parsed).ok());
  header.outcome.journal.push_back(5);
  EXPECT_FALSE(ParseWholeHeader(SerializeHeader(header), &parsed).ok());
}

TEST(ProofHeaderTest, RandomBytes) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::vector<uint8_t> bytes = SerializeHeader(SomeHeader());
    bytes.resize(random() % (2 * bytes.size()));
    for (size_t k = i % 2 == 0 ? 0 : kPresetAt; k < bytes.size(); ++k) {
      bytes[k] = static_cast<uint8_t>(random());
    }
    VerifiedProof verified;
    EXPECT_FALSE(VerifyProof(SomeKey(), bytes, &verified).ok());
    EXPECT_FALSE(Parse(bytes).ok());
  }
}

TEST(ProofTest, WhatComesBeforeTheStark) {
  const auto error_of = [](const ProofHeader& header, const std::vector<uint8_t>& rest) {
    std::vector<uint8_t> bytes = SerializeHeader(header);
    bytes.insert(bytes.end(), rest.begin(), rest.end());
    VerifiedProof verified;
    const Status status = VerifyProof(SomeKey(), bytes, &verified);
    EXPECT_EQ(verified.preset, nullptr);
    return status.ok() ? "accepted" : status.message();
  };
  const auto mentions = [](const std::string& message, const char* word) {
    EXPECT_NE(message.find(word), std::string::npos) << '"' << message << "\" lacks " << word;
  };
  ProofHeader header = SomeHeader();
  mentions(error_of(header, {}), "another preset");
  header.preset = SomeKey().preset;
  mentions(error_of(header, {}), "cut off");
  header.vk_id[31] = static_cast<uint8_t>(header.vk_id[31] ^ 1);
  mentions(error_of(header, {}), "another program");
  header.vk_id = SomeHeader().vk_id;

  // Only the fixed tables and one instruction table.
  std::vector<uint8_t> heights(kNumTables);
  heights[kTableOf<ProgramTable>] = 12;
  heights[kTableOf<Image>] = 11;
  heights[kTableOf<RangeTable>] = 17;
  heights[kTableOf<ByteTable>] = 16;
  heights[kTableOf<MiscTable>] = 9;
  heights[kTableOf<tensor::MicroTable>] = 10;
  heights[kTableOf<tensor::LutTable>] = 12;
  heights[kTableOf<tensor::Weight<64>>] = 9;
  heights[kTableOf<AddSub>] = 9;
  mentions(error_of(header, heights), "main root");
  for (const int log_n : {1, kMinLogHeight - 1, kMaxLogHeight + 1, 255}) {
    std::vector<uint8_t> changed = heights;
    changed[kTableOf<AddSub>] = static_cast<uint8_t>(log_n);
    mentions(error_of(header, changed), "add_sub has an impossible height");
  }
  for (const size_t t : {kTableOf<ProgramTable>, kTableOf<Image>, kTableOf<RangeTable>,
                         kTableOf<ByteTable>, kTableOf<MiscTable>, kTableOf<tensor::LutTable>}) {
    std::vector<uint8_t> changed = heights;
    changed[t] = 0;
    mentions(error_of(header, changed), "is missing");
    changed[t] = static_cast<uint8_t>(heights[t] + 1);
    mentions(error_of(header, changed), "another height than in the key");
  }
  std::vector<uint8_t> changed = heights;
  changed[kTableOf<tensor::Pow>] = 9;  // which the key does not have
  mentions(error_of(header, changed), "another height than in the key");
  changed = heights;
  for (size_t t = kTableOf<AddSub>; t < kTableOf<AddSub> + 5; ++t) changed[t] = kMaxLogHeight;
  mentions(error_of(header, changed), "limit on executed instructions");
}

TEST(ProofTest, LongerThanTheLimit) {
  VerifiedProof verified;
  const Status status = VerifyProof(SomeKey(), std::vector<uint8_t>(kMaxProofBytes + 1), &verified);
  EXPECT_NE(status.message().find("64 MiB"), std::string::npos) << status.message();
}

}  // namespace
}  // namespace zkvm
