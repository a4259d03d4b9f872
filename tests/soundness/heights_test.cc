// What a proof may declare of the heights of its tables (protocol.md, section 6, lines 5-8, and
// attacks 22 and 27 of section 13).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "stark/machine.h"
#include "tests/stark/toy_proof.h"

namespace zkvm {
namespace {

const FixedCommitment kFixed{{}, {}, {9, -1, -1}};

Heights Declared(std::vector<int> log_heights) {
  Heights heights{std::move(log_heights), 0};
  for (const int log_n : heights.log_heights) heights.log_k = std::max(heights.log_k, log_n);
  return heights;
}

std::string Complaint(const Machine& machine, const FixedCommitment& fixed,
                      std::vector<int> log_heights, const Preset& preset = kFast100) {
  return CheckHeights(machine, preset, fixed, {}, Declared(std::move(log_heights))).message();
}

TEST(HeightsTest, HonestOnesAreAccepted) {
  for (const auto& heights : {std::vector{9, 9, -1}, {9, 20, -1}, {9, 9, 24}, {9, 12, 10}}) {
    EXPECT_EQ(Complaint(ToyMachine(), kFixed, heights), "");
  }
}

TEST(HeightsTest, No27_OutOfBounds) {
  for (const int log_n : {1, 8, 25, 64, 127, 255}) {
    EXPECT_EQ(Complaint(ToyMachine(), kFixed, {9, log_n, -1}),
              "table walker has an impossible height");
    EXPECT_EQ(Complaint(ToyMachine(), kFixed, {9, 9, log_n}),
              "table countdown has an impossible height");
  }
}

TEST(HeightsTest, No27_MandatoryTableAbsent) {
  EXPECT_EQ(Complaint(ToyMachine(), kFixed, {9, -1, 9}), "table walker is missing");
  EXPECT_EQ(Complaint(ToyMachine(), kFixed, {-1, 9, 9}), "table squares is missing");
}

TEST(HeightsTest, PreprocessedHeightIsTheKeys) {
  EXPECT_EQ(Complaint(ToyMachine(), kFixed, {10, 9, 9}),
            "table squares has another height than in the key");
}

TEST(HeightsTest, TheDomainHasATwoAdicRoot) {
  Preset preset = kFast100;
  preset.log_blowup = 4;
  EXPECT_EQ(Complaint(ToyMachine(), kFixed, {9, 9, 24}, preset),
            "the tallest table is too tall for this preset");
}

TEST(HeightsTest, No22_TimedRowsAreBounded) {
  EXPECT_EQ(Complaint(ToyMachine(), kFixed, {9, 20, 24}), "");
  EXPECT_EQ(Complaint(ToyMachine(), kFixed, {9, 21, 9}),
            "the declared heights exceed the limit on executed instructions");
}

// Walker looks squares up three times a row: p / 2^24 rows are reached by 40 such tables. Then p
// lookups of one false square would count as none.
TEST(HeightsTest, No22_MultiplicitiesCannotWrap) {
  Machine machine = ToyMachine();
  FixedCommitment fixed = kFixed;
  std::vector<int> log_heights = {9, 24, -1};
  machine.max_timed_rows = uint64_t{1} << 40;
  const auto add = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) {
      machine.tables.push_back(machine.tables[1]);
      fixed.log_heights.push_back(-1);
      log_heights.push_back(24);
    }
  };
  add(38);  // 39 tables: 39 * 3 * (2^24 - 1) < p
  EXPECT_EQ(Complaint(machine, fixed, log_heights), "");
  add(1);  // 40 * 3 * (2^24 - 1) = 120 * 2^24 - 120, just below p = 120 * 2^24 + 1
  EXPECT_EQ(Complaint(machine, fixed, log_heights), "");
  add(1);
  EXPECT_EQ(Complaint(machine, fixed, log_heights),
            "the declared heights allow 2^31 or more messages on bus 1");
}

// What the bound prevents, where p lookups are few: in the field of 127 elements 127 lookups of a
// false message balance without a provider, at every challenge.
TEST(HeightsTest, No22_WithoutTheBoundAFalseMessageIsFree) {
  constexpr int kPrime = 127;
  const auto inverse = [](int x) {
    int result = 1;
    for (int i = 0; i < kPrime - 2; ++i) result = result * x % kPrime;
    return result;
  };
  constexpr int kFalseMessage = 5;
  for (int alpha = 0; alpha < kPrime; ++alpha) {
    if (alpha == kFalseMessage) continue;
    int sum = 0;
    for (int row = 0; row < kPrime; ++row) {
      sum = (sum + inverse((alpha - kFalseMessage + kPrime) % kPrime)) % kPrime;
      EXPECT_EQ(sum == 0, row + 1 == kPrime);
    }
  }
}

// On an exact bus both sides count, and so do the verifier's own messages.
TEST(HeightsTest, No22_ExactBusesCountBothSides) {
  Machine machine = ToyMachine();
  FixedCommitment fixed = kFixed;
  std::vector<int> log_heights = {9, 9, 24};
  for (int i = 0; i < 119; ++i) {
    machine.tables.push_back(machine.tables[2]);
    fixed.log_heights.push_back(-1);
    log_heights.push_back(24);
  }
  // 120 tables of 2^24 - 1 messages: p - 121 of them.
  Statement statement;
  const PublicMessage message{{2, "STARTS", 2, BusKind::kExact}, -1, {1, 1}};
  statement.messages.assign(120, message);
  EXPECT_TRUE(CheckHeights(machine, kFast100, fixed, statement, Declared(log_heights)).ok());
  statement.messages.push_back(message);
  EXPECT_EQ(CheckHeights(machine, kFast100, fixed, statement, Declared(log_heights)).message(),
            "the declared heights allow 2^31 or more messages on bus 2");
}

}  // namespace
}  // namespace zkvm
