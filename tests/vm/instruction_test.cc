// Every instruction against its specification: expected results are literals.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/assembler.h"
#include "tests/support/run_program.h"

namespace zkvm {
namespace {

using namespace reg;

constexpr uint32_t kMin = 0x80000000;
constexpr uint32_t kMax = 0x7FFFFFFF;
constexpr uint32_t kOnes = 0xFFFFFFFF;

// rd, rs1, and rs2 or the immediate.
using Emitter = void (Asm::*)(int, int, int);

struct Case {
  uint32_t a, b, result;
};

// Runs `rd = rs1 op rs2` on all cases, in all ways in which rd, rs1 and rs2 can coincide.
void ExpectRegisterForm(Emitter op, const std::vector<Case>& cases) {
  Asm code;
  std::vector<uint32_t> expected;
  const auto journal = [&](int r, uint32_t value) {
    code.mv(a0, r);
    code.journal();
    expected.push_back(value);
  };
  for (const Case& c : cases) {
    code.li(t0, c.a);
    code.li(t1, c.b);
    (code.*op)(t2, t0, t1);
    journal(t2, c.result);
    journal(t0, c.a);
    journal(t1, c.b);
    (code.*op)(t1, t0, t1);
    journal(t1, c.result);
    code.li(t1, c.b);
    (code.*op)(t0, t0, t1);
    journal(t0, c.result);
    (code.*op)(zero, t1, t1);
    journal(zero, 0);
    if (c.a != c.b) continue;
    code.li(t0, c.a);
    (code.*op)(t0, t0, t0);
    journal(t0, c.result);
  }
  code.halt(0);
  EXPECT_EQ(RunToHalt(code).journal, expected);
}

void ExpectImmediateForm(Emitter op, const std::vector<Case>& cases) {
  Asm code;
  std::vector<uint32_t> expected;
  for (const Case& c : cases) {
    code.li(t0, c.a);
    (code.*op)(zero, t0, static_cast<int32_t>(c.b));
    (code.*op)(t0, t0, static_cast<int32_t>(c.b));
    code.mv(a0, t0);
    code.journal();
    code.mv(a0, zero);
    code.journal();
    expected.insert(expected.end(), {c.result, 0});
  }
  code.halt(0);
  EXPECT_EQ(RunToHalt(code).journal, expected);
}

TEST(InstructionTest, AddSub) {
  ExpectRegisterForm(
      &Asm::add,
      {{1, 2, 3}, {kOnes, 1, 0}, {kMax, 1, kMin}, {kMin, kMin, 0}, {0xFFFF, 1, 0x10000}});
  ExpectRegisterForm(
      &Asm::sub,
      {{3, 2, 1}, {0, 1, kOnes}, {kMin, 1, kMax}, {kMin, kMin, 0}, {0x10000, 1, 0xFFFF}});
  ExpectImmediateForm(
      &Asm::addi, {{1, 2047, 2048}, {0, 0xFFFFF800, 0xFFFFF800}, {kOnes, 1, 0}, {kMax, 1, kMin}});
}

TEST(InstructionTest, SetLess) {
  ExpectRegisterForm(
      &Asm::slt,
      {{0, 1, 1}, {1, 0, 0}, {5, 5, 0}, {kOnes, 0, 1}, {kMin, kMax, 1}, {kMax, kMin, 0}});
  ExpectRegisterForm(
      &Asm::sltu,
      {{0, 1, 1}, {1, 0, 0}, {5, 5, 0}, {kOnes, 0, 0}, {kMin, kMax, 0}, {kMax, kMin, 1}});
  ExpectImmediateForm(&Asm::slti,
                      {{kOnes, 0, 1}, {0, kOnes, 0}, {kMin, 0xFFFFF800, 1}, {7, 7, 0}, {7, 8, 1}});
  ExpectImmediateForm(
      &Asm::sltiu,
      {{0, 1, 1}, {kOnes, 0, 0}, {5, kOnes, 1}, {kOnes, kOnes, 0}, {kMax, 0xFFFFF800, 1}});
}

TEST(InstructionTest, Bitwise) {
  ExpectRegisterForm(&Asm::and_, {{0xFF00FF00, 0x0FF00FF0, 0x0F000F00}, {kOnes, 7, 7}});
  ExpectRegisterForm(&Asm::or_, {{0xFF00FF00, 0x0FF00FF0, 0xFFF0FFF0}, {0, 0, 0}});
  ExpectRegisterForm(&Asm::xor_, {{0xFF00FF00, 0x0FF00FF0, 0xF0F0F0F0}, {9, 9, 0}});
  ExpectImmediateForm(&Asm::andi, {{0x12345678, 0xFFFFFFF0, 0x12345670}, {kOnes, 15, 15}});
  ExpectImmediateForm(&Asm::ori, {{0x12345678, 0xFFFFF800, 0xFFFFFE78}, {0, 2047, 2047}});
  ExpectImmediateForm(&Asm::xori, {{0x12345678, kOnes, 0xEDCBA987}, {5, 5, 0}});
}

TEST(InstructionTest, Shifts) {
  ExpectRegisterForm(&Asm::sll, {{1, 31, kMin},
                                 {1, 32, 1},
                                 {kOnes, 16, 0xFFFF0000},
                                 {0x12345678, 0, 0x12345678},
                                 {3, 0xFFFFFFE4, 48}});
  ExpectRegisterForm(&Asm::srl, {{kMin, 31, 1},
                                 {kMin, 32, kMin},
                                 {kOnes, 16, 0xFFFF},
                                 {0x12345678, 0, 0x12345678},
                                 {kOnes, kOnes, 1}});
  ExpectRegisterForm(&Asm::sra, {{kMin, 31, kOnes},
                                 {kMin, 32, kMin},
                                 {kMax, 31, 0},
                                 {0x87654321, 4, 0xF8765432},
                                 {0x87654321, 16, 0xFFFF8765}});
  ExpectImmediateForm(&Asm::slli, {{1, 31, kMin}, {0x12345678, 0, 0x12345678}});
  ExpectImmediateForm(&Asm::srli, {{kMin, 31, 1}, {kOnes, 17, 0x7FFF}});
  ExpectImmediateForm(&Asm::srai, {{kMin, 31, kOnes}, {kMax, 17, 0x3FFF}});
}

TEST(InstructionTest, Multiply) {
  ExpectRegisterForm(
      &Asm::mul,
      {{7, 6, 42}, {kOnes, kOnes, 1}, {kMin, kMin, 0}, {0x12345678, 0x9ABCDEF0, 0x242D2080}});
  ExpectRegisterForm(&Asm::mulh, {{kOnes, kOnes, 0},
                                  {kMin, kMin, 0x40000000},
                                  {kMin, 1, kOnes},
                                  {kMax, kMax, 0x3FFFFFFF},
                                  {kMin, kMax, 0xC0000000}});
  ExpectRegisterForm(&Asm::mulhsu, {{kOnes, kOnes, kOnes},
                                    {kMin, kMin, 0xC0000000},
                                    {1, kOnes, 0},
                                    {kOnes, 1, kOnes},
                                    {2, kMin, 1}});
  ExpectRegisterForm(
      &Asm::mulhu,
      {{kOnes, kOnes, 0xFFFFFFFE}, {kMin, kMin, 0x40000000}, {kOnes, 1, 0}, {2, kMin, 1}});
}

TEST(InstructionTest, Divide) {
  ExpectRegisterForm(&Asm::div, {{7, 2, 3},
                                 {uint32_t(-7), 2, uint32_t(-3)},
                                 {7, uint32_t(-2), uint32_t(-3)},
                                 {uint32_t(-7), uint32_t(-2), 3},
                                 {kMin, kOnes, kMin},
                                 {kMin, 1, kMin},
                                 {5, 0, kOnes},
                                 {0, 0, kOnes},
                                 {kMin, 0, kOnes},
                                 {kMin, kMin, 1},
                                 {1, kMin, 0}});
  ExpectRegisterForm(&Asm::divu, {{7, 2, 3},
                                  {kOnes, 1, kOnes},
                                  {kMin, kOnes, 0},
                                  {kOnes, kOnes, 1},
                                  {5, 0, kOnes},
                                  {0, 0, kOnes}});
  ExpectRegisterForm(&Asm::rem, {{7, 2, 1},
                                 {uint32_t(-7), 2, kOnes},
                                 {7, uint32_t(-2), 1},
                                 {uint32_t(-7), uint32_t(-2), kOnes},
                                 {kMin, kOnes, 0},
                                 {5, 0, 5},
                                 {0, 0, 0},
                                 {kMin, 0, kMin},
                                 {1, kMin, 1},
                                 {uint32_t(-4), 2, 0}});
  ExpectRegisterForm(
      &Asm::remu, {{7, 2, 1}, {kOnes, 10, 5}, {kMin, kOnes, kMin}, {5, 0, 5}, {kOnes, kOnes, 0}});
}

TEST(InstructionTest, UpperImmediates) {
  Asm code(0x12340000);
  code.lui(a0, 0xFEDCB);
  code.journal();
  code.auipc(a0, 0);
  code.journal();
  code.auipc(a0, 0xFFFFF);
  code.journal();
  code.halt(0);
  EXPECT_EQ(RunToHalt(code).journal,
            (std::vector<uint32_t>{0xFEDCB000, 0x1234000C, 0x12340018 - 0x1000}));
}

TEST(InstructionTest, Branches) {
  using BranchEmitter = void (Asm::*)(int, int, const std::string&);
  struct Expectation {
    BranchEmitter branch;
    bool equal, less, greater, less_unsigned;  // taken for (5, 5), (-1, 1), (1, -1), (1, 2)
  };
  const Expectation expectations[] = {
      {&Asm::beq, true, false, false, false}, {&Asm::bne, false, true, true, true},
      {&Asm::blt, false, true, false, true},  {&Asm::bge, true, false, true, false},
      {&Asm::bltu, false, false, true, true}, {&Asm::bgeu, true, true, false, false}};
  for (const Expectation& e : expectations) {
    const std::pair<std::pair<uint32_t, uint32_t>, bool> operands[] = {{{5, 5}, e.equal},
                                                                       {{kOnes, 1}, e.less},
                                                                       {{1, kOnes}, e.greater},
                                                                       {{1, 2}, e.less_unsigned}};
    for (const auto& [values, taken] : operands) {
      Asm code;
      code.li(t0, values.first);
      code.li(t1, values.second);
      code.j("start");
      code.label("back");
      code.halt(1);
      code.label("start");
      (code.*e.branch)(t0, t1, "back");
      code.halt(0);
      EXPECT_EQ(RunToHalt(code).exit_code, taken ? 1u : 0u);
    }
  }
}

TEST(InstructionTest, JumpsLinkAndClearTheLowestBit) {
  Asm code;
  code.jal(ra, "there");
  code.halt(1);
  code.label("there");
  code.mv(a0, ra);
  code.journal();
  code.la(t0, "target");
  code.addi(t0, t0, 8);
  code.jalr(t0, t0, -7);  // rd = rs1, odd target
  code.halt(2);
  code.label("target");
  code.mv(a0, t0);
  code.journal();
  code.la(t1, "end");
  code.jalr(zero, t1, 0);
  code.halt(3);
  code.label("end");
  code.mv(a0, zero);
  code.journal();
  code.halt(0);
  const uint32_t link = 0x10000 + 4 * 12;
  EXPECT_EQ(RunToHalt(code).journal, (std::vector<uint32_t>{0x10004, link, 0}));
}

TEST(InstructionTest, LoadsExtendAndStoresKeepTheirNeighbours) {
  Asm code;
  std::vector<uint32_t> expected;
  const auto journal = [&](uint32_t value) {
    code.journal();
    expected.push_back(value);
  };
  code.la(t0, "data");
  for (int i = 0; i < 4; ++i) {
    const uint32_t byte = 0x80F17F01u >> (8 * i) & 0xFF;
    code.lb(a0, t0, i);
    journal(static_cast<uint32_t>(static_cast<int8_t>(byte)));
    code.lbu(a0, t0, i);
    journal(byte);
  }
  for (int i = 0; i < 4; i += 2) {
    const uint32_t half = 0x80F17F01u >> (8 * i) & 0xFFFF;
    code.lh(a0, t0, i);
    journal(static_cast<uint32_t>(static_cast<int16_t>(half)));
    code.lhu(a0, t0, i);
    journal(half);
  }
  code.lw(a0, t0, 0);
  journal(0x80F17F01);
  code.lw(t0, t0, 4);  // rd = rs1
  code.mv(a0, t0);
  journal(0x11223344);

  code.la(t0, "data");
  code.li(t1, 0xAABBCCDD);
  const std::pair<void (Asm::*)(int, int, int32_t), std::vector<std::pair<int, uint32_t>>>
      stores[] = {{&Asm::sb, {{0, 0x112233DD}, {1, 0x1122DD44}, {2, 0x11DD3344}, {3, 0xDD223344}}},
                  {&Asm::sh, {{0, 0x1122CCDD}, {2, 0xCCDD3344}}},
                  {&Asm::sw, {{0, 0xAABBCCDD}}}};
  for (const auto& [store, cases] : stores) {
    for (const auto& [offset, result] : cases) {
      code.li(t2, 0x11223344);
      code.sw(t2, t0, 8);
      (code.*store)(t1, t0, 8 + offset);
      code.lw(a0, t0, 8);
      journal(result);
      code.lw(a0, t0, 4);
      journal(0x11223344);
      code.lw(a0, t0, 12);
      journal(0x55667788);
    }
  }
  code.sw(t0, t0, 0);  // the address as data
  code.lw(a0, t0, 0);
  code.sub(a0, a0, t0);
  journal(0);
  code.lw(zero, t0, 4);
  code.mv(a0, zero);
  journal(0);
  code.halt(0);
  code.label("data");
  for (const uint32_t word : {0x80F17F01u, 0x11223344u, 0u, 0x55667788u}) code.word(word);
  EXPECT_EQ(RunToHalt(code).journal, expected);
}

TEST(InstructionTest, StoresIntoTextChangeDataOnly) {
  Asm code;
  code.la(t0, "next");
  code.sw(zero, t0, 0);
  code.label("next");
  code.lw(a0, t0, 0);
  code.journal();
  code.halt(0);
  EXPECT_EQ(RunToHalt(code).journal, std::vector<uint32_t>{0});
}

}  // namespace
}  // namespace zkvm
