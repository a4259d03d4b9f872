#include "vm/machine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "stark/air/air.h"
#include "stark/air/row_builder.h"
#include "tests/support/script.h"
#include "vm/program_fixed.h"

namespace zkvm {
namespace {

TEST(MachineTest, TablesInOrder) {
  const Machine& machine = Rv32Machine();
  ASSERT_EQ(machine.tables.size(), kNumTables);
  size_t t = 0;
  std::set<std::string_view> names;
  MachineChips::ForEach([&]<class Chip>() {
    const TableRule& rule = machine.tables[t];
    const AirShape& shape = rule.air->shape();
    EXPECT_EQ(kTableOf<Chip>, t);
    EXPECT_EQ(shape.name, Chip::kName);
    EXPECT_TRUE(names.insert(shape.name).second) << shape.name;
    EXPECT_EQ(rule.optional, shape.fixed_columns == 0 || shape.model) << shape.name;
    ++t;
  });
  InstructionChips::ForEach([&]<class Chip>() {
    const TableRule& rule = machine.tables[t];
    EXPECT_EQ(kSecondPartOf<Chip>, t);
    EXPECT_EQ(rule.air, machine.tables[kTableOf<Chip>].air);
    EXPECT_TRUE(rule.optional && rule.timed) << Chip::kName;
    ++t;
  });
}

TEST(MachineTest, TablesThatMoveTheStateAreTimed) {
  // A table is timed if and only if it has a tuple of the state.
  const std::vector<Fp5> constants(tensor::kNumConstants);
  MachineChips::ForEach([&]<class Chip>() {
    RowBuilder b(constants);
    Chip::Constrain(b, WindowFor<Chip, RowBuilder>());
    bool moves = false;
    for (const RowBuilder::TuplePair& pair : b.exchanges) {
      moves |= pair.consumed[0] == Fp(kSpaceState);
    }
    EXPECT_EQ(moves, kIsTimed<Chip>) << Chip::kName;
  });
}

TEST(MachineTest, LongestProofKeepsMultiplicitiesBelowP) {
  // All of max_timed_rows in the table with the most lookups on a bus, beside a full zero_memory.
  // Precompiles can look up more; there the bound on the messages of a bus refuses the heights.
  const Machine& machine = Rv32Machine();
  for (const Bus& bus : {kRange, kProgram, kBytes, kPair, kShift, kMul64}) {
    uint64_t most_timed = 0;
    uint64_t untimed = 0;
    for (size_t t = 0; t < Rv32Chips::kSize; ++t) {
      const TableRule& rule = machine.tables[t];
      for (const BusUse& use : rule.air->shape().buses) {
        if (use.bus.id != bus.id) continue;
        if (rule.timed) most_timed = std::max<uint64_t>(most_timed, use.consumed);
        if (!rule.timed) untimed += use.consumed << kMaxLogHeight;
      }
    }
    EXPECT_LT(most_timed * machine.max_timed_rows + untimed, Fp::kModulus) << bus.name;
  }
}

std::vector<uint32_t> RowOf(const Matrix& table, size_t i) {
  std::vector<uint32_t> row;
  for (size_t j = 0; j < table.cols(); ++j) row.push_back(table.column(j)[i].Value());
  return row;
}

class FixedTablesTest : public ::testing::Test {
 protected:
  FixedTablesTest() {
    script_.Run({.op = Op::kXor, .immediate = true, .rd = 3, .rs1 = 4, .k0 = 0xFFFF, .k1 = 0xFFFF});
    script_.Run({.op = Op::kAddi, .rd = 3, .rs1 = 4, .k0 = -5});
    script_.Halt(0);
    fixed_ = MakeProgramFixed(script_.program());
  }
  template <class Chip>
  const Matrix& Table() const {
    return fixed_.columns[kTableOf<Chip>];
  }

  Script script_{{7, 0xABCD1234}};
  ProgramFixed fixed_;
};

TEST_F(FixedTablesTest, OnlyFixedTablesHaveColumns) {
  MachineChips::ForEach([&]<class Chip>() {
    EXPECT_EQ(Table<Chip>().cols(), kIsModelTable<Chip> ? 0 : ChipWidth<Chip>::kFixed)
        << Chip::kName;
  });
}

TEST_F(FixedTablesTest, RangeHoldsEveryNumberOfEveryWidth) {
  const Matrix& table = Table<RangeTable>();
  ASSERT_EQ(table.rows(), size_t{1} << 17);
  for (uint32_t bits = 0; bits <= 16; ++bits) {
    for (uint32_t value = 0; value < 1u << bits; ++value) {
      const size_t row = RangeTable::Row(bits, value);
      ASSERT_LT(row, table.rows() - kTailRows);
      ASSERT_EQ(RowOf(table, row), (std::vector<uint32_t>{bits, value}));
    }
  }
}

TEST_F(FixedTablesTest, BytesHoldAllPairsButTheDisplacedOne) {
  const Matrix& table = Table<ByteTable>();
  ASSERT_EQ(table.rows(), size_t{1} << 16);
  for (uint32_t x = 0; x < 256; ++x) {
    for (uint32_t y = 0; y < 256; ++y) {
      const size_t row = ByteTable::Row(x, y);
      if (row == ByteTable::kEntries) {
        EXPECT_TRUE(x == 255 && y == 255);
      } else {
        ASSERT_EQ(RowOf(table, row), (std::vector<uint32_t>{x, y, x & y}));
      }
    }
  }
}

TEST_F(FixedTablesTest, EveryRowOfMiscIsAShift) {
  const Matrix& table = Table<MiscTable>();
  ASSERT_EQ(table.rows(), size_t{1} << kMinLogHeight);
  std::set<std::vector<uint32_t>> shifts;
  for (size_t i = 0; i + kTailRows < table.rows(); ++i) shifts.insert(RowOf(table, i));
  EXPECT_EQ(shifts.size(), MiscTable::kShifts);
  for (uint32_t c = 0; c < 16; ++c) {
    EXPECT_TRUE(shifts.contains({0, c, c, 1u << c, 1u << (16 - c)}));
    EXPECT_TRUE(shifts.contains({1, c, 16 - c, 1u << (16 - c), 1u << c}));
  }
}

TEST_F(FixedTablesTest, ProgramEndsWithItsConstants) {
  const Matrix& table = Table<ProgramTable>();
  const size_t instructions = script_.program().text.size();
  EXPECT_EQ(
      RowOf(table, 0),
      (std::vector<uint32_t>{Script::kTextBase, static_cast<uint32_t>(Op::kXor) + kImmediateFlag, 3,
                             4, 0, 0xFFFF, 0xFFFF, 0}));
  EXPECT_EQ(RowOf(table, 1),
            (std::vector<uint32_t>{Script::kTextBase + 4, static_cast<uint32_t>(Op::kAddi), 3, 4, 0,
                                   Fp::kModulus - 5, 0, 0}));
  EXPECT_EQ(RowOf(table, instructions),
            (std::vector<uint32_t>{1, 0, 0, 0, 0, Script::kImageBase / 4 + 2, 0, 0}));
  for (size_t i = instructions + 1; i < table.rows(); ++i) {
    ASSERT_EQ(RowOf(table, i), std::vector<uint32_t>(8)) << i;
  }
}

TEST_F(FixedTablesTest, ImageIsRegistersThenWords) {
  const Matrix& table = Table<Image>();
  for (uint32_t reg = 0; reg < kNumRegisters; ++reg) {
    EXPECT_EQ(RowOf(table, reg), (std::vector<uint32_t>{kSpaceRegister, reg, 0, 0}));
  }
  const uint32_t base = Script::kImageBase / 4;
  EXPECT_EQ(RowOf(table, kNumRegisters), (std::vector<uint32_t>{kSpaceRam, base, 7, 0}));
  EXPECT_EQ(RowOf(table, kNumRegisters + 1),
            (std::vector<uint32_t>{kSpaceRam, base + 1, 0x1234, 0xABCD}));
  EXPECT_EQ(RowOf(table, kNumRegisters + 2), std::vector<uint32_t>(4));
}

TEST_F(FixedTablesTest, KeyMaterial) {
  EXPECT_EQ(fixed_.entry, Script::kTextBase);
  EXPECT_EQ(fixed_.image_base, Script::kImageBase / 4);
  EXPECT_EQ(fixed_.zero_base, Script::kImageBase / 4 + 2);
}

// Each change breaks one rule of CheckProgram, whose message begins with the field's name.
TEST(CheckProgramTest, NamesTheField) {
  Script script;
  script.Run({.op = Op::kAdd, .rd = 1, .rs1 = 2, .rs2 = 3});
  script.Halt(0);
  const Program good = script.program();
  ASSERT_TRUE(CheckProgram(good).ok()) << CheckProgram(good).message();

  const auto text = [](Instruction x) { return [x](Program& p) { p.text[0] = x; }; };
  const struct {
    std::string message;
    std::function<void(Program&)> change;
  } kCases[] = {
      {"entry", [](Program& p) { p.entry += 2; }},
      {"entry", [](Program& p) { p.entry = p.text_base - 4; }},
      {"entry", [](Program& p) { p.entry = p.text_base + 4 * 100; }},
      {"entry", [](Program& p) { p.text.clear(); }},
      {"text_base", [](Program& p) { p.text_base += 2; }},
      {"text: ends", [](Program& p) { p.text_base = p.entry = kMaxPc - 8; }},
      {"image_base", [](Program& p) { p.image_base += 1; }},
      {"image: ends", [](Program& p) { p.image_base = 4 * kMaxZeroBaseWord; }},
      // A write to x0 would change what every program reads there.
      {"text: rd of", text({.op = Op::kAdd, .rd = 0, .rs1 = 2, .rs2 = 3})},
      {"text: rd of", text({.op = Op::kUpper, .rd = kJournalRegister})},
      {"text: rd of", text({.op = Op::kSw, .rd = 1})},
      {"text: rs1 of", text({.op = Op::kAdd, .rd = 1, .rs1 = 32})},
      {"text: rs1 of", text({.op = Op::kUpper, .rd = 1, .rs1 = 1})},
      {"text: rs2 of", text({.op = Op::kAdd, .rd = 1, .rs2 = kJournalRegister})},
      {"text: rs2 of", text({.op = Op::kXor, .immediate = true, .rd = 1, .rs2 = 1})},
      {"text: immediate of", text({.op = Op::kAdd, .immediate = true, .rd = 1})},
      {"text: immediate of", text({.op = Op::kAddi, .immediate = true, .rd = 1})},
      {"text: op of", text({.op = static_cast<Op>(64), .rd = 1})},
      {"text: k0 of", text({.op = Op::kAddi, .rd = 1, .k0 = 2048})},
      {"text: k0 of", text({.op = Op::kLw, .rd = 1, .k0 = -2049})},
      {"text: k0 of", text({.op = Op::kAdd, .rd = 1, .k0 = 1})},
      {"text: k0 of", text({.op = Op::kSll, .immediate = true, .rd = 1, .k0 = 32})},
      {"text: k0 of", text({.op = Op::kAnd, .immediate = true, .rd = 1, .k0 = 0x10000})},
      {"text: k0 of", text({.op = Op::kBeq, .k0 = -4})},
      {"text: k0 of", text({.op = Op::kEcall, .k0 = 1})},
      {"text: k1 of", text({.op = Op::kUpper, .rd = 1, .k1 = 0x10000})},
      {"text: k1 of", text({.op = Op::kAddi, .rd = 1, .k1 = 1})},
      {"text: k2 of", text({.op = Op::kUpper, .rd = 1, .k2 = static_cast<int32_t>(kMaxPc) + 4})},
      {"text: k2 of", text({.op = Op::kBeq, .k2 = 4})},
  };
  for (const auto& test : kCases) {
    Program program = good;
    test.change(program);
    const Status status = CheckProgram(program);
    EXPECT_FALSE(status.ok()) << test.message;
    EXPECT_TRUE(status.message().starts_with(test.message))
        << status.message() << ", expected " << test.message;
  }
}

}  // namespace
}  // namespace zkvm
