#include "vm/trace.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/assembler.h"
#include "tests/support/check_machine.h"
#include "tests/support/script.h"
#include "vm/program_fixed.h"

namespace zkvm {
namespace {

std::string Problems(const CheckReport& report) {
  std::string text;
  for (const std::string& problem : report.problems) text += problem + "\n";
  return text;
}

// Fills the traces of a script and checks everything.
::testing::AssertionResult Balances(const Script& script, const Claim& claim) {
  if (const Status status = CheckProgram(script.program()); !status.ok()) {
    return ::testing::AssertionFailure() << status.message();
  }
  const ProgramFixed fixed = MakeProgramFixed(script.program());
  const Traces traces = FillTraces(script.program(), Record(script.record()));
  const CheckReport report = CheckMachine(fixed.columns, traces, claim);
  if (!report.ok()) return ::testing::AssertionFailure() << Problems(report);
  return ::testing::AssertionSuccess();
}

TEST(TraceTest, SmallestProgram) {
  Script s;
  s.Halt(0);
  EXPECT_TRUE(Balances(s, {Script::kTextBase, 0, {}}));
}

TEST(TraceTest, ExitCodeHasBothLimbs) {
  Script s;
  s.Halt(0xDEADBEEF);
  EXPECT_TRUE(Balances(s, {Script::kTextBase, 0xDEADBEEF, {}}));
  EXPECT_FALSE(Balances(s, {Script::kTextBase, 0xDEADBEEE, {}}));
  EXPECT_FALSE(Balances(s, {Script::kTextBase, 0xDEACBEEF, {}}));
}

constexpr uint32_t kCorners[] = {0,          1,          2,          0x7FFF,     0x8000,
                                 0xFFFF,     0x10000,    0x7FFFFFFF, 0x80000000, 0x80000001,
                                 0xFFFF0000, 0xFFFFFFFE, 0xFFFFFFFF, 0xDEADBEEF, 0x00FF00FF};

TEST(TraceTest, RegisterOpsOnCorners) {
  constexpr Op kOps[] = {Op::kAdd,    Op::kSub,   Op::kSlt, Op::kSltu, Op::kAnd, Op::kOr,
                         Op::kXor,    Op::kSll,   Op::kSrl, Op::kSra,  Op::kMul, Op::kMulh,
                         Op::kMulhsu, Op::kMulhu, Op::kDiv, Op::kDivu, Op::kRem, Op::kRemu};
  Script s;
  for (const uint32_t a : kCorners) {
    for (const uint32_t b : kCorners) {
      s.Set(reg::a0, a);
      s.Set(reg::a1, b);
      for (const Op op : kOps) s.Run({.op = op, .rd = reg::a2, .rs1 = reg::a0, .rs2 = reg::a1});
    }
  }
  s.Halt(0);
  EXPECT_TRUE(Balances(s, {Script::kTextBase, 0, {}}));
}

TEST(TraceTest, ImmediateOpsOnCorners) {
  constexpr Op kOps[] = {Op::kSlt, Op::kSltu, Op::kAnd, Op::kOr, Op::kXor};
  Script s;
  for (const uint32_t a : kCorners) {
    s.Set(reg::a0, a);
    for (const int imm : {0, 1, -1, 2047, -2048}) {
      s.Run({.op = Op::kAddi, .rd = reg::a1, .rs1 = reg::a0, .k0 = imm});
      const uint32_t value = static_cast<uint32_t>(imm);
      for (const Op op : kOps) {
        s.Run({.op = op,
               .immediate = true,
               .rd = reg::a1,
               .rs1 = reg::a0,
               .k0 = static_cast<int32_t>(value & 0xFFFF),
               .k1 = static_cast<int32_t>(value >> 16)});
      }
    }
    for (int amount = 0; amount < 32; ++amount) {
      for (const Op op : {Op::kSll, Op::kSrl, Op::kSra}) {
        s.Run({.op = op, .immediate = true, .rd = reg::a1, .rs1 = reg::a0, .k0 = amount});
      }
    }
  }
  s.Halt(0);
  EXPECT_TRUE(Balances(s, {Script::kTextBase, 0, {}}));
}

TEST(TraceTest, BranchesAndJumps) {
  Script s;
  for (const uint32_t a : kCorners) {
    for (const uint32_t b : kCorners) {
      s.Set(reg::a0, a);
      s.Set(reg::a1, b);
      for (const Op op : {Op::kBeq, Op::kBne, Op::kBlt, Op::kBge, Op::kBltu, Op::kBgeu}) {
        s.Run({.op = op, .rs1 = reg::a0, .rs2 = reg::a1});
      }
    }
  }
  // The target's lowest bit is ignored; the immediate may take it below 0 on the way.
  for (const int imm : {0, 1, 2047, -2048}) {
    s.Set(reg::a0, s.pc() + 8 - static_cast<uint32_t>(imm));
    s.Run({.op = Op::kJalr, .rd = reg::ra, .rs1 = reg::a0, .k0 = imm});
  }
  s.Set(reg::a0, s.pc() + 9);
  s.Run({.op = Op::kJalr, .rd = kSinkRegister, .rs1 = reg::a0});
  s.Halt(0);
  EXPECT_TRUE(Balances(s, {Script::kTextBase, 0, {}}));
}

TEST(TraceTest, LoadsAndStoresInImageAndZeroMemory) {
  Script s({0x80FF7F01, 0, 0xFFFFFFFF});
  // Words in the image, at the start of zero memory, and with other high halves of the offset.
  for (const uint32_t base : {Script::kImageBase, Script::kImageBase + 8, s.zero_base(),
                              s.zero_base() + 0x40000, kMemoryEnd - 4}) {
    for (const int imm : {0, 2047, -2048}) {
      for (uint32_t offset = 0; offset < 4; ++offset) {
        s.Set(reg::a0, base + offset - static_cast<uint32_t>(imm));
        s.Set(reg::a1, 0x12345678 + base + offset);
        s.Run({.op = Op::kLb, .rd = reg::a2, .rs1 = reg::a0, .k0 = imm});
        s.Run({.op = Op::kLbu, .rd = reg::a2, .rs1 = reg::a0, .k0 = imm});
        s.Run({.op = Op::kSb, .rs1 = reg::a0, .rs2 = reg::a1, .k0 = imm});
        if (offset % 2 != 0) continue;
        s.Run({.op = Op::kLh, .rd = reg::a2, .rs1 = reg::a0, .k0 = imm});
        s.Run({.op = Op::kLhu, .rd = reg::a2, .rs1 = reg::a0, .k0 = imm});
        s.Run({.op = Op::kSh, .rs1 = reg::a0, .rs2 = reg::a1, .k0 = imm});
        if (offset != 0) continue;
        s.Run({.op = Op::kLw, .rd = reg::a2, .rs1 = reg::a0, .k0 = imm});
        s.Run({.op = Op::kSw, .rs1 = reg::a0, .rs2 = reg::a1, .k0 = imm});
      }
    }
  }
  s.Halt(0);
  EXPECT_TRUE(Balances(s, {Script::kTextBase, 0, {}}));
}

TEST(TraceTest, CallsOfEveryKind) {
  Script s({1, 2, 3, 4});
  const uint32_t buffer = s.zero_base() + 0x1FFFC;
  s.Hint(buffer, {10, 11, 12});
  s.Hint(Script::kImageBase + 4, {0xFFFFFFFF});
  s.Note();
  s.Journal(0x11112222);
  s.Hint(buffer + 4, {13, 14});
  s.Set(reg::a0, buffer);
  s.Run({.op = Op::kLw, .rd = reg::a1, .rs1 = reg::a0, .k0 = 4});
  s.Journal(s.value(reg::a1));
  s.Note();
  s.Journal(0);
  s.Halt(7);
  EXPECT_TRUE(Balances(s, {Script::kTextBase, 7, {0x11112222, 13, 0}}));
  EXPECT_FALSE(Balances(s, {Script::kTextBase, 7, {0x11112222, 13}}));
  EXPECT_FALSE(Balances(s, {Script::kTextBase, 7, {0x11112222, 13, 0, 0}}));
  EXPECT_FALSE(Balances(s, {Script::kTextBase, 7, {13, 0x11112222, 0}}));
  EXPECT_FALSE(Balances(s, {Script::kTextBase + 4, 7, {0x11112222, 13, 0}}));
}

TEST(TraceTest, RefreshOfEveryRegister) {
  Script s;
  s.Set(reg::a2, 0xFFFF0001);
  s.Journal(5);
  for (int reg = 0; reg < kNumRegisters; ++reg) s.Refresh(reg);
  s.Journal(6);
  for (int reg = 0; reg < kNumRegisters; ++reg) s.Refresh(reg);
  s.Halt(0);
  EXPECT_TRUE(Balances(s, {Script::kTextBase, 0, {5, 6}}));
}

TEST(TraceTest, JournalCounterIsOneFieldElement) {
  // Limbs would break at word 2^16.
  constexpr uint32_t kIndex = 0x12345;
  JournalCall::Main<Fp> call{};
  JournalStep journal{};
  journal.index = kIndex;
  JournalCall::Fill(journal, call);
  EXPECT_EQ(call.index, Fp(kIndex));

  RefreshStep step{};
  step.reg = kJournalRegister;
  step.value = kIndex;
  Refresh::Main<Fp> refresh{};
  Refresh::Fill(step, refresh);
  EXPECT_EQ(refresh.value.lo, Fp(kIndex));
  EXPECT_EQ(refresh.value.hi, Fp(0));

  Image::Main<Fp> last{};
  Image::FillRegister(kJournalRegister, {kIndex, 4}, last);
  EXPECT_EQ(last.last.lo, Fp(kIndex));
  EXPECT_EQ(last.last.hi, Fp(0));
}

TEST(TraceTest, FullTablesKeepATerminalRow) {
  // 511 rows fit a table of 512, 512 rows need the next height.
  for (const size_t rows : {511u, 512u}) {
    Script s;
    for (size_t i = 0; i < rows; ++i) {
      s.Run({.op = Op::kAddi, .rd = reg::a0, .rs1 = reg::a0, .k0 = 1});
    }
    s.Halt(0);
    const Traces traces = FillTraces(s.program(), Record(s.record()));
    EXPECT_EQ(traces[kTableOf<Addi>].rows(), rows == 511 ? 512u : 1024u);
    EXPECT_TRUE(Balances(s, {Script::kTextBase, 0, {}}));
  }
}

TEST(TraceTest, TablesWithoutRowsAreAbsent) {
  Script s;
  s.Halt(0);
  const Traces traces = FillTraces(s.program(), Record(s.record()));
  EXPECT_EQ(traces[kTableOf<AddSub>].cols(), 0u);
  EXPECT_EQ(traces[kTableOf<HintCall>].cols(), 0u);
  EXPECT_EQ(traces[kTableOf<ZeroMemory>].cols(), 0u);
  EXPECT_EQ(traces[kTableOf<HaltCall>].rows(), 512u);
  EXPECT_EQ(traces[kTableOf<Image>].rows(), 512u);
}

TEST(TraceTest, DivisionAloneStillHasItsProducts) {
  Script s;
  s.Set(reg::a0, 100);
  s.Run({.op = Op::kRemu, .rd = reg::a1, .rs1 = reg::a0, .rs2 = reg::zero});
  s.Halt(0);
  EXPECT_TRUE(Balances(s, {Script::kTextBase, 0, {}}));
}

// What FillTraces says about a record that does not fit.
std::string Complaint(const Program& program, Record record) {
  try {
    FillTraces(program, std::move(record));
  } catch (const std::logic_error& error) {
    return error.what();
  }
  return {};
}

TEST(TraceTest, LookupOutsideItsTableNamesTheRow) {
  Script s;
  s.Set(reg::a0, 5);
  s.Run({.op = Op::kAddi, .rd = reg::a1, .rs1 = reg::a0, .k0 = 1});
  s.Halt(0);

  Record late = s.record();
  late.steps[static_cast<size_t>(Family::kAddi)][0].prev[0] = 100;
  EXPECT_EQ(Complaint(s.program(), late),
            "chip addi, row 0: no table provides RANGE(16, 2013265828)");

  Record elsewhere = s.record();
  elsewhere.steps[static_cast<size_t>(Family::kAddi)][0].pc = Script::kTextBase;
  EXPECT_EQ(Complaint(s.program(), elsewhere).substr(0, 43),
            "chip addi, row 0: no table provides PROG(40");
}

}  // namespace
}  // namespace zkvm
