// The journal's format byte by byte (docs/journal.md), and its hostile relatives.
#include "compiler/data/journal.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/compiler/data/data_files.h"

namespace zkvm::compiler {
namespace {

// A hashed input "x" of int8[1, 8] and an output "yz" of int16[1, 3] with a scale of 0.5.
Bytes Example() {
  Bytes bytes = {'Z', 'K', 'M', 'L', 1, 0, 2, 0,                   // version 1, 2 records
                 0,   2,   3,   2,   0, 0, 0, 0x3C, 1,   0, 0, 0,  // input, hash, int8, rank 2
                 1,   0,   0,   0,   8, 0, 0, 0,    'x', 0, 0, 0};
  for (int i = 0; i < 32; ++i) bytes.push_back(static_cast<uint8_t>(i));
  const Bytes output = {
      1,    1,    5, 2, 0, 0, 0, 0x3F, 2,   0,   0, 0,  // output, elements, int16, rank 2
      1,    0,    0, 0, 3, 0, 0, 0,    'y', 'z', 0, 0,  //
      0xFF, 0xFF, 2, 0, 0, 1, 0, 0};
  bytes.insert(bytes.end(), output.begin(), output.end());
  return bytes;
}

TEST(JournalTest, ReadsABlock) {
  const auto blocks = ParseJournal(Example());
  ASSERT_TRUE(blocks);
  ASSERT_EQ(blocks->size(), 1U);
  ASSERT_EQ(blocks->front().size(), 2U);
  const JournalRecord& input = blocks->front()[0];
  EXPECT_EQ(input.kind, model::RecordKind::kInput);
  EXPECT_EQ(input.name, "x");
  EXPECT_EQ(input.scale, 0.0078125F);
  EXPECT_EQ(input.type, (Type{DType::kInt8, {1, 8}}));
  ASSERT_TRUE(input.hash);
  EXPECT_FALSE(input.elements);
  EXPECT_EQ((*input.hash)[31], 31);
  const JournalRecord& output = blocks->front()[1];
  EXPECT_EQ(output.kind, model::RecordKind::kOutput);
  EXPECT_EQ(output.name, "yz");
  ASSERT_TRUE(output.elements);
  EXPECT_EQ(output.elements->ToInt64s(), (std::vector<int64_t>{-1, 2, 256}));
}

TEST(JournalTest, ReadsSeveralBlocksAndEmptyOnes) {
  Bytes two = Example();
  const Bytes more = Example();
  two.insert(two.end(), more.begin(), more.end());
  EXPECT_EQ(ParseJournal(two)->size(), 2U);
  const Bytes nothing = {'Z', 'K', 'M', 'L', 1, 0, 0, 0};
  ASSERT_TRUE(ParseJournal(nothing));
  EXPECT_TRUE(ParseJournal(nothing)->front().empty());
}

TEST(JournalTest, LeavesOtherJournalsAlone) {
  EXPECT_FALSE(ParseJournal({}));
  EXPECT_FALSE(ParseJournal(BytesOf("hello world, this is a program's own output")));
  const Bytes good = Example();
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ParseJournal(std::span(good).first(size))) << size;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(ParseJournal(longer));
}

// What has one meaning has one encoding.
TEST(JournalTest, RefusesOtherEncodings) {
  const auto with = [](size_t at, uint8_t value) {
    Bytes bytes = Example();
    bytes[at] = value;
    return ParseJournal(bytes).has_value();
  };
  EXPECT_TRUE(with(0, 'Z'));
  EXPECT_FALSE(with(4, 2));                     // version
  EXPECT_FALSE(with(6, 1));                     // records
  EXPECT_FALSE(with(8, 2));                     // kind
  EXPECT_FALSE(with(9, 0));                     // contents
  EXPECT_FALSE(with(10, 8));                    // strings
  EXPECT_FALSE(with(10, 99));                   // no type
  EXPECT_FALSE(with(11, 200));                  // rank
  EXPECT_FALSE(with(15, 0xBC));                 // a negative scale
  EXPECT_FALSE(with(19, 0xFF));                 // a name that is too long
  EXPECT_FALSE(with(29, 1));                    // padding of the name
  EXPECT_FALSE(with(Example().size() - 1, 1));  // padding of the elements
}

TEST(JournalTest, ClaimsOfSizeAreNotBelieved) {
  Bytes bytes = Example();
  const size_t extents = 8 + 12;
  for (size_t i = 0; i < 8; ++i) bytes[extents + i] = 0xFF;
  EXPECT_FALSE(ParseJournal(bytes));  // 2^64 hashed elements
  bytes = Example();
  const size_t output_extents = bytes.size() - 20;
  for (size_t i = 0; i < 4; ++i) bytes[output_extents + i] = 0xFF;
  EXPECT_FALSE(ParseJournal(bytes));
}

}  // namespace
}  // namespace zkvm::compiler
