// Compiled models in the executor.
#include "tests/compiler/codegen/guest.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/codegen/evaluator.h"
#include "tests/compiler/codegen/support.h"

namespace zkvm::compiler {
namespace {

TEST(Guest, ARowOfLayersComputesWhatTheEvaluatorComputes) {
  const std::string scale = TestOperator(+[](Emitter& e) {
    const Array x = e.Input(0), w = e.Input(1), y = e.Output(0);
    e.For(x.elements(), [&](Scalar i) { e.Store(y, i, e.Load(x, i) * e.Load(w, i) + 0.25); });
  });
  Graph graph;
  ValueId value = AddValue(graph, "x", DType::kFloat, {3});
  graph.inputs = {value};
  for (int layer = 0; layer < 4; ++layer) {
    const auto k = static_cast<float>(layer);
    const ValueId w =
        graph.AddConstant("w", Literal::Floats({3}, std::vector<float>{1 + k, 0.5F, -k}));
    const ValueId next = AddValue(graph, "y", DType::kFloat, {3});
    AddNode(graph, scale, {value, w}, {next});
    value = next;
  }
  graph.outputs = {value};
  const std::vector<Literal> inputs = {Literal::Floats({3}, std::vector<float>{1, -2, 3.5F})};
  Evaluator evaluator;
  EXPECT_EQ(RunExact(graph, inputs).outputs[0],
            evaluator.RunGraph(graph, inputs)[static_cast<size_t>(value)]);
}

}  // namespace
}  // namespace zkvm::compiler
