// One cell of a row changed: the row is refused, or does something else that is lawful, or the cell
// is one of the few that mean nothing on that row.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/vm/chips/forger.h"

namespace zkvm::chip_test {
namespace {

// Columns whose value is of no consequence on a passing row.
template <class Chip>
std::set<const Fp*> FreeCells(const typename Chip::template Main<Fp>&) {
  return {};
}
// The inverse of a difference that is 0.
template <>
std::set<const Fp*> FreeCells<BranchEqual>(const BranchEqual::Main<Fp>& row) {
  std::set<const Fp*> cells;
  if (row.a.lo == row.b.lo) cells.insert(&row.inverse.lo);
  if (row.a.hi == row.b.hi) cells.insert(&row.inverse.hi);
  return cells;
}
// The high limb of an immediate amount: the read of rs2 that it would belong to is disabled.
template <>
std::set<const Fp*> FreeCells<Shift>(const Shift::Main<Fp>& row) {
  if (row.is_immediate == Fp(1)) return {&row.b_hi};
  return {};
}
// The borrow of |b| - |remainder| - 1 for b = 0, where nothing is looked up.
template <>
std::set<const Fp*> FreeCells<DivRem>(const DivRem::Main<Fp>& row) {
  if (row.divides_by_zero == Fp(1)) return {&row.borrow};
  return {};
}

// What the rest of the machine sees of a row: messages that are sent, tuples that move.
struct Visible {
  std::vector<std::vector<Fp>> messages;
  std::vector<std::pair<TupleValue, TupleValue>> tuples;
  bool operator==(const Visible&) const = default;
};
Visible VisibleOf(const Evaluator& said) {
  Visible visible;
  for (const auto& m : said.messages) {
    if (m.bus->id == kRange.id || m.multiplicity.IsZero()) continue;
    std::vector<Fp> fields(m.fields.begin(), m.fields.end());
    fields.push_back(m.multiplicity);
    visible.messages.push_back(std::move(fields));
  }
  for (const auto& pair : said.exchanges) {
    if (!pair.Cancels()) visible.tuples.emplace_back(pair.consumed, pair.produced);
  }
  return visible;
}

template <class Chip>
class Mutation : public testing::Test {};

using Chips = testing::Types<AddSub, Addi, Upper, Jalr, BranchEqual, BranchLess, SetLess, Bitwise,
                             Shift, LoadWord, StoreWord, LoadPart, StorePart, Mul, MulHigh, DivRem>;
TYPED_TEST_SUITE(Mutation, Chips);

TYPED_TEST(Mutation, OfOneCellIsRefusedOrLawful) {
  std::mt19937 rng(3);
  for (const Form form : Traits<TypeParam>::Forms()) {
    for (const Case& c : StartingCases(form)) {
      auto row = FilledRow<TypeParam>(c);
      Judge judge(c);
      judge.Evaluate<TypeParam>(row);
      if (!judge.Passes()) continue;
      const Visible honest = VisibleOf(judge.said());
      const std::set<const Fp*> free = FreeCells<TypeParam>(row);
      for (size_t j = 0; j < kColumns<TypeParam>; ++j) {
        const Fp cell = Cells(row)[j];
        std::vector<Fp> values = Disturbances(cell);
        for (int i = 0; i < 4; ++i) values.push_back(Fp::FromU32(static_cast<uint32_t>(rng())));
        for (const Fp value : values) {
          if (value == cell) continue;
          Cells(row)[j] = value;
          judge.Evaluate<TypeParam>(row);
          if (!judge.Passes()) continue;
          ASSERT_TRUE(judge.IsLawful())
              << "column " << j << " from " << cell.Value() << " to " << value.Value();
          ASSERT_TRUE(VisibleOf(judge.said()) != honest || free.contains(&Cells(row)[j]))
              << "column " << j << " from " << cell.Value() << " to " << value.Value();
        }
        Cells(row)[j] = cell;
      }
    }
  }
}

TYPED_TEST(Mutation, OfAPaddingRowIsRefusedOrInert) {
  const Case c = MakeCase(Traits<TypeParam>::Forms()[0], 1, 2);
  auto row = IdleRow<TypeParam>();
  for (size_t j = 0; j < kColumns<TypeParam>; ++j) {
    const Fp cell = Cells(row)[j];
    for (const Fp value : Disturbances(cell)) {
      Cells(row)[j] = value;
      Judge judge(c);
      judge.Evaluate<TypeParam>(row);
      EXPECT_TRUE(!judge.Passes() || judge.IsLawful()) << "column " << j;
    }
    Cells(row)[j] = cell;
  }
}

// The listed cells really are free.
TYPED_TEST(Mutation, OfAFreeCellChangesNothing) {
  for (const Form form : Traits<TypeParam>::Forms()) {
    for (const Case& c : StartingCases(form)) {
      auto row = FilledRow<TypeParam>(c);
      Judge judge(c);
      judge.Evaluate<TypeParam>(row);
      if (!judge.Passes()) continue;
      const Visible honest = VisibleOf(judge.said());
      for (const Fp* free : FreeCells<TypeParam>(row)) {
        Fp& cell = Cells(row)[free - Cells(row)];
        const Fp before = cell;
        cell = Fp(1) - cell;
        judge.Evaluate<TypeParam>(row);
        EXPECT_TRUE(judge.Passes());
        EXPECT_TRUE(VisibleOf(judge.said()) == honest);
        cell = before;
      }
    }
  }
}

}  // namespace
}  // namespace zkvm::chip_test
