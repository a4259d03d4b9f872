// Every constraint and every lookup is needed: without it a forged row passes.
//
// Exceptions are listed with the reason why the rest implies them. All of them are kept: they say
// what a column is, and the rule that flags and multiplicities are boolean by constraint should not
// rest on an argument about time gaps.
#include <gtest/gtest.h>

#include <map>
#include <string_view>

#include "tests/vm/chips/forger.h"

namespace zkvm::chip_test {
namespace {

// With two flags, one is boolean if the other and their sum are, except -1 and 1 on a row that is
// not real, where everything is gated by the sum.
constexpr std::string_view kOneOfTwoFlags = "one of two flags";
// A value e of the sum other than 0 and 1 forces prev = ts, which leaves -e as the time gap of
// slot 0 (no small positive e passes) and e that of slot 2 (no small negative e does). With
// boolean flags slot 0 is enough.
constexpr std::string_view kSumOfFlags = "sum of flags";

using Implied = std::map<size_t, std::string_view>;  // by index of the constraint

template <class Chip>
Implied ImpliedConstraints() {
  return {};
}
template <>
Implied ImpliedConstraints<AddSub>() {
  return {{0, kOneOfTwoFlags}, {1, kOneOfTwoFlags}, {2, kSumOfFlags}};
}
template <>
Implied ImpliedConstraints<Addi>() {
  return {{0, kSumOfFlags}};
}
template <>
Implied ImpliedConstraints<Jalr>() {
  return {{0, kSumOfFlags}};
}
template <>
Implied ImpliedConstraints<BranchEqual>() {
  return {{0, kOneOfTwoFlags}, {1, kOneOfTwoFlags}, {2, kSumOfFlags}};
}
template <>
Implied ImpliedConstraints<BranchLess>() {
  return {{4, kSumOfFlags}};
}
template <>
Implied ImpliedConstraints<SetLess>() {
  return {{0, kOneOfTwoFlags}, {1, kOneOfTwoFlags}, {2, kSumOfFlags}};
}
template <>
Implied ImpliedConstraints<Bitwise>() {
  return {{3, kSumOfFlags}};
}
template <>
Implied ImpliedConstraints<Shift>() {
  return {{0, "is_left: SHIFT has no other direction than 0 and 1"},
          {2, "is_arithmetic: as -1 it asks for RANGE(17)"},
          {3, kSumOfFlags}};
}
template <>
Implied ImpliedConstraints<LoadWord>() {
  return {{0, kSumOfFlags}};
}
template <>
Implied ImpliedConstraints<StoreWord>() {
  return {{0, kSumOfFlags}};
}
template <>
Implied ImpliedConstraints<LoadPart>() {
  return {{4, kSumOfFlags}};
}
template <>
Implied ImpliedConstraints<StorePart>() {
  return {{0, kOneOfTwoFlags}, {1, kOneOfTwoFlags}, {2, kSumOfFlags}};
}
template <>
Implied ImpliedConstraints<Mul>() {
  return {{0, kSumOfFlags}};
}
template <>
Implied ImpliedConstraints<MulHigh>() {
  return {{3, kSumOfFlags}};
}
template <>
Implied ImpliedConstraints<DivRem>() {
  return {{0, "is_div: as -1 it spells REMU and acts so, or asks for RANGE(17), or spells no op"},
          {4, kSumOfFlags},
          {10, "sign_a: otherwise a = -a, and then chosen = -chosen"},
          {12, "sign_b: otherwise b = -b, and then chosen = -chosen"},
          {26, "abs_b.lo: the quotient 2^32 - 1 times abs_b has 32 bits for abs_b <= 1 only"},
          {27, "abs_b.hi: the same"}};
}

template <class Chip>
class Deletion : public testing::Test {};

using Chips = testing::Types<AddSub, Addi, Upper, Jalr, BranchEqual, BranchLess, SetLess, Bitwise,
                             Shift, LoadWord, StoreWord, LoadPart, StorePart, Mul, MulHigh, DivRem>;
TYPED_TEST_SUITE(Deletion, Chips);

// Rows to evaluate; the hardest forgery takes about half of the first.
constexpr size_t kBudget = 300000;
constexpr size_t kBudgetInVain = 10000;

TYPED_TEST(Deletion, OfNothingAdmitsNoForgery) {
  EXPECT_FALSE(Forger<TypeParam>(std::nullopt).Find(kBudgetInVain));
}

TYPED_TEST(Deletion, OfAConstraintAdmitsAForgery) {
  Evaluator said;
  said.Evaluate<TypeParam>(IdleRow<TypeParam>());
  const Implied implied = ImpliedConstraints<TypeParam>();
  for (size_t i = 0; i < said.constraints.size(); ++i) {
    Forger<TypeParam> forger(Condition{Condition::kConstraint, i});
    if (const auto reason = implied.find(i); reason != implied.end()) {
      EXPECT_FALSE(forger.Find(kBudgetInVain)) << "constraint " << i << ", " << reason->second;
    } else {
      EXPECT_TRUE(forger.Find(kBudget)) << "constraint " << i;
    }
  }
}

TYPED_TEST(Deletion, OfALookupAdmitsAForgery) {
  Evaluator said;
  said.Evaluate<TypeParam>(IdleRow<TypeParam>());
  for (size_t i = 0; i < said.messages.size(); ++i) {
    if (said.messages[i].provided) continue;
    EXPECT_TRUE(Forger<TypeParam>(Condition{Condition::kMessage, i}).Find(kBudget))
        << "lookup " << i << ", " << said.messages[i].bus->name;
  }
}

}  // namespace
}  // namespace zkvm::chip_test
