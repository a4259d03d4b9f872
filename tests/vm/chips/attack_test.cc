// Forged rows by the numbers of docs/protocol.md, section 13, as far as they concern instruction
// chips. Each is honest except for the forgery, and is refused by exactly what is there for it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/vm/chips/cases.h"

namespace zkvm::chip_test {
namespace {

using Refusals = std::vector<std::string>;

// What refuses a row: "constraint" for each one violated, bus names, "context" for tuples that
// nobody else can produce or consume.
template <class Chip>
Refusals RefusalsOf(const Case& c, const typename Chip::template Main<Fp>& row) {
  Judge judge(c);
  judge.Evaluate<Chip>(row);
  Refusals refusals;
  for (const Condition& violated : judge.Violations()) {
    switch (violated.kind) {
      case Condition::kConstraint:
        refusals.push_back("constraint");
        break;
      case Condition::kMessage:
        refusals.emplace_back(judge.said().messages[violated.index].bus->name);
        break;
      case Condition::kContext:
        refusals.push_back("context");
        break;
    }
  }
  return refusals;
}

template <class Chip>
Evaluator Said(const typename Chip::template Main<Fp>& row) {
  Evaluator said;
  said.Evaluate<Chip>(row);
  return said;
}

template <class Chip>
class Attack : public testing::Test {};
using AllChips =
    testing::Types<AddSub, Addi, Upper, Jalr, BranchEqual, BranchLess, SetLess, Bitwise, Shift,
                   LoadWord, StoreWord, LoadPart, StorePart, Mul, MulHigh, DivRem>;
TYPED_TEST_SUITE(Attack, AllChips);

// 1: a padding row that moves a register's time, or writes.
TYPED_TEST(Attack, No01_PaddingRowThatIsNotInert) {
  const Case c = MakeCase(Traits<TypeParam>::Forms()[0], 1, 2);
  auto row = IdleRow<TypeParam>();
  const auto expect_gate = [&](Fp& cell, Fp value) {
    const Fp before = cell;
    cell = value;
    EXPECT_NE(RefusalsOf<TypeParam>(c, row), Refusals{});
    const Evaluator said = Said<TypeParam>(row);
    EXPECT_TRUE(std::any_of(said.exchanges.begin(), said.exchanges.end(),
                            [](const auto& pair) { return !pair.Cancels(); }));
    cell = before;
  };
  if constexpr (requires { row.prev_a; }) expect_gate(row.prev_a, row.ts - 5);
  if constexpr (requires { row.prev_b; }) expect_gate(row.prev_b, row.ts - 5);
  if constexpr (requires { row.prev_c; }) expect_gate(row.prev_c, row.ts - 5);
  if constexpr (requires { row.prev_value; }) expect_gate(row.prev_value, row.ts - 5);
  if constexpr (requires { row.old; }) {
    expect_gate(row.old.lo, 7);
    expect_gate(row.old.hi, 7);
  }
  if constexpr (requires { row.next_pc; }) expect_gate(row.next_pc, row.pc + 4);
}

template <class Chip>
class ImmediateAttack : public testing::Test {};
using ImmediateChips = testing::Types<SetLess, Bitwise, Shift>;
TYPED_TEST_SUITE(ImmediateAttack, ImmediateChips);

// 1: real = 0, immediate = 1 would enable the read of rs2 by -1 and take its time back by one.
TYPED_TEST(ImmediateAttack, No01_ImmediateOnAPaddingRow) {
  const Case c = MakeCase(Traits<TypeParam>::Forms()[0], 1, 2);
  auto row = IdleRow<TypeParam>();
  row.is_immediate = 1;
  row.rs2 = 7;
  EXPECT_EQ(RefusalsOf<TypeParam>(c, row), Refusals{"constraint"});
  const Evaluator said = Said<TypeParam>(row);
  const auto& read = said.exchanges[2];
  EXPECT_EQ(read.consumed, (TupleValue{kSpaceRegister, 7, 0, 0, 400}));
  EXPECT_EQ(read.produced, (TupleValue{kSpaceRegister, 7, 0, 0, 399}));
}

// 2: flags that are 2 or -1, two flags at once.
TYPED_TEST(Attack, No02_FlagsThatAreNotBooleanOrNotAlone) {
  for (const Form form : Traits<TypeParam>::Forms()) {
    const Case c = MakeCase(form, 0x12345678, 0x9ABCDEF0);
    const auto honest = FilledRow<TypeParam>(c);
    auto row = honest;
    const std::vector<Fp*> flags = Traits<TypeParam>::Flags(row);
    for (Fp* flag : flags) {
      for (const Fp value : {Fp(2), Fp(-1), Fp(1) - *flag}) {
        row = honest;
        *flag = value;
        EXPECT_NE(RefusalsOf<TypeParam>(c, row), Refusals{});
      }
    }
    row = honest;
    for (Fp* flag : flags) *flag = 1;
    if (flags.size() > 1) {
      EXPECT_NE(RefusalsOf<TypeParam>(c, row), Refusals{});
    }
  }
}

// 5: add x1, x1, x1. Both reads go through one chain: the second consumes what the first produced.
TEST(RegisterAttack, No05_TwoValuesOfOneRegister) {
  Case c = MakeCase({Op::kAdd}, 3, 4);
  c.instruction.rd = c.instruction.rs1 = c.instruction.rs2 = 1;
  c.step.prev[1] = c.step.ts;
  c.step.prev[2] = c.step.ts + 1;
  c.step.old = 3;
  const Evaluator said = Said<AddSub>(FilledRow<AddSub>(c));
  EXPECT_NE(said.exchanges[1].produced, said.exchanges[2].consumed);
}

// 5: the second operand read as the value that the instruction is about to write.
TEST(RegisterAttack, No05_OperandReadAfterTheWrite) {
  Case c = MakeCase({Op::kAdd}, 3, 4);
  c.instruction.rd = c.instruction.rs2 = 1;
  c.step.prev[1] = c.step.ts + 2;
  c.step.b = 7;
  EXPECT_EQ(RefusalsOf<AddSub>(c, FilledRow<AddSub>(c)), Refusals{"RANGE"});
}

// 5, 6: gaps of no step at all, of one more than a register may have, and backwards.
TYPED_TEST(Attack, No06_RegisterTimeGapOutOfRange) {
  Case c = MakeCase(Traits<TypeParam>::Forms()[0], 0x12345678, 0x9ABCDEF0);
  for (const uint32_t slot : SlotsOf(c.instruction)) {
    for (const uint32_t gap : {0U, 0x10001U, 0U - 5U}) {
      Case forged = c;
      forged.step.prev[slot] = c.step.ts + slot - gap;
      auto row = FilledRow<TypeParam>(forged);
      if constexpr (requires { row.gap_hi; }) row.gap_hi = FilledRow<TypeParam>(c).gap_hi;
      const Refusals refusals = RefusalsOf<TypeParam>(forged, row);
      EXPECT_EQ(refusals, Refusals{"RANGE"}) << slot << " " << gap;
    }
  }
}

// 6: memory gaps of 2^30, and backwards by high parts out of range.
TEST(MemoryAttack, No06_TimeGapOutOfRange) {
  const Case c = MakeCase({Op::kLw}, 0x2000, 5);
  auto row = FilledRow<LoadWord>(c);
  row.gap_hi = 1 << 14;
  row.prev_value = row.ts + 1 - 1 - (1 << 30);
  EXPECT_EQ(RefusalsOf<LoadWord>(c, row), (Refusals{"RANGE", "context"}));
  row.gap_hi = -1;
  row.prev_value = row.ts + (1 << 16);
  EXPECT_EQ(RefusalsOf<LoadWord>(c, row), Refusals{"RANGE"});
  row.gap_hi = 0;
  row.prev_value = row.ts + 1;
  EXPECT_EQ(RefusalsOf<LoadWord>(c, row), Refusals{"RANGE"});
}

template <class Chip>
class AddressAttack : public testing::Test {};
using AddressChips = testing::Types<Jalr, LoadWord, StoreWord, LoadPart, StorePart>;
TYPED_TEST_SUITE(AddressAttack, AddressChips);

template <class Chip>
struct Access0 {
  Case c;
  typename Chip::template Main<Fp> row;
};
// An access through `base`, with the carry set as asked.
template <class Chip>
Access0<Chip> ThroughBase(Op op, uint32_t base, int32_t immediate, int wrap) {
  Case c = MakeCase({op}, 0x2000, 0);
  c.step.a = base;
  c.instruction.k0 = immediate;
  Access0<Chip> access{c, FilledRow<Chip>(c)};
  access.row.wrap = wrap;
  return access;
}

// 7: base.hi = 0x4000 or 0xFFFF without the carry, base.hi = 5 with it.
TYPED_TEST(AddressAttack, No07_CarryOfTheAddress) {
  struct Forgery {
    uint32_t base;
    int wrap;
  };
  const Op op = Traits<TypeParam>::Forms()[0].op;
  for (const auto& [base, wrap] :
       {Forgery{0x40000000, 0}, Forgery{0xFFFF0000, 0}, Forgery{0x00050000, 1}}) {
    const auto access = ThroughBase<TypeParam>(op, base, 4, wrap);
    const Refusals refusals = RefusalsOf<TypeParam>(access.c, access.row);
    ASSERT_FALSE(refusals.empty());
    EXPECT_EQ(refusals[0], "RANGE");
  }
}

// 7: an address below 0.
TYPED_TEST(AddressAttack, No07_NegativeAddress) {
  const Op op = Traits<TypeParam>::Forms()[0].op;
  const auto access = ThroughBase<TypeParam>(op, 0, -2048, 0);
  EXPECT_EQ(RefusalsOf<TypeParam>(access.c, access.row), Refusals{"context"});
}

// 7: misaligned addresses name no word of memory.
TEST(MemoryAttack, No07_MisalignedAddress) {
  for (const int32_t low : {1, 2, 3}) {
    const auto load = ThroughBase<LoadWord>(Op::kLw, 0x2000, low, 0);
    EXPECT_EQ(RefusalsOf<LoadWord>(load.c, load.row), Refusals{"context"});
    const auto store = ThroughBase<StoreWord>(Op::kSw, 0x2000, low, 0);
    EXPECT_EQ(RefusalsOf<StoreWord>(store.c, store.row), Refusals{"context"});
  }
  auto half = ThroughBase<LoadPart>(Op::kLh, 0x2000, 1, 0);
  EXPECT_EQ(RefusalsOf<LoadPart>(half.c, half.row), Refusals{"constraint"});
  half.row.in_odd_byte = 0;
  EXPECT_EQ(RefusalsOf<LoadPart>(half.c, half.row), Refusals{"context"});
}

// 7: byte address T with T + p = 4 w: refused if no key allows a word address w that high.
TEST(MemoryAttack, No07_AddressThatWrapsModP) {
  const uint32_t byte_address = 0x3FFE0003 / 4 * 4 + 3;  // p = 1 mod 4
  auto load = ThroughBase<LoadPart>(Op::kLbu, byte_address, 0, 0);
  EXPECT_EQ(RefusalsOf<LoadPart>(load.c, load.row), Refusals{});
  load.row.in_odd_byte = load.row.in_high_limb = 0;
  const Evaluator said = Said<LoadPart>(load.row);
  EXPECT_EQ(said.exchanges[2].consumed[1].Value(), (uint64_t{byte_address} + Fp::kModulus) / 4);
  EXPECT_EQ(RefusalsOf<LoadPart>(load.c, load.row), Refusals{"context"});
}

// 7: JALR to 2 mod 4; an even target with the lowest bit "cleared".
TEST(JalrAttack, No07_TargetThatIsNoPc) {
  const auto jump = ThroughBase<Jalr>(Op::kJalr, 0x2002, 0, 0);
  EXPECT_EQ(RefusalsOf<Jalr>(jump.c, jump.row), Refusals{"context"});
  auto even = ThroughBase<Jalr>(Op::kJalr, 0x2000, 0, 0);
  even.row.odd = 1;
  EXPECT_EQ(RefusalsOf<Jalr>(even.c, even.row), Refusals{"context"});
}

// 8: a - b = p or 2 p is 0 as a field element, but not equal.
TEST(BranchAttack, No08_WordsThatDifferByMultiplesOfP) {
  for (const Op op : {Op::kBeq, Op::kBne}) {
    for (const uint32_t multiple : {Fp::kModulus, 2 * Fp::kModulus}) {
      const Case c = MakeCase({op}, multiple + 77, 77);
      auto row = FilledRow<BranchEqual>(c);
      row.equal = 1;
      row.next_pc = op == Op::kBeq ? row.target : row.pc + 4;
      // Both limbs differ, and the inverses do not fit.
      EXPECT_EQ(RefusalsOf<BranchEqual>(c, row),
                (Refusals{"constraint", "constraint", "constraint"}));
      row.inverse = {0, 0};
      EXPECT_EQ(RefusalsOf<BranchEqual>(c, row), (Refusals{"constraint", "constraint"}));
    }
  }
}

// 8: equal words said to differ.
TEST(BranchAttack, No08_EqualWordsSaidToDiffer) {
  for (const Op op : {Op::kBeq, Op::kBne}) {
    const Case c = MakeCase({op}, 77, 77);
    auto row = FilledRow<BranchEqual>(c);
    row.equal = 0;
    row.next_pc = op == Op::kBne ? row.target : row.pc + 4;
    EXPECT_EQ(RefusalsOf<BranchEqual>(c, row), Refusals{"constraint"});
  }
}

// 9: a sum that is right mod p; carries 2 and -1; SUB by the carries of ADD.
TEST(AddAttack, No09_SumThatIsRightModP) {
  const Case c = MakeCase({Op::kAdd}, 0x00010002, 0x00030004);
  auto row = FilledRow<AddSub>(c);
  row.c = WordOf(0x00010002 + 0x00030004 + Fp::kModulus);
  EXPECT_EQ(RefusalsOf<AddSub>(c, row), Refusals{"constraint"});
}
TEST(AddAttack, No09_CarriesThatAreNotBoolean) {
  const Case c = MakeCase({Op::kAdd}, 0x00010002, 0x00030004);
  for (const int carry : {2, -1}) {
    auto row = FilledRow<AddSub>(c);
    row.c.lo -= carry * (1 << 16);
    row.c.hi += carry;
    EXPECT_EQ(RefusalsOf<AddSub>(c, row), (Refusals{"constraint", "RANGE"}));
  }
}
TEST(AddAttack, No09_SubThroughTheCarriesOfAdd) {
  const Case c = MakeCase({Op::kSub}, 0x00010002, 0x00030004);
  auto row = FilledRow<AddSub>(c);
  row.c = WordOf(0x00010002 + 0x00030004);
  EXPECT_NE(RefusalsOf<AddSub>(c, row), Refusals{});
  row.is_sub = 0;
  row.is_add = 1;
  EXPECT_EQ(RefusalsOf<AddSub>(c, row), Refusals{"PROG"});
}

// 10: 32 taken as a shift by 32 instead of 0.
TEST(ShiftAttack, No10_AmountOfSixteen) {
  for (const Op op : {Op::kSll, Op::kSrl, Op::kSra}) {
    const Case c = MakeCase({op}, 0x12345678, 32);
    auto row = FilledRow<Shift>(c);
    row.amount = 16;
    row.by_limb = 1;
    row.rest = 0;
    row.c = {0, 0};
    const bool left = op == Op::kSll;
    row.split = left ? 0 : 16;
    row.power = left ? 1 : 1 << 16;
    row.copower = left ? 1 << 16 : 1;
    row.lo = left ? Shift::Cut<Fp>{row.a.lo, 0} : Shift::Cut<Fp>{0, row.a.lo};
    row.hi = left ? Shift::Cut<Fp>{row.a.hi, 0} : Shift::Cut<Fp>{0, row.a.hi};
    row.lo_up = row.lo.low;
    row.hi_up = row.hi.low;
    EXPECT_EQ(RefusalsOf<Shift>(c, row), Refusals{"SHIFT"});
  }
}

// 10: the split of the other direction.
TEST(ShiftAttack, No10_SplitOfTheOtherDirection) {
  const Case c = MakeCase({Op::kSll}, 0x12345678, 5);
  const Case other = MakeCase({Op::kSrl}, 0x12345678, 5);
  auto row = FilledRow<Shift>(other);
  row.is_right = 0;
  row.is_left = 1;
  row.c = {row.lo_up, row.lo.high + row.hi_up};
  EXPECT_EQ(RefusalsOf<Shift>(c, row), Refusals{"SHIFT"});
}

// 10: a low part of 2^split or more, compensated in the high part.
TEST(ShiftAttack, No10_LowPartTooLarge) {
  const Case c = MakeCase({Op::kSrl}, 0x12345678, 4);
  auto row = FilledRow<Shift>(c);
  row.lo.low += row.power;
  row.lo.high -= 1;
  row.lo_up = row.lo.low * row.copower;
  row.c.lo -= 1;
  EXPECT_EQ(RefusalsOf<Shift>(c, row), Refusals{"RANGE"});
}

// 10: q = 1, low = 61441: low * 2^15 = p + 32767, which the scaled check would accept.
TEST(ShiftAttack, No10_ScaledRangeCheckWouldPass) {
  const Case c = MakeCase({Op::kSrl}, 0x12345678, 1);
  auto row = FilledRow<Shift>(c);
  row.lo.low = 61441;
  row.lo.high = (row.a.lo - 61441) * Fp(2).Inverse();
  row.lo_up = row.lo.low * row.copower;
  row.c.lo = row.lo.high + row.hi_up;
  EXPECT_EQ(row.lo_up, Fp(32767));
  const Refusals refusals = RefusalsOf<Shift>(c, row);
  EXPECT_EQ(refusals, (Refusals{"RANGE", "RANGE"}));
}

// 10: sign bits shifted in by SRL.
TEST(ShiftAttack, No10_SignOnSrl) {
  const Case c = MakeCase({Op::kSrl}, 0x80000000, 4);
  auto row = FilledRow<Shift>(c);
  const auto arithmetic = FilledRow<Shift>(MakeCase({Op::kSra}, 0x80000000, 4));
  row.sign = arithmetic.sign;
  row.fill = arithmetic.fill;
  row.c = arithmetic.c;
  EXPECT_EQ(RefusalsOf<Shift>(c, row), Refusals{"constraint"});
}

// 11: the carry of the sign as a fraction, so that any value becomes the high limb.
TEST(CompareAttack, No11_SignThatIsNotBoolean) {
  const Case c = MakeCase({Op::kSlt}, 5, 9);
  auto row = FilledRow<SetLess>(c);
  const int forged_hi = 0x9000;
  row.comparison.sign_x = (row.a.hi + 0x8000 - forged_hi) * Rv32Geometry::kInverseLimb;
  row.comparison.less = 0;
  EXPECT_EQ(RefusalsOf<SetLess>(c, row), Refusals{"constraint"});
}

// 11: a sign on an unsigned comparison.
TEST(CompareAttack, No11_SignOfAnUnsignedWord) {
  const Case c = MakeCase({Op::kSltu}, 0x80000000, 9);
  auto row = FilledRow<SetLess>(c);
  row.comparison.sign_x = 1;
  row.comparison.less = 1;
  EXPECT_EQ(RefusalsOf<SetLess>(c, row), Refusals{"RANGE"});
  const Case branch = MakeCase({Op::kBltu}, 0x80000000, 9);
  auto taken = FilledRow<BranchLess>(branch);
  taken.comparison.sign_x = 1;
  taken.comparison.less = 1;
  taken.next_pc = taken.target;
  EXPECT_EQ(RefusalsOf<BranchLess>(branch, taken), Refusals{"RANGE"});
}

// 12: LBU sign-extended; another byte of the word; a neighbour changed; SH at an odd byte.
TEST(PartAttack, No12_SignOfLbu) {
  const Case c = MakeCase({Op::kLbu}, 0x2000, 0x80);
  auto row = FilledRow<LoadPart>(c);
  row.byte_sign = 1;
  EXPECT_EQ(RefusalsOf<LoadPart>(c, row), Refusals{"constraint"});
}
TEST(PartAttack, No12_SignOfLhu) {
  const Case c = MakeCase({Op::kLhu}, 0x2000, 0x8000);
  auto row = FilledRow<LoadPart>(c);
  row.half_sign = 1;
  EXPECT_EQ(RefusalsOf<LoadPart>(c, row), Refusals{"constraint"});
}
TEST(PartAttack, No12_AnotherByteOrLimb) {
  const Case c = MakeCase({Op::kLbu}, 0x2000, 0x44332211);
  for (const uint32_t other : {1U, 2U, 3U}) {
    auto row = FilledRow<LoadPart>(MakeCase({Op::kLbu}, 0x2000 + other, 0x44332211));
    row.a = WordOf(c.step.a);
    EXPECT_EQ(RefusalsOf<LoadPart>(c, row), Refusals{"context"});
  }
}
TEST(PartAttack, No12_NeighbourOfAStoredByte) {
  Case c = MakeCase({Op::kSb}, 0x2000, 0x55);
  c.step.old = 0x44332211;
  auto row = FilledRow<StorePart>(c);
  row.value = WordOf(0x44337755);
  EXPECT_EQ(RefusalsOf<StorePart>(c, row), Refusals{"constraint"});
  row.limb = 0x7755;
  EXPECT_EQ(RefusalsOf<StorePart>(c, row), Refusals{"constraint"});
  row.byte1 = 0x77;
  EXPECT_EQ(RefusalsOf<StorePart>(c, row), Refusals{"constraint"});
  row = FilledRow<StorePart>(c);
  row.value.hi += 1;
  EXPECT_EQ(RefusalsOf<StorePart>(c, row), Refusals{"constraint"});
}
TEST(PartAttack, No12_HalfAtAnOddByte) {
  const Case c = MakeCase({Op::kSh}, 0x2000, 0x1234);
  auto row = FilledRow<StorePart>(c);
  row.a.lo += 1;
  row.in_odd_byte = 1;
  EXPECT_EQ(RefusalsOf<StorePart>(c, row), Refusals{"constraint"});
}

// 13: a product off by one with a compensating carry.
TEST(MulAttack, No13_CompensatingCarry) {
  const Case c = MakeCase({Op::kMul}, 0x12345678, 0x9ABCDEF0);
  auto row = FilledRow<Mul>(c);
  row.c.lo += 1;
  row.carry[0] -= Rv32Geometry::kInverseLimb;
  EXPECT_EQ(RefusalsOf<Mul>(c, row), (Refusals{"constraint", "RANGE"}));
  row.carry[1] -= Rv32Geometry::kInverseLimb * Rv32Geometry::kInverseLimb;
  EXPECT_EQ(RefusalsOf<Mul>(c, row), (Refusals{"RANGE", "RANGE"}));
  row = FilledRow<Mul>(c);
  row.c.lo += 1 << 16;
  row.carry[0] -= 1;
  row.c.hi -= 1;
  EXPECT_EQ(RefusalsOf<Mul>(c, row), Refusals{"RANGE"});
}
TEST(MulAttack, No13_LiftOfThree) {
  const Case c = MakeCase({Op::kMulh}, 0xFFFFFFFF, 0xFFFFFFFF);
  auto row = FilledRow<MulHigh>(c);
  row.lift_lo += 3 - row.lift_lo;
  row.c.lo = row.product[2] - row.sign_a * (row.b[0] + row.b[1] * 256) -
             row.sign_b * (row.a[0] + row.a[1] * 256) + row.lift_lo * (1 << 16);
  row.c.hi -= 1;
  const Refusals refusals = RefusalsOf<MulHigh>(c, row);
  ASSERT_FALSE(refusals.empty());
  EXPECT_EQ(refusals[0], "constraint");
}
TEST(MulAttack, No13_SignOfMulhu) {
  const Case c = MakeCase({Op::kMulhu}, 0x80000000, 2);
  auto row = FilledRow<MulHigh>(c);
  const auto as_signed = FilledRow<MulHigh>(MakeCase({Op::kMulhsu}, 0x80000000, 2));
  row.sign_a = as_signed.sign_a;
  row.lift_lo = as_signed.lift_lo;
  row.lift_hi = as_signed.lift_hi;
  row.c = as_signed.c;
  EXPECT_EQ(RefusalsOf<MulHigh>(c, row), Refusals{"constraint"});
}
TEST(MulAttack, No13_PaddingRowWithAFalseProduct) {
  const Case c = MakeCase({Op::kMulh}, 1, 2);
  MulHigh::Main<Fp> row;
  MulHigh::FillProduct(3, 5, row);
  EXPECT_EQ(RefusalsOf<MulHigh>(c, row), Refusals{});
  row.product[0] += 1;
  EXPECT_EQ(RefusalsOf<MulHigh>(c, row), Refusals{"constraint"});
}

// 14: quotient too small; remainder equal to the divisor.
TEST(DivAttack, No14_RemainderNotBelowDivisor) {
  for (const uint32_t a : {100U, 98U}) {
    const Case c = MakeCase({Op::kDivu}, a, 7);
    auto row = FilledRow<DivRem>(c);
    row.quotient.lo -= 1;
    row.remainder.lo += 7;
    row.chosen.lo -= 1;
    row.c.lo -= 1;
    // With or without the borrow, one limb of |b| - |remainder| - 1 is negative.
    for (const int borrow : {0, 1}) {
      row.borrow = borrow;
      EXPECT_EQ(RefusalsOf<DivRem>(c, row), Refusals{"RANGE"});
    }
  }
}
TEST(DivAttack, No14_ZeroDivisorFlag) {
  const Case by_seven = MakeCase({Op::kDivu}, 100, 7);
  auto row = FilledRow<DivRem>(by_seven);
  row.divides_by_zero = 1;
  EXPECT_NE(RefusalsOf<DivRem>(by_seven, row), Refusals{});
  row.quotient = row.chosen = row.c = WordOf(0xFFFFFFFF);
  EXPECT_EQ(RefusalsOf<DivRem>(by_seven, row), (Refusals{"constraint", "MUL64"}));

  const Case by_zero = MakeCase({Op::kDivu}, 100, 0);
  row = FilledRow<DivRem>(by_zero);
  row.divides_by_zero = 0;
  EXPECT_EQ(RefusalsOf<DivRem>(by_zero, row), Refusals{"RANGE"});
  row.quotient = row.chosen = row.c = WordOf(5);
  EXPECT_EQ(RefusalsOf<DivRem>(by_zero, row), Refusals{"RANGE"});
  row.borrow = 1;
  EXPECT_EQ(RefusalsOf<DivRem>(by_zero, row), Refusals{"RANGE"});
}
TEST(DivAttack, No14_OverflowWithAnotherOutput) {
  for (const Op op : {Op::kDiv, Op::kRem}) {
    const Case c = MakeCase({op}, 0x80000000, 0xFFFFFFFF);
    const auto honest = FilledRow<DivRem>(c);
    EXPECT_EQ(RefusalsOf<DivRem>(c, honest), Refusals{});
    for (const uint32_t output : {0U, 1U, 0x7FFFFFFFU, 0x80000000U, 0x80000001U, 0xFFFFFFFFU}) {
      auto row = honest;
      row.c = WordOf(output);
      if (row.c.lo == honest.c.lo && row.c.hi == honest.c.hi) continue;
      EXPECT_NE(RefusalsOf<DivRem>(c, row), Refusals{});
    }
  }
}
TEST(DivAttack, No14_SignOfTheQuotient) {
  // -8 / 4 with remainder 0; a remainder has the sign of the dividend.
  const Case c = MakeCase({Op::kDiv}, 0U - 8U, 4);
  auto row = FilledRow<DivRem>(c);
  row.c = WordOf(2);
  row.negates = 0;
  EXPECT_EQ(RefusalsOf<DivRem>(c, row), Refusals{"constraint"});
  row.signs_differ = 0;
  EXPECT_EQ(RefusalsOf<DivRem>(c, row), Refusals{"constraint"});
}

// 21: a write to x0, a read of the sink.
TYPED_TEST(Attack, No21_RegisterOfAnotherNumber) {
  for (const Form form : Traits<TypeParam>::Forms()) {
    Case c = MakeCase(form, 0x12345678, 0x9ABCDEF0);
    auto row = FilledRow<TypeParam>(c);
    if constexpr (requires { row.rd; }) {
      c.instruction.rd = kSinkRegister;
      row.rd = 0;
      EXPECT_EQ(RefusalsOf<TypeParam>(c, row), Refusals{"PROG"});
    }
    c = MakeCase(form, 0x12345678, 0x9ABCDEF0);
    row = FilledRow<TypeParam>(c);
    if constexpr (requires { row.rs1; }) {
      row.rs1 = kSinkRegister;
      EXPECT_EQ(RefusalsOf<TypeParam>(c, row), Refusals{"PROG"});
    }
    row = FilledRow<TypeParam>(c);
    if constexpr (requires { row.rs2; }) {
      row.rs2 = kSinkRegister;
      EXPECT_EQ(RefusalsOf<TypeParam>(c, row), Refusals{"PROG"});
    }
  }
}

}  // namespace
}  // namespace zkvm::chip_test
