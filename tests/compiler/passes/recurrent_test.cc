#include "compiler/passes/recurrent.h"

#include <gtest/gtest.h>

#include "tests/compiler/support/graph_builder.h"

namespace zkvm::compiler {
namespace {

constexpr int64_t kSteps = 4, kBatch = 2, kInput = 5, kHidden = 3;

struct Case {
  const char* op;
  int64_t gates;
  const char* direction;
  bool initial, bias;
  int64_t linear_before_reset = 0;
};

class Unrolled : public testing::TestWithParam<Case> {};

TEST_P(Unrolled, ComputesTheSame) {
  const Case& c = GetParam();
  const int64_t directions = std::string_view(c.direction) == "bidirectional" ? 2 : 1;
  GraphBuilder b;
  const ValueId x = b.Input("x", {kSteps, kBatch, kInput});
  std::vector<ValueId> inputs = {x, b.Weights({directions, c.gates * kHidden, kInput}, 0.5),
                                 b.Weights({directions, c.gates * kHidden, kHidden}, 0.5)};
  inputs.push_back(c.bias ? b.Weights({directions, 2 * c.gates * kHidden}, 0.5) : kNoValue);
  inputs.push_back(kNoValue);
  std::vector<Literal> data = {b.Random({kSteps, kBatch, kInput}, 1)};
  const size_t states = c.gates == 4 ? 2 : 1;
  for (size_t s = 0; s < states; ++s) {
    if (!c.initial) break;
    inputs.push_back(b.Input("state", {directions, kBatch, kHidden}));
    data.push_back(b.Random({directions, kBatch, kHidden}, 1));
  }
  GraphBuilder::Attributes attributes = {{"hidden_size", kHidden},
                                         {"direction", std::string(c.direction)}};
  if (c.linear_before_reset != 0) attributes["linear_before_reset"] = c.linear_before_reset;
  const Graph before = b.Finish(b.Outputs(c.op, inputs, attributes, 1 + states, 14));
  Graph after = before;
  EXPECT_EQ(UnrollRecurrent(after), 1U);
  EXPECT_EQ(CountOperator(after, c.op), 0U);
  EXPECT_LT(LargestDifference(before, after, data), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(
    Layers, Unrolled,
    testing::Values(Case{"LSTM", 4, "forward", false, true}, Case{"LSTM", 4, "reverse", true, true},
                    Case{"LSTM", 4, "bidirectional", true, false},
                    Case{"GRU", 3, "forward", false, true}, Case{"GRU", 3, "forward", true, true},
                    Case{"GRU", 3, "bidirectional", false, true, 1},
                    Case{"GRU", 3, "forward", true, true, 1}, Case{"RNN", 1, "forward", true, true},
                    Case{"RNN", 1, "bidirectional", false, true}));

TEST(Recurrent, PeepholesStay) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {kSteps, kBatch, kInput});
  const std::vector<ValueId> inputs = {x,
                                       b.Weights({1, 4 * kHidden, kInput}, 1),
                                       b.Weights({1, 4 * kHidden, kHidden}, 1),
                                       kNoValue,
                                       kNoValue,
                                       kNoValue,
                                       kNoValue,
                                       b.Weights({1, 3 * kHidden}, 1)};
  Graph graph = b.Finish(b.Outputs("LSTM", inputs, {{"hidden_size", kHidden}}, 1, 14));
  EXPECT_EQ(UnrollRecurrent(graph), 0U);
  EXPECT_EQ(graph.nodes.size(), 1U);
}

}  // namespace
}  // namespace zkvm::compiler
