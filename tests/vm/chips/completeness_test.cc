// Honest rows pass, and do what the instruction set demands.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "stark/air/symbolic.h"
#include "tests/vm/chips/cases.h"

namespace zkvm::chip_test {
namespace {

template <class Chip>
class HonestRows : public testing::Test {};

using Chips = testing::Types<AddSub, Addi, Upper, Jalr, BranchEqual, BranchLess, SetLess, Bitwise,
                             Shift, LoadWord, StoreWord, LoadPart, StorePart, Mul, MulHigh, DivRem>;
TYPED_TEST_SUITE(HonestRows, Chips);

// The row of `c` passes and its tuples are exactly those of the instruction.
template <class Chip>
void ExpectHonest(const Case& c) {
  Judge judge(c);
  judge.Evaluate<Chip>(FilledRow<Chip>(c));
  ASSERT_TRUE(judge.Passes()) << "op " << static_cast<int>(c.instruction.op) << " a " << c.step.a
                              << " b " << c.step.b << " k0 " << c.instruction.k0;
  ASSERT_TRUE(judge.IsLawful()) << "op " << static_cast<int>(c.instruction.op) << " a " << c.step.a
                                << " b " << c.step.b << " k0 " << c.instruction.k0;
  const auto& exchanges = judge.said().exchanges;
  const auto moved = std::count_if(exchanges.begin(), exchanges.end(),
                                   [](const auto& pair) { return !pair.Cancels(); });
  ASSERT_EQ(static_cast<size_t>(moved), 1 + SlotsOf(c.instruction).size());
  const auto& messages = judge.said().messages;
  ASSERT_TRUE(std::any_of(messages.begin(), messages.end(), [](const auto& m) {
    return m.bus->id == kProgram.id && m.multiplicity == Fp(1);
  }));
}

TYPED_TEST(HonestRows, PassForCornerOperands) {
  for (const Form form : Traits<TypeParam>::Forms()) {
    for (const uint32_t x : CornerWords()) {
      for (const uint32_t y : CornerWords()) {
        ASSERT_NO_FATAL_FAILURE(ExpectHonest<TypeParam>(MakeCase(form, x, y)));
      }
    }
  }
}

TYPED_TEST(HonestRows, PassForRandomOperands) {
  std::mt19937 rng(1);
  for (const Form form : Traits<TypeParam>::Forms()) {
    for (int i = 0; i < 2000; ++i) {
      const uint32_t x = static_cast<uint32_t>(rng()) >> (rng() % 32);
      const uint32_t y = static_cast<uint32_t>(rng()) >> (rng() % 32);
      ASSERT_NO_FATAL_FAILURE(ExpectHonest<TypeParam>(MakeCase(form, x, y)));
    }
  }
}

TYPED_TEST(HonestRows, PassForEqualOperands) {
  for (const Form form : Traits<TypeParam>::Forms()) {
    for (const uint32_t x : CornerWords()) {
      ASSERT_NO_FATAL_FAILURE(ExpectHonest<TypeParam>(MakeCase(form, x, x)));
    }
  }
}

// rs1 = rs2 = rd: three accesses of one register in time order, both reads see the old value.
TYPED_TEST(HonestRows, MayUseOneRegisterThreeTimes) {
  for (const Form form : Traits<TypeParam>::Forms()) {
    Case c = MakeCase(form, 77, 77);
    const std::vector<uint32_t> slots = SlotsOf(c.instruction);
    const std::optional<Execution> execution = Execute(c.instruction, c.step);
    uint32_t previous = c.step.ts - 9;
    for (const Access& access : execution->accesses) {
      if (access.space != kSpaceRegister) continue;
      c.step.prev[access.slot] = previous;
      previous = c.step.ts + access.slot;
      (access.slot == 0   ? c.instruction.rs1
       : access.slot == 1 ? c.instruction.rs2
                          : c.instruction.rd) = 9;
    }
    ASSERT_NO_FATAL_FAILURE(ExpectHonest<TypeParam>(c));
  }
}

// Gaps of one step and the largest that a register may have.
TYPED_TEST(HonestRows, MayHaveAnyTimeGapInRange) {
  for (const Form form : Traits<TypeParam>::Forms()) {
    for (const uint32_t gap : {1U, 0x10000U}) {
      Case c = MakeCase(form, 0x12345678, 0x9ABCDEF0);
      for (uint32_t slot = 0; slot < 3; ++slot) c.step.prev[slot] = c.step.ts + slot - gap;
      ASSERT_NO_FATAL_FAILURE(ExpectHonest<TypeParam>(c));
    }
  }
}

TYPED_TEST(HonestRows, PaddingPassesAndDoesNothing) {
  const Case c = MakeCase(Traits<TypeParam>::Forms()[0], 1, 2);
  for (const auto& row : {typename TypeParam::template Main<Fp>{}, IdleRow<TypeParam>()}) {
    Judge judge(c);
    judge.Evaluate<TypeParam>(row);
    EXPECT_TRUE(judge.Passes());
    for (const auto& pair : judge.said().exchanges) EXPECT_TRUE(pair.Cancels());
    for (const auto& message : judge.said().messages) {
      EXPECT_TRUE(message.bus->id != kProgram.id || message.multiplicity.IsZero());
    }
  }
}

// ShapeOf aborts on degrees above 3 in a constraint and above 1 in a message or tuple.
template <class Chip>
void ExpectShape(size_t columns, size_t tuple_pairs, size_t messages) {
  const AirShape shape = ShapeOf<Chip>();
  EXPECT_EQ(shape.main_columns, columns) << Chip::kName;
  EXPECT_EQ(shape.exchanges, tuple_pairs) << Chip::kName;
  EXPECT_EQ(shape.fractions, messages) << Chip::kName;
  EXPECT_TRUE(shape.main_next.empty()) << Chip::kName;
}

// docs/protocol.md, section 8; what it counts besides is in the comments.
TEST(ChipShapes, AreThoseOfTheSpecification) {
  ExpectShape<AddSub>(18, 4, 6);
  ExpectShape<Addi>(14, 3, 5);
  ExpectShape<Upper>(10, 2, 2);
  ExpectShape<Jalr>(16, 3, 4);
  ExpectShape<BranchEqual>(17, 3, 3);
  ExpectShape<BranchLess>(20, 3, 7);
  ExpectShape<SetLess>(23, 4, 8);
  ExpectShape<Bitwise>(30, 4, 8);
  ExpectShape<Shift>(34, 4, 11);  // the low limb of the amount, linear in its parts
  ExpectShape<LoadWord>(17, 4, 6);
  ExpectShape<StoreWord>(17, 4, 6);
  ExpectShape<LoadPart>(27, 4, 8);   // the selected limb, linear in its bytes
  ExpectShape<StorePart>(26, 4, 8);  // the low limb of rs2, linear in its bytes
  ExpectShape<Mul>(23, 4, 12);       // product and carries by bytes: 4 columns, 2 messages
  ExpectShape<MulHigh>(35, 4, 19);   // the same: 7 columns, 3 messages; the last limb's range
  ExpectShape<DivRem>(37, 4, 13);    // the product, of which a carry is enough; the range of |a|
}

// The products that divisions look up come from rows that prove no instruction.
TEST(MulHighProducts, AreProvidedOnInertRows) {
  std::mt19937 rng(2);
  std::vector<uint32_t> words = CornerWords();
  for (int i = 0; i < 100; ++i) words.push_back(static_cast<uint32_t>(rng()));
  for (const uint32_t x : words) {
    for (const uint32_t y : CornerWords()) {
      MulHigh::Main<Fp> row;
      MulHigh::FillProduct(x, y, row);
      Judge judge(MakeCase({Op::kMulh}, 1, 2));
      judge.Evaluate<MulHigh>(row);
      ASSERT_TRUE(judge.Passes());
      ASSERT_TRUE(judge.IsLawful());
      for (const auto& pair : judge.said().exchanges) ASSERT_TRUE(pair.Cancels());
      const auto& messages = judge.said().messages;
      ASSERT_EQ(std::count_if(messages.begin(), messages.end(),
                              [](const auto& m) {
                                return m.provided && m.bus->id == kMul64.id &&
                                       m.multiplicity == Fp(1);
                              }),
                1);
    }
  }
}

// The message that a division looks up is the one that its product's row provides.
TEST(DivRemProducts, MatchWhatIsProvided) {
  for (const Form form : Traits<DivRem>::Forms()) {
    for (const uint32_t x : CornerWords()) {
      for (const uint32_t y : CornerWords()) {
        const Case c = MakeCase(form, x, y);
        const DivRem::Product factors = DivRem::ProductOf(c.step, c.instruction);
        MulHigh::Main<Fp> product;
        MulHigh::FillProduct(factors.quotient, factors.divisor, product);
        Evaluator division, provider;
        division.Evaluate<DivRem>(FilledRow<DivRem>(c));
        provider.Evaluate<MulHigh>(product);
        const auto is_product = [](const auto& m) { return m.bus->id == kMul64.id; };
        const auto wanted =
            std::find_if(division.messages.begin(), division.messages.end(), is_product);
        const auto provided =
            std::find_if(provider.messages.begin(), provider.messages.end(), is_product);
        ASSERT_EQ(wanted->fields, provided->fields);
      }
    }
  }
}

}  // namespace
}  // namespace zkvm::chip_test
