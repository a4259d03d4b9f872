#include "compiler/codegen/evaluator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "tests/compiler/codegen/support.h"

namespace zkvm::compiler {
namespace {

Literal RunOne(const std::string& op, const std::vector<Literal>& inputs, Type output) {
  Graph graph;
  std::vector<ValueId> ids;
  for (const Literal& input : inputs)
    ids.push_back(AddValue(graph, "x", input.dtype(), input.shape()));
  graph.inputs = ids;
  const ValueId y = AddValue(graph, "y", output.dtype, std::move(output.shape));
  graph.outputs = {y};
  AddNode(graph, op, ids, {y});
  Evaluator evaluator;
  return evaluator.RunGraph(graph, inputs)[static_cast<size_t>(y)];
}

TEST(Evaluator, LoopsNestAndVariablesChange) {
  const std::string op = TestOperator(+[](Emitter& e) {
    const Array x = e.Input(0), y = e.Output(0);
    e.ForEach({x.dim(0), x.dim(1)}, [&](Index i) {
      const Variable sum = e.Local(e.Zero(DType::kFloat));
      e.For(Scalar(i[1]), e.Int(x.dim(1)),
            [&](Scalar k) { sum.Set(sum.Get() + e.Load(x, e.Position(x, {i[0], k}))); });
      e.Store(y, i, sum.Get());
    });
  });
  const std::vector<float> x = {1, 2, 4, 8, 16, 32};
  const Literal y = RunOne(op, {Literal::Floats({2, 3}, x)}, {DType::kFloat, {2, 3}});
  EXPECT_EQ(y, Literal::Floats({2, 3}, std::vector<float>{7, 6, 4, 56, 48, 32}));
}

TEST(Evaluator, WhileIfAndFold) {
  const std::string op = TestOperator(+[](Emitter& e) {
    const Array x = e.Input(0), y = e.Output(0);
    e.For(x.elements(), [&](Scalar i) {
      // Steps of the Collatz sequence.
      const Variable n = e.Local(e.Load(x, i));
      const Variable steps = e.Local(e.Integer(DType::kInt64, 0));
      e.While([&] { return n.Get() != 1.0; },
              [&] {
                e.If((n.Get() & e.Integer(DType::kInt64, 1)) == 0.0, [&] { n.Set(n.Get() / 2.0); },
                     [&] { n.Set(n.Get() * 3.0 + 1.0); });
                steps.Set(steps.Get() + 1.0);
              });
      const Scalar sum =
          e.Fold(4, steps.Get(), [&](Scalar k, Scalar acc) { return acc + Cast(k, acc.type()); });
      e.Store(y, i, sum);
    });
  });
  const std::vector<int64_t> x = {1, 2, 7, 27}, expected = {6, 7, 22, 117};
  const Literal y = RunOne(op, {Literal::Of<int64_t>(DType::kInt64, {4}, x)}, {DType::kInt64, {4}});
  EXPECT_EQ(y, Literal::Of<int64_t>(DType::kInt64, {4}, expected));
}

TEST(Evaluator, TemporariesTablesAndCopies) {
  const std::string op = TestOperator(+[](Emitter& e) {
    const Array x = e.Input(0), y = e.Output(0);
    const Array a = e.Temporary(x.type()), b = e.Temporary(x.type());
    const Array table = e.Table(Literal::Of<int32_t>(DType::kInt32, {3}, std::vector{10, 20, 30}));
    e.Copy(x, a);
    e.For(3, [&](Scalar i) { e.Store(b, i, e.Load(a, i) + e.Load(table, i)); });
    e.CopyRange(b, e.Int(1), y, e.Int(0), 2);
    e.CopyRange(b, e.Int(0), y, e.Int(2), e.Int(1));
  });
  const Literal x = Literal::Of<int32_t>(DType::kInt32, {3}, std::vector{1, 2, 3});
  EXPECT_EQ(RunOne(op, {x}, x.type()),
            Literal::Of<int32_t>(DType::kInt32, {3}, std::vector{22, 33, 11}));
}

TEST(Evaluator, DynamicExtentsShortenOutputs) {
  const std::string op = TestOperator(+[](Emitter& e) {
    const Array x = e.Input(0), y = e.Output(0);
    const Variable count = e.Local(e.Int(0));
    e.For(x.elements(), [&](Scalar i) {
      e.If(e.Load(x, i) != 0.0, [&] {
        e.Store(y, count.Get(), i);
        count.Set(count.Get() + 1.0);
      });
    });
    e.SetExtent(0, count.Get());
  });
  Graph graph;
  const ValueId x = AddValue(graph, "x", DType::kFloat, {5});
  const ValueId y = AddValue(graph, "y", DType::kInt32, {5});
  graph.At(y).dynamic_axis = 0;
  AddNode(graph, op, {x}, {y});
  Evaluator evaluator;
  const std::vector<Literal> inputs = {Literal::Floats({5}, std::vector<float>{0, 3, 0, 1, 0})};
  const std::vector<Literal> outputs = evaluator.Run(graph, graph.nodes[0], inputs);
  EXPECT_EQ(outputs[0], Literal::Of<int32_t>(DType::kInt32, {2}, std::vector{1, 3}));
}

TEST(Evaluator, TrapsAreErrorsThatNameTheNode) {
  const std::string op = TestOperator(+[](Emitter& e) {
    const Array x = e.Input(0), y = e.Output(0);
    e.For(x.elements(), [&](Scalar i) {
      e.Check(e.Load(x, i) > 0.0, "an element is not positive");
      e.Store(y, i, e.Load(x, i));
    });
  });
  const Literal good = Literal::Floats({2}, std::vector<float>{1, 2});
  EXPECT_EQ(RunOne(op, {good}, good.type()), good);
  try {
    RunOne(op, {Literal::Floats({2}, std::vector<float>{1, -2})}, good.type());
    FAIL();
  } catch (const CompileError& error) {
    EXPECT_NE(std::string(error.what()).find("an element is not positive"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find(op + "_0"), std::string::npos);
  }
}

TEST(Evaluator, ConstantsThatShapeCodeAreToldApart) {
  const std::string op = TestOperator(+[](Emitter& e) {
    const Literal* const factor = e.Constant(1);
    const Array x = e.Input(0), y = e.Output(0);
    const Scalar f = factor != nullptr ? e.Number(DType::kFloat, factor->ToDoubles()[0])
                                       : e.Number(x.dtype(), 1);
    const Array bias = e.Input(2);
    e.For(x.elements(),
          [&](Scalar i) { e.Store(y, i, e.Load(x, i) * f + e.Load(bias, int64_t{0})); });
  });
  Evaluator evaluator;
  const Literal x = Literal::Floats({1}, std::vector<float>{5});
  for (const float factor : {2.0F, 3.0F, 2.0F}) {
    for (const float bias : {10.0F, 20.0F}) {
      Graph graph;
      const ValueId a = AddValue(graph, "x", DType::kFloat, {1});
      const ValueId b = graph.AddConstant("f", Literal::Floats({1}, std::vector<float>{factor}));
      const ValueId c = graph.AddConstant("b", Literal::Floats({1}, std::vector<float>{bias}));
      const ValueId y = AddValue(graph, "y", DType::kFloat, {1});
      AddNode(graph, op, {a, b, c}, {y});
      graph.inputs = {a};
      EXPECT_EQ(evaluator.RunGraph(graph, std::vector<Literal>{x})[static_cast<size_t>(y)],
                Literal::Floats({1}, std::vector<float>{5 * factor + bias}));
    }
  }
}

TEST(Evaluator, ValuesThatNobodyKeepsAreDropped) {
  const std::string op = TestOperator(+[](Emitter& e) { e.Copy(e.Input(0), e.Output(0)); });
  Graph graph;
  std::vector<ValueId> chain;
  for (int i = 0; i < 4; ++i) chain.push_back(AddValue(graph, "v", DType::kFloat, {2}));
  for (size_t i = 0; i < 3; ++i) AddNode(graph, op, {chain[i]}, {chain[i + 1]});
  graph.inputs = {chain[0]};
  const Literal x = Literal::Floats({2}, std::vector<float>{1, 2});
  Evaluator evaluator;
  const bool keep[] = {false, false, true, false};
  const std::vector<Literal> values = evaluator.RunGraph(graph, std::vector<Literal>{x}, keep);
  EXPECT_EQ(values[0], Literal());
  EXPECT_EQ(values[1], Literal());
  EXPECT_EQ(values[2], x);
  EXPECT_EQ(values[3], Literal());
}

}  // namespace
}  // namespace zkvm::compiler
