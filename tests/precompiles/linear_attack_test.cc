// Cheats in the tables of linear calls. Each keeps the rest of the trace as an honest prover would
// compute it from the forged cells, and is refused.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "precompiles/tensor/constants.h"
#include "precompiles/tensor/folds/five.h"
#include "tests/precompiles/linear_world.h"

namespace zkvm::tensor {
namespace {

std::string Text(const CheckReport& report) {
  std::string text;
  for (const std::string& problem : report.problems) text += problem + "\n";
  return text;
}

// Refused, for a reason that names `reason`.
void ExpectRefused(LinearWorld& world, std::string_view reason,
                   const LinearWorld::Tamper& after_folds = {},
                   const LinearWorld::Tamper& at_last = {}) {
  const std::string text = Text(world.Check({}, after_folds, at_last));
  EXPECT_NE(text.find(reason), std::string::npos) << reason << " in:\n" << text;
}

// A world of sequences with every kind of row in TERM but those of operands; the first layer has
// unused lanes.
struct SequenceWorld : LinearWorld {
  SequenceWorld() : LinearWorld(11) {
    const Operand x = Input(Sequence(3, 20));
    const Operand y = Layer(Sequence(3, 20)).Weights(x, 1, Times(2)).Bias().Run();
    const Operand z = Layer(Sequence(3, 20)).Weights(y, 1).From(x, 1, Use::kResidual).Run();
    Evaluate(z, Sequence(3, 20, Role::kK));
    Build();
  }
};

// Planes of several cells, and of one; strides 1 and 2.
struct ImageWorld : LinearWorld {
  ImageWorld() : LinearWorld(12) {
    const Operand x = Input(Image(2, 3, 18));
    const Operand y = Layer(Image(2, 3, 18)).Weights(x, 2, Kernel(3, 3, 1, 1)).Bias().Run();
    Layer(Image(2, 2, 4), 2).Weights(y, 2, Depthwise(Kernel(2, 3, 1, 0, 2))).Run();
    Build();
  }
};

struct OperandWorld : LinearWorld {
  OperandWorld() : LinearWorld(13) {
    const Operand q = Input(Sequence(3, 16));
    const Operand k = Input(Sequence(5, 16, Role::kK));
    const Operand v = Input(Sequence(5, 18, Role::kV));
    const Operand s =
        Layer(Sequence(3, 5)).From(q, 1, Use::kWeights).From(k, 5, Use::kOperandK).Run();
    Layer(Sequence(3, 18)).From(s, 1, Use::kWeights).From(v, 5, Use::kOperandV).Run();
    Build();
  }
};

template <class World>
class LinearCells : public testing::Test {};
using Worlds = testing::Types<SequenceWorld, ImageWorld, OperandWorld>;
TYPED_TEST_SUITE(LinearCells, Worlds);

// A quarter of all cells: enough for every column in several rows.
bool IsSampled(size_t row, size_t column) { return (row + column) % 4 == 0; }

// Cells of rows in use that a prover may choose, or that Check computes.
template <class Chip>
bool IsFreeCell(const typename Chip::template Main<Fp>&, size_t) {
  return false;
}
template <>
bool IsFreeCell<Out>(const Out::Main<Fp>&, size_t column) {
  using Row = Out::Main<uint8_t>;
  return column == offsetof(Row, evals) || column == offsetof(Row, cells);
}
template <>
bool IsFreeCell<Eval>(const Eval::Main<Fp>&, size_t column) {
  return column == offsetof(Eval::Main<uint8_t>, evals);
}
template <>
bool IsFreeCell<Term>(const Term::Main<Fp>& row, size_t column) {
  return column == offsetof(Term::Main<uint8_t>, dst) && row.block.start.IsZero();
}

template <class Chip>
void ChangeEveryCell(LinearWorld& world) {
  zkvm::Matrix& main = world.table<Chip>().main;
  for (size_t i = 0; i < world.rows<Chip>(); ++i) {
    for (size_t j = 0; j < main.cols(); ++j) {
      if (!IsSampled(i, j) || IsFreeCell<Chip>(world.Get<Chip>(i), j)) continue;
      Fp& cell = main.column(j)[i];
      const Fp honest = cell;
      cell += 1;
      EXPECT_FALSE(world.Check().ok()) << Chip::kName << " row " << i << ", column " << j;
      cell = honest;
    }
  }
  EXPECT_TRUE(world.Check().ok());
}

TYPED_TEST(LinearCells, OfMainColumnsAreDetermined) {
  TypeParam world;
  ChangeEveryCell<Out>(world);
  ChangeEveryCell<Eval>(world);
  ChangeEveryCell<Term>(world);
  ChangeEveryCell<GarbageChip>(world);
}

template <class Chip>
bool IsFreeFold(LinearWorld&, size_t, size_t) {
  return false;
}
// The register w where nothing sets it.
template <>
bool IsFreeFold<Term>(LinearWorld& world, size_t row, size_t fold) {
  const auto flag = world.Get<Term>(row).flag;
  return fold == offsetof(Term::Folds<uint8_t>, w) && flag[Term::kLoadW].IsZero() &&
         flag[Term::kHoldW].IsZero() && flag[Term::kCopyW].IsZero();
}

template <class Chip>
void ChangeEveryFold(LinearWorld& world, size_t rows) {
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < ChipWidth<Chip>::kFolds; ++j) {
      if (IsFreeFold<Chip>(world, i, j)) continue;
      const CheckReport report = world.Check(
          {}, [&](LinearWorld& w) { w.table<Chip>().folds.column(5 * j + i % 5)[i] += 1; });
      EXPECT_FALSE(report.ok()) << Chip::kName << " row " << i << ", fold " << j;
    }
  }
}

// Rows of padding are included.
TYPED_TEST(LinearCells, OfFoldsAreDetermined) {
  TypeParam world;
  ChangeEveryFold<Out>(world, world.template rows<Out>() + 1);
  ChangeEveryFold<Eval>(world, world.template rows<Eval>() + 1);
  ChangeEveryFold<Term>(world, world.template rows<Term>());
  ChangeEveryFold<GarbageChip>(world, world.template rows<GarbageChip>());
  ChangeEveryFold<Pow>(world, world.template rows<Pow>() + 1);
  ChangeEveryFold<Weight<64>>(world, world.template rows<Weight<64>>() + 1);
}

// Coefficients count where the mask has a bit, and nowhere else.
TYPED_TEST(LinearCells, OfGarbageAreDetermined) {
  TypeParam world;
  zkvm::Matrix& garbage = world.template table<GarbageChip>().garbage;
  for (size_t i = 0; i < world.template rows<GarbageChip>(); ++i) {
    const auto mask = world.template Get<GarbageChip>(i).mask;
    for (size_t j = 0; j < mask.size(); ++j) {
      garbage.column(5 * j + 2)[i] += 1;
      EXPECT_EQ(world.Check().ok(), mask[j].IsZero()) << "row " << i << ", coefficient " << j;
      garbage.column(5 * j + 2)[i] -= 1;
    }
  }
}

// Columns that are flags are 0 on rows of padding; the multiplicities as well.
template <class Chip>
void SetOnPadding(LinearWorld& world, size_t column) {
  const auto set = [&](LinearWorld& w) {
    w.table<Chip>().main.column(column)[world.rows<Chip>()] = 1;
  };
  EXPECT_FALSE(world.Check({}, set, set).ok()) << Chip::kName << ", column " << column;
}

TYPED_TEST(LinearCells, OfPaddingAreNoFlags) {
  TypeParam world;
  using OutRow = Out::Main<uint8_t>;
  using TermRow = Term::Main<uint8_t>;
  using EvalRow = Eval::Main<uint8_t>;
  for (size_t i = 0; i < 4; ++i) {
    SetOnPadding<Out>(world, offsetof(OutRow, block) + i);
    SetOnPadding<Eval>(world, offsetof(EvalRow, block) + i);
    SetOnPadding<Term>(world, offsetof(TermRow, block) + i);
  }
  for (size_t i = 0; i < Out::kNumFlags; ++i) SetOnPadding<Out>(world, offsetof(OutRow, flag) + i);
  for (size_t i = 0; i < Term::kNumFlags; ++i) {
    SetOnPadding<Term>(world, offsetof(TermRow, flag) + i);
  }
  for (size_t i = 0; i < Eval::kNumFlags; ++i) {
    SetOnPadding<Eval>(world, offsetof(EvalRow, flag) + i);
  }
  SetOnPadding<Out>(world, offsetof(OutRow, evals));
  SetOnPadding<Out>(world, offsetof(OutRow, cells));
  SetOnPadding<Eval>(world, offsetof(EvalRow, evals));
  for (size_t i = 0; i < GarbageChip::kCoefficients; ++i) {
    SetOnPadding<GarbageChip>(world, offsetof(GarbageChip::Main<uint8_t>, mask) + i);
  }
}

// --- OUT ---

// Requantization of another accumulator, in full.
void SetAccumulator(LinearWorld& world, size_t row, size_t lane, int32_t v) {
  Out::Main<Fp> r = world.Get<Out>(row);
  const int32_t shifted = v + (1 << (kCutBits - 1));
  r.y[lane] = shifted >> kCutBits;
  r.rem[lane] = shifted & ((1 << kCutBits) - 1);
  r.rem_product[lane / 2] = r.rem[lane] * r.rem[lane ^ 1];
  r.out[lane] = (shifted >> kCutBits) % 128;
  world.Set<Out>(row, r);
}
int32_t Signed(Fp x) {
  const auto value = static_cast<int32_t>(x.Value());
  return x.Value() > Fp::kModulus / 2 ? value - static_cast<int32_t>(Fp::kModulus) : value;
}
int32_t Accumulator(const Out::Main<Fp>& row, size_t lane) {
  return Signed(row.y[lane] * Fp(1 << kCutBits) + row.rem[lane] - Fp(1 << (kCutBits - 1)));
}

TYPED_TEST(LinearCells, OfResultsAreDetermined) {
  TypeParam world;
  for (size_t i = 0; i < world.template rows<Out>(); ++i) {
    const Out::Main<Fp> honest = world.template Get<Out>(i);
    for (size_t j = 0; j < kLanes; ++j) {
      if (honest.mask[j].IsZero()) continue;
      for (const int change : {1, -(1 << kCutBits)}) {
        SetAccumulator(world, i, j, Accumulator(honest, j) + change);
        ExpectRefused(world, "bus SUM");
        world.template Set<Out>(i, honest);
      }
    }
  }
}

// y + 1 and rem - 2^14 is the same accumulator.
TEST(OutAttack, AnotherCutOfTheSameAccumulator) {
  SequenceWorld world;
  Out::Main<Fp> row = world.Get<Out>(2);
  row.y[5] += 1;
  row.rem[5] -= Fp(1 << kCutBits);
  row.rem_product[2] = row.rem[4] * row.rem[5];
  row.out[5] = Signed(row.y[5]) % 128;
  world.Set<Out>(2, row);
  ExpectRefused(world, "bus RANGE");
}

// v + p.
TEST(OutAttack, AccumulatorPlusModulus) {
  SequenceWorld world;
  Out::Main<Fp> row = world.Get<Out>(0);
  const int64_t v = Accumulator(row, 0) + int64_t{Fp::kModulus} + (1 << (kCutBits - 1));
  row.y[0] = Fp::FromU64(static_cast<uint64_t>(v >> kCutBits));
  row.rem[0] = Fp::FromU64(static_cast<uint64_t>(v & ((1 << kCutBits) - 1)));
  row.rem_product[0] = row.rem[0] * row.rem[1];
  world.Set<Out>(0, row);
  ExpectRefused(world, "bus LUT");
}

TEST(OutAttack, UnusedLaneIsNotZero) {
  SequenceWorld world;
  const size_t last = world.rows<Out>() - 1;
  Out::Main<Fp> row = world.Get<Out>(last);
  ASSERT_TRUE(row.mask[15].IsZero());
  row.out[15] = 1;
  world.Set<Out>(last, row);
  ExpectRefused(world, "chip out, row " + std::to_string(last) + ": constraint");
}

TEST(OutAttack, MaskOfAnotherRow) {
  SequenceWorld world;
  Out::Main<Fp> row = world.Get<Out>(0), last = world.Get<Out>(1);
  ASSERT_NE(row.mask, last.mask);
  last.mask = row.mask;
  world.Set<Out>(1, last);
  ExpectRefused(world, "bus MICRO");
}

// Rows after `row` of its table move up by one; `left` of the block follows.
TEST(OutAttack, PlaneLeftOut) {
  ImageWorld world;
  // The second layer: one cell a plane, two planes.
  const size_t last = world.rows<Out>() - 1;
  Out::Main<Fp> row = world.Get<Out>(last - 1);
  row.block.left = 0;
  row.block.last = 1;
  world.Set<Out>(last - 1, row);
  world.Set<Out>(last, Out::Main<Fp>());
  ExpectRefused(world, "bus START");
}

TEST(OutAttack, CellLeftOut) {
  SequenceWorld world;
  for (size_t i = 1; i < world.rows<Out>(); ++i) {
    world.Set<Out>(i, world.Get<Out>(i + 1));
  }
  ExpectRefused(world, "chip out, row 0: constraint");
}

// A handle into the middle of a plane: nobody publishes there.
void SendSource(LinearWorld& world, size_t call, uint32_t source) {
  const Fp shift = Fp::FromU32(source) - Fp::FromU32(world.calls()[call].source[0]);
  world.calls()[call].source[0] = source;
  for (size_t i = 0; i < world.rows<Term>(); ++i) {
    Term::Main<Fp> row = world.Get<Term>(i);
    if (row.block.call != Fp::FromU32(world.calls()[call].ts)) continue;
    row.source[0] += shift;
    row.address += row.flag[Term::kSource0] * shift;
    world.Set<Term>(i, row);
  }
}

TEST(OutAttack, EvaluationInMidPlane) {
  SequenceWorld world;
  SendSource(world, 2, world.calls()[2].source[0] + 1);
  ExpectRefused(world, "bus EVAL");
  // Not even if the row there says so.
  ExpectRefused(world, "chip out, row", {}, [](LinearWorld& w) {
    for (size_t i = 0; i < 6; ++i)
      w.table<Out>().main.column(offsetof(Out::Main<uint8_t>, evals))[i] = 1;
  });
}

TEST(OutAttack, PatternOfAnotherRole) {
  SequenceWorld world;
  for (const size_t pattern : {size_t{Out::kSequenceV}, size_t{Out::kPitch16S1}}) {
    const Out::Main<Fp> honest = world.Get<Out>(0);
    Out::Main<Fp> row = honest;
    row.flag[Out::kSequenceX] = 0;
    row.flag[pattern] = 1;
    world.Set<Out>(0, row);
    ExpectRefused(world, "bus MICRO");
    row.flag[Out::kSequenceX] = 1;
    world.Set<Out>(0, row);
    ExpectRefused(world, "bus MICRO");
    world.Set<Out>(0, honest);
  }
}

TEST(OutAttack, TwoBlocksForOneCall) {
  SequenceWorld world;
  // The block of the second call once more, over the cells of the first one.
  for (size_t i = 0; i < 6; ++i) {
    Out::Main<Fp> row = world.Get<Out>(6 + i);
    row.address = world.Get<Out>(i).address;
    world.Set<Out>(i, row);
  }
  ExpectRefused(world, "bus START");
}

// --- TERM ---

// The first row of TERM whose flags include `flag`.
size_t FirstTerm(LinearWorld& world, Term::Flag flag) {
  for (size_t i = 0; i < world.rows<Term>(); ++i) {
    if (!world.Get<Term>(i).flag[flag].IsZero()) return i;
  }
  ADD_FAILURE() << "no such row";
  return 0;
}

// Rows from..end of TERM move by one: up (row `at` is dropped) or down (it is doubled).
TEST(TermAttack, StepLeftOutOrDoubled) {
  SequenceWorld world;
  const size_t at = FirstTerm(world, Term::kTGamma);
  const size_t rows = world.rows<Term>();
  std::vector<Term::Main<Fp>> honest;
  for (size_t i = 0; i < rows; ++i) honest.push_back(world.Get<Term>(i));
  for (size_t i = at; i < rows; ++i) {
    world.Set<Term>(i, i + 1 < rows ? honest[i + 1] : Term::Main<Fp>());
  }
  ExpectRefused(world, "chip term, row " + std::to_string(at - 1) + ": constraint");
  for (size_t i = at; i <= rows; ++i) world.Set<Term>(i, honest[i - 1]);
  ExpectRefused(world, "chip term, row " + std::to_string(at - 1) + ": constraint");
  // With the steps renumbered.
  for (size_t i = at; i <= rows; ++i) {
    Term::Main<Fp> row = honest[i - 1];
    if (row.block.call == honest[at].block.call) row.block.step += 1;
    world.Set<Term>(i, row);
  }
  ExpectRefused(world, "bus MICRO");
}

TEST(TermAttack, PlaneOfAnotherTensor) {
  SequenceWorld world;
  // The second layer reads the input instead of the result of the first one: equal types.
  SendSource(world, 2, world.calls()[1].source[0]);
  world.calls()[2].source[0] = world.calls()[1].dst;
  ExpectRefused(world, "bus START");
}

TEST(TermAttack, SourceChangesWithinTheBlock) {
  SequenceWorld world;
  const size_t at = FirstTerm(world, Term::kTGamma);
  for (size_t i = at; world.Get<Term>(i).block.start.IsZero(); ++i) {
    Term::Main<Fp> row = world.Get<Term>(i);
    row.source[0] += 2;
    row.address += row.flag[Term::kSource0] * 2;
    world.Set<Term>(i, row);
  }
  ExpectRefused(world, "chip term, row " + std::to_string(at - 1) + ": constraint");
}

TEST(TermAttack, ForgedMicrocode) {
  SequenceWorld world;
  const auto refuse = [&](size_t at, const auto& change) {
    const Term::Main<Fp> honest = world.Get<Term>(at);
    Term::Main<Fp> row = honest;
    change(row);
    world.Set<Term>(at, row);
    ExpectRefused(world, "bus MICRO");
    world.Set<Term>(at, honest);
  };
  const size_t add = FirstTerm(world, Term::kAdd);
  refuse(add, [](Term::Main<Fp>& r) { r.type += 1; });                // the same tensor, reshaped
  refuse(add, [](Term::Main<Fp>& r) { r.flag[Term::kTGamma] = 0; });  // t is not carried on
  refuse(add, [](Term::Main<Fp>& r) { r.flag[Term::kTDelta] = 1; });
  refuse(add, [](Term::Main<Fp>& r) { r.index += 1; });   // another channel
  refuse(add, [](Term::Main<Fp>& r) { r.kernel += 1; });  // another matrix
  refuse(add, [](Term::Main<Fp>& r) { r.scale += 1; });   // another multiplier
  refuse(add, [](Term::Main<Fp>& r) { r.flag[Term::kKeep] = 1; });
  refuse(add, [](Term::Main<Fp>& r) {  // a tensor of the guest's choice as weights
    r.flag[Term::kLoadW] = 0;
    r.flag[Term::kCopyW] = 1;
  });
  refuse(0, [](Term::Main<Fp>& r) { r.flag[Term::kTKeep] = 1; });
}

// Planes in another order: exchanged offsets.
TEST(TermAttack, BatchesExchanged) {
  SequenceWorld world;
  const size_t at = FirstTerm(world, Term::kTGamma);
  Term::Main<Fp> a = world.Get<Term>(at - 1), b = world.Get<Term>(at);
  std::swap(a.offset, b.offset);
  std::swap(a.address, b.address);
  world.Set<Term>(at - 1, a);
  world.Set<Term>(at, b);
  ExpectRefused(world, "bus MICRO");
}

// w of the planes of X is not the kernel of the operand.
TEST(TermAttack, KernelChangesWhileHeld) {
  OperandWorld world;
  const size_t copy = FirstTerm(world, Term::kCopyW);
  for (const size_t from : {copy, copy + 1}) {
    ExpectRefused(world, "chip term, row " + std::to_string(from - 1) + ": constraint",
                  [&](LinearWorld& w) {
                    for (size_t i = from; w.Get<Term>(i).block.start.IsZero(); ++i) {
                      w.table<Term>().folds.column(5 * offsetof(Term::Folds<uint8_t>, w))[i] += 1;
                    }
                  });
  }
}

// Registers of a block do not begin with what was there before.
TEST(TermAttack, RegistersBeginWithSomething) {
  SequenceWorld world;
  using Folds = Term::Folds<uint8_t>;
  size_t second = 1;
  while (world.Get<Term>(second).block.start.IsZero()) ++second;
  for (const size_t fold : {offsetof(Folds, t), offsetof(Folds, acc)}) {
    for (const size_t row : {size_t{0}, second}) {
      ExpectRefused(world,
                    "chip term, row " + std::to_string(row == 0 ? 0 : row - 1) + ": constraint",
                    [&](LinearWorld& w) { w.table<Term>().folds.column(5 * fold)[row] = 1; });
    }
  }
}

// A row of padding gives nothing to SUM, whatever its scale and its call.
TEST(TermAttack, ShareOfPadding) {
  SequenceWorld world;
  const size_t padding = world.rows<Term>();
  Term::Main<Fp> row;
  row.block.call = world.Get<Term>(0).block.call;
  row.scale = 5;
  world.Set<Term>(padding, row);
  EXPECT_TRUE(world.Check().ok());
  ExpectRefused(
      world, "chip term, row " + std::to_string(padding - 1) + ": constraint", [&](LinearWorld& w) {
        w.table<Term>().folds.column(5 * offsetof(Term::Folds<uint8_t>, acc))[padding] = 1;
      });
}

// --- GARB ---

TEST(GarbageAttack, RowsAreFreeInNumber) {
  ImageWorld world;
  zkvm::Matrix& garbage = world.table<GarbageChip>().garbage;
  const size_t padding = world.rows<GarbageChip>();
  world.Set<GarbageChip>(padding, world.Get<GarbageChip>(0));
  EXPECT_TRUE(world.Check().ok());
  // Half of the coefficients of row 0 in its double.
  for (size_t j = 0; j < garbage.cols(); ++j) {
    const Fp half = garbage.column(j)[0] * Fp(2).Inverse();
    garbage.column(j)[0] = garbage.column(j)[padding] = half;
  }
  EXPECT_TRUE(world.Check().ok());
  for (size_t j = 0; j < garbage.cols(); ++j) garbage.column(j)[padding] = 0;
  ExpectRefused(world, "bus SUM");
}

TEST(GarbageAttack, ForgedPlaces) {
  ImageWorld world;
  const auto refuse = [&](std::string_view reason, const auto& change) {
    const GarbageChip::Main<Fp> honest = world.Get<GarbageChip>(0);
    GarbageChip::Main<Fp> row = honest;
    change(row);
    world.Set<GarbageChip>(0, row);
    ExpectRefused(world, reason);
    world.Set<GarbageChip>(0, honest);
  };
  using Row = GarbageChip::Main<Fp>;
  // An exponent that the step leaves out, another place, a step that does not exist.
  for (size_t j = 0; j < GarbageChip::kCoefficients; ++j) {
    refuse("bus MICRO", [j](Row& r) { r.mask[j] = Fp(1) - r.mask[j]; });
  }
  refuse("bus MICRO", [](Row& r) { r.index_x += 1; });
  refuse("bus MICRO", [](Row& r) { r.index_y += 1; });
  refuse("bus MICRO", [](Row& r) { std::swap(r.id_x, r.id_y); });
  refuse("bus MICRO", [](Row& r) { r.step += 10000; });
  // Mask bits that are none.
  refuse("chip garbage, row 0: constraint", [](Row& r) {
    const size_t j = r.mask[0] == Fp(1) ? 0 : 1;
    r.mask[j] += 2;
    r.mask[j + 1] -= 1;
  });
}

// A row of one call under another, or with the program of another.
TEST(GarbageAttack, OfAnotherCall) {
  ImageWorld world;
  const GarbageChip::Main<Fp> first = world.Get<GarbageChip>(0);
  const size_t last = world.rows<GarbageChip>() - 1;
  GarbageChip::Main<Fp> row = world.Get<GarbageChip>(last);
  ASSERT_NE(first.call, row.call);
  ASSERT_NE(first.program, row.program);
  row.call = first.call;
  world.Set<GarbageChip>(last, row);
  ExpectRefused(world, "bus GARBAGE");
  row = world.Get<GarbageChip>(0);
  row.call = world.Get<GarbageChip>(last - 1).call;
  world.Set<GarbageChip>(last, row);
  ExpectRefused(world, "bus GARBAGE");
}

// A coefficient that absorbs an output that is off by one at one point does not at another: that
// is why the coefficients are committed first.
TEST(GarbageAttack, AbsorbsAnOutputAtOnePointOnly) {
  ImageWorld world;
  constexpr size_t kAcc = offsetof(Out::Folds<uint8_t>, acc);
  using Folds = GarbageChip::Folds<uint8_t>;
  world.Check();
  const Fp5 honest = GetFive(world.table<Out>().folds, kAcc, 0);
  SetAccumulator(world, 0, 3, Accumulator(world.Get<Out>(0), 3) + 1);
  world.Check();
  const Fp5 lacking = honest - GetFive(world.table<Out>().folds, kAcc, 0);
  WorldTable<GarbageChip>& garbage = world.table<GarbageChip>();
  size_t j = 0;
  while (world.Get<GarbageChip>(0).mask[j].IsZero()) ++j;
  const Fp5 place = GetFive(garbage.folds, offsetof(Folds, corner_x), 0) *
                    GetFive(garbage.folds, offsetof(Folds, corner_y), 0) *
                    world.constants()[kZxPowers + j];
  SetFive(garbage.garbage, j, 0, GetFive(garbage.garbage, j, 0) + lacking * place.Inverse());
  EXPECT_TRUE(world.Check().ok());
  world.MovePoint();
  ExpectRefused(world, "bus SUM");
}

TEST(GarbageAttack, HonestOneHoldsAtEveryPoint) {
  ImageWorld world;
  world.MovePoint();
  EXPECT_TRUE(world.Check().ok());
}

// --- WEIGHT, POW ---

TEST(KernelAttack, MultiplicityOffTheFirstRow) {
  ImageWorld world;
  const auto& fixed = world.table<Weight<64>>().fixed;
  const size_t first = offsetof(Weight<64>::Fixed<uint8_t>, flag) + Weight<64>::kKernelFirst;
  for (size_t i = 0; i <= world.rows<Weight<64>>(); ++i) {
    if (!fixed.column(first)[i].IsZero()) continue;
    ExpectRefused(world, "chip weight64, row " + std::to_string(i) + ": constraint", {},
                  [i](LinearWorld& w) { w.table<Weight<64>>().main.column(0)[i] = 1; });
  }
}

TEST(KernelAttack, WeightChangedAgainstTheKey) {
  ImageWorld world;
  world.table<Weight<64>>().fixed.column(0)[0] += 1;
  ExpectRefused(world, "chip weight64, row 0: constraint");
}

}  // namespace
}  // namespace zkvm::tensor
