#include <gtest/gtest.h>

#include <random>
#include <string>

#include "isa/disassemble.h"
#include "isa/instruction.h"
#include "tests/support/assembler.h"

namespace zkvm {
namespace {

constexpr uint32_t kPc = 0x20000;

uint32_t Word(void (*emit)(Asm&)) {
  Asm a(kPc);
  emit(a);
  return a.words().front();
}

Instruction Decoded(void (*emit)(Asm&)) { return Decode(Word(emit), kPc); }

TEST(DecodeTest, RegisterForms) {
  EXPECT_EQ(Decoded([](Asm& a) { a.add(1, 2, 3); }),
            (Instruction{.op = Op::kAdd, .rd = 1, .rs1 = 2, .rs2 = 3}));
  EXPECT_EQ(Decoded([](Asm& a) { a.sub(31, 30, 29); }),
            (Instruction{.op = Op::kSub, .rd = 31, .rs1 = 30, .rs2 = 29}));
  EXPECT_EQ(Decoded([](Asm& a) { a.remu(0, 0, 31); }),
            (Instruction{.op = Op::kRemu, .rd = kSinkRegister, .rs1 = 0, .rs2 = 31}));
}

TEST(DecodeTest, ImmediatesKeepTheirSignOrAreLimbs) {
  EXPECT_EQ(Decoded([](Asm& a) { a.addi(1, 2, -2048); }),
            (Instruction{.op = Op::kAddi, .rd = 1, .rs1 = 2, .k0 = -2048}));
  EXPECT_EQ(Decoded([](Asm& a) { a.xori(1, 2, -1); }),
            (Instruction{
                .op = Op::kXor, .immediate = true, .rd = 1, .rs1 = 2, .k0 = 0xFFFF, .k1 = 0xFFFF}));
  EXPECT_EQ(Decoded([](Asm& a) { a.sltiu(1, 2, 2047); }),
            (Instruction{.op = Op::kSltu, .immediate = true, .rd = 1, .rs1 = 2, .k0 = 2047}));
  EXPECT_EQ(Decoded([](Asm& a) { a.srai(1, 2, 31); }),
            (Instruction{.op = Op::kSra, .immediate = true, .rd = 1, .rs1 = 2, .k0 = 31}));
}

TEST(DecodeTest, ConstantsOfUpperJalAndJalr) {
  EXPECT_EQ(
      Decoded([](Asm& a) { a.lui(5, 0xFFFFF); }),
      (Instruction{.op = Op::kUpper, .rd = 5, .k0 = 0xF000, .k1 = 0xFFFF, .k2 = int32_t{kPc} + 4}));
  EXPECT_EQ(
      Decoded([](Asm& a) { a.auipc(5, 0xFFFFF); }),
      (Instruction{.op = Op::kUpper, .rd = 5, .k0 = 0xF000, .k1 = 0x0001, .k2 = int32_t{kPc} + 4}));
  EXPECT_EQ(Decoded([](Asm& a) { a.jal(0, -0x1000); }), (Instruction{.op = Op::kUpper,
                                                                     .rd = kSinkRegister,
                                                                     .k0 = 0x0004,
                                                                     .k1 = 0x0002,
                                                                     .k2 = int32_t{kPc} - 0x1000}));
  EXPECT_EQ(Decoded([](Asm& a) { a.jalr(1, 2, -4); }),
            (Instruction{.op = Op::kJalr, .rd = 1, .rs1 = 2, .k0 = -4, .k1 = 4, .k2 = 2}));
}

TEST(DecodeTest, BranchesAndMemory) {
  EXPECT_EQ(Decoded([](Asm& a) { a.bgeu(1, 2, -4096); }),
            (Instruction{.op = Op::kBgeu, .rs1 = 1, .rs2 = 2, .k0 = int32_t{kPc} - 4096}));
  EXPECT_EQ(Decoded([](Asm& a) { a.beq(1, 2, 4092); }),
            (Instruction{.op = Op::kBeq, .rs1 = 1, .rs2 = 2, .k0 = int32_t{kPc} + 4092}));
  EXPECT_EQ(Decoded([](Asm& a) { a.lhu(0, 2, -1); }),
            (Instruction{.op = Op::kLhu, .rd = kSinkRegister, .rs1 = 2, .k0 = -1}));
  EXPECT_EQ(Decoded([](Asm& a) { a.sb(3, 2, -2048); }),
            (Instruction{.op = Op::kSb, .rs1 = 2, .rs2 = 3, .k0 = -2048}));
}

TEST(DecodeTest, SystemInstructions) {
  EXPECT_EQ(Decoded([](Asm& a) { a.fence(); }),
            (Instruction{.op = Op::kAddi, .rd = kSinkRegister}));
  EXPECT_EQ(Decoded([](Asm& a) { a.ecall(); }), (Instruction{.op = Op::kEcall}));
  EXPECT_EQ(Decoded([](Asm& a) { a.ebreak(); }), Instruction{});
}

TEST(DecodeTest, TargetsOutsideTheAddressSpaceTrap) {
  const uint32_t half = Word([](Asm& a) { a.jal(0, 2); });
  EXPECT_EQ(Decode(half, kPc), Instruction{});
  EXPECT_EQ(Decode(EncodeB(0x63, 0, 0, 0, 6), kPc), Instruction{});
  const uint32_t back = Word([](Asm& a) { a.jal(0, -8); });
  EXPECT_EQ(Decode(back, 8).op, Op::kUpper);
  EXPECT_EQ(Decode(back, 4), Instruction{});
  EXPECT_EQ(Decode(EncodeB(0x63, 0, 0, 0, -8), 4), Instruction{});
  const uint32_t ahead = Word([](Asm& a) { a.jal(0, 8); });
  EXPECT_EQ(Decode(ahead, kMaxPc - 12).op, Op::kUpper);
  EXPECT_EQ(Decode(ahead, kMaxPc - 8), Instruction{});
}

TEST(DecodeTest, WhatIsNotRv32imTraps) {
  const uint32_t words[] = {
      0x00000000,                       // zeros
      0xFFFFFFFF,                       // ones
      0x00004501,                       // c.li a0, 0
      0x30200073,                       // mret
      0x10500073,                       // wfi
      0xC0002573,                       // rdcycle a0
      0x000000F3,                       // ecall with rd
      0x0000100F,                       // fence.i
      0x1005A52F,                       // lr.w
      0x0005A507,                       // flw
      0x00A58553,                       // fadd.s
      EncodeI(0x13, 1, 1, 1, 0x020),    // slli by 32
      EncodeI(0x13, 5, 1, 1, 0x600),    // rori (Zbb)
      EncodeI(0x03, 3, 1, 1, 0),        // ld
      EncodeI(0x03, 6, 1, 1, 0),        // lwu
      EncodeS(0x23, 3, 1, 1, 0),        // sd
      EncodeB(0x63, 2, 1, 1, 8),        // no such branch
      EncodeI(0x67, 1, 1, 1, 0),        // no such jalr
      EncodeR(0x33, 7, 0x20, 1, 2, 3),  // andn (Zbb)
      EncodeR(0x33, 4, 0x05, 1, 2, 3),  // min (Zbb)
      EncodeR(0x3B, 0, 0x00, 1, 2, 3),  // addw
  };
  for (const uint32_t word : words) EXPECT_EQ(Decode(word, kPc), Instruction{}) << std::hex << word;
}

// What the program table relies on, for any word.
TEST(DecodeTest, RandomWordsStayInRange) {
  std::mt19937 random(1);
  constexpr uint32_t kOpcodes[] = {0x03, 0x0F, 0x13, 0x17, 0x23, 0x33,
                                   0x37, 0x63, 0x67, 0x6F, 0x73};
  for (int i = 0; i < 200000; ++i) {
    const uint32_t opcode = kOpcodes[random() % std::size(kOpcodes)];
    const uint32_t word = (static_cast<uint32_t>(random()) & ~0x7Fu) | opcode;
    const uint32_t pc = static_cast<uint32_t>(random()) % kMaxPc & ~3u;
    const Instruction d = Decode(word, pc);
    if (d.op == Op::kTrap) {
      ASSERT_EQ(d, Instruction{});
      continue;
    }
    const bool writes = !IsBranch(d.op) && (d.op < Op::kSw || d.op > Op::kSh) && d.op != Op::kEcall;
    ASSERT_EQ(writes, d.rd != 0) << std::hex << word;
    ASSERT_LE(d.rd, kSinkRegister);
    ASSERT_LT(d.rs1, 32);
    ASSERT_LT(d.rs2, 32);
    if (IsBranch(d.op)) {
      ASSERT_TRUE(d.k0 % 4 == 0 && static_cast<uint32_t>(d.k0) < kMaxPc);
    } else if (d.op == Op::kUpper || d.immediate) {
      ASSERT_TRUE(d.k0 >= 0 && d.k0 < 1 << 16 && d.k1 >= 0 && d.k1 < 1 << 16);
    } else {
      ASSERT_TRUE(d.k0 >= -2048 && d.k0 <= 2047);
    }
    ASSERT_FALSE(Disassemble(word, pc).empty());
  }
}

TEST(DisassembleTest, WritesWhatAnAssemblerReads) {
  const auto text = [](void (*emit)(Asm&)) { return Disassemble(Word(emit), kPc); };
  EXPECT_EQ(text([](Asm& a) { a.add(10, 11, 0); }), "add a0, a1, zero");
  EXPECT_EQ(text([](Asm& a) { a.addi(0, 0, 0); }), "addi zero, zero, 0");
  EXPECT_EQ(text([](Asm& a) { a.sltiu(10, 11, -1); }), "sltiu a0, a1, -1");
  EXPECT_EQ(text([](Asm& a) { a.srai(10, 11, 31); }), "srai a0, a1, 31");
  EXPECT_EQ(text([](Asm& a) { a.lui(10, 0xFFFFF); }), "lui a0, 0xfffff");
  EXPECT_EQ(text([](Asm& a) { a.auipc(10, 1); }), "auipc a0, 0x1");
  EXPECT_EQ(text([](Asm& a) { a.jal(1, 16); }), "jal ra, 0x20010");
  EXPECT_EQ(text([](Asm& a) { a.jalr(0, 1, -8); }), "jalr zero, -8(ra)");
  EXPECT_EQ(text([](Asm& a) { a.bltu(5, 6, -4); }), "bltu t0, t1, 0x1fffc");
  EXPECT_EQ(text([](Asm& a) { a.lbu(5, 2, 7); }), "lbu t0, 7(sp)");
  EXPECT_EQ(text([](Asm& a) { a.sh(5, 2, -2); }), "sh t0, -2(sp)");
  EXPECT_EQ(text([](Asm& a) { a.fence(); }), "fence");
  EXPECT_EQ(text([](Asm& a) { a.ecall(); }), "ecall");
  EXPECT_EQ(text([](Asm& a) { a.ebreak(); }), "ebreak (0x100073)");
  EXPECT_EQ(Disassemble(0x4501, kPc), "compressed (0x4501)");
}

}  // namespace
}  // namespace zkvm
