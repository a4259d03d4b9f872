// Honest rows of the linear chips pass: every pattern of OUT and EVAL, every kind of source.
#include <gtest/gtest.h>

#include "stark/air/symbolic.h"
#include "tests/precompiles/linear_world.h"

namespace zkvm::tensor {
namespace {

void ExpectHonest(LinearWorld& world) {
  for (const size_t padding : {1, 0}) {
    world.Build(padding);
    const CheckReport report = world.Check();
    EXPECT_TRUE(report.ok()) << report.problems.front();
  }
}

// ShapeOf refuses statements and messages of too high a degree.
TEST(LinearChips, Shapes) {
  const auto cells = []<class Chip>(const Chip&) {
    const AirShape shape = ShapeOf<Chip>();
    return shape.main_columns +
           5 * (ChipWidth<Chip>::kGarbage + ChipWidth<Chip>::kFolds + shape.bus_columns());
  };
  EXPECT_EQ(cells(Out()), 204U);
  EXPECT_EQ(cells(Eval()), 59U);
  EXPECT_EQ(cells(Term()), 68U);
  EXPECT_EQ(cells(GarbageChip()), 86U);
  EXPECT_EQ(cells(Pow()), 11U);
  EXPECT_EQ(cells(Weight<64>()), 21U);
  EXPECT_EQ(cells(Weight<256>()), 21U);
}

TEST(LinearChips, Matmul) {
  for (const Role role : {Role::kX, Role::kK, Role::kV}) {
    LinearWorld world(1);
    const Operand x = world.Input(Sequence(3, 33));
    const Operand y = world.Layer(Sequence(3, 80, role)).Weights(x, 1).Bias().Run();
    world.Evaluate(y, Sequence(3, 80, Role::kX, 16));
    ExpectHonest(world);
  }
}

TEST(LinearChips, LayersOnLayers) {
  LinearWorld world(2);
  const Operand x = world.Input(Sequence(3, 40));
  const Operand y = world.Layer(Sequence(3, 96, Role::kX, 32)).Weights(x, 1, Times(2)).Run();
  world.Layer(Sequence(3, 40)).Weights(y, 3).From(x, 1, Use::kResidual, Times(77)).Bias().Run();
  ExpectHonest(world);
}

TEST(LinearChips, Operands) {
  LinearWorld world(3);
  const Operand q = world.Input(Sequence(4, 20));
  const Operand k = world.Input(Sequence(7, 20, Role::kK));
  const Operand v = world.Input(Sequence(7, 24, Role::kV));
  const Operand s = world.Layer(Sequence(4, 7))
                        .From(q, 1, Use::kWeights, Times(2))
                        .From(k, 7, Use::kOperandK)
                        .Run();
  world.Layer(Sequence(4, 24)).From(s, 1, Use::kWeights).From(v, 7, Use::kOperandV).Run();
  ExpectHonest(world);
}

TEST(LinearChips, WideWeights) {
  LinearWorld world(4);
  const Operand x = world.Input(Sequence(1, 260));
  world.Layer(Sequence(1, 1024)).Weights(x, 1).Bias().Run();
  ExpectHonest(world);
}

TEST(LinearChips, Images) {
  for (const int width : {3, 7, 20}) {
    for (const int stride : {1, 2}) {
      LinearWorld world(static_cast<uint32_t>(100 * stride + width));
      const Operand x = world.Input(Image(2, 5, static_cast<uint16_t>(stride * width)));
      const auto columns = static_cast<uint16_t>(width);
      const uint16_t height = stride == 1 ? 5 : 3;
      const Operand y = world.Layer(Image(3, height, columns), static_cast<uint32_t>(stride))
                            .Weights(x, 2, Kernel(3, 3, 1, 1))
                            .Bias()
                            .Run();
      world.Layer(Image(3, height, columns))
          .Weights(y, 3, Depthwise(Kernel(3, 3, 1, 1)))
          .From(y, 3, Use::kResidual, Times(50))
          .Run();
      ExpectHonest(world);
    }
  }
}

}  // namespace
}  // namespace zkvm::tensor
