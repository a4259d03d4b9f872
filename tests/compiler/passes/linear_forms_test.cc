#include "compiler/passes/linear_forms.h"

#include <gtest/gtest.h>

#include "tests/compiler/support/graph_builder.h"

namespace zkvm::compiler {
namespace {

TEST(LinearForms, MaskedScores) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {2, 4, 4});
  const std::vector<uint8_t> hidden = {0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0};
  const ValueId condition = b.Add(Literal::Of<uint8_t>(DType::kBool, {4, 4}, hidden));
  const ValueId masked = b.Apply("Where", {condition, b.Scalar(-INFINITY), x});
  const Graph before = b.Finish({b.Apply("Softmax", {masked}, {{"axis", int64_t{-1}}})});
  Graph after = before;
  EXPECT_EQ(WriteMasksAsSums(after), 1U);
  EXPECT_EQ(CountOperator(after, "Where"), 0U);
  EXPECT_LT(LargestDifference(before, after, {b.Random({2, 4, 4}, 1)}), 1e-6);
}

struct Transposed {
  int64_t kernel_h, kernel_w, stride;
  Shape pads;
};

class TransposedConvolutions : public testing::TestWithParam<Transposed> {};

TEST_P(TransposedConvolutions, AreConvolutions) {
  const Transposed& c = GetParam();
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 3, 5, 4});
  const ValueId y =
      b.Apply("ConvTranspose", {x, b.Weights({3, 2, c.kernel_h, c.kernel_w}, 1), b.Weights({2}, 1)},
              {{"strides", Shape{c.stride, c.stride}}, {"pads", c.pads}});
  const Graph before = b.Finish({y});
  Graph after = before;
  EXPECT_EQ(WriteTransposedConvolutions(after), 1U);
  EXPECT_EQ(CountOperator(after, "ConvTranspose"), 0U);
  EXPECT_LT(LargestDifference(before, after, {b.Random({1, 3, 5, 4}, 1)}), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Cases, TransposedConvolutions,
                         testing::Values(Transposed{2, 2, 2, {0, 0, 0, 0}},
                                         Transposed{4, 4, 2, {1, 1, 1, 1}},
                                         Transposed{3, 5, 2, {1, 0, 1, 2}},
                                         Transposed{3, 3, 1, {1, 1, 1, 1}},
                                         Transposed{5, 5, 3, {0, 0, 0, 0}}));

TEST(LinearForms, NearestElements) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 2, 3, 4});
  const ValueId up = b.Apply("Resize", {x, kNoValue, b.Constant({4}, {1, 1, 2, 3})},
                             {{"mode", std::string("nearest")},
                              {"coordinate_transformation_mode", std::string("asymmetric")},
                              {"nearest_mode", std::string("floor")}},
                             13);
  const ValueId down = b.Apply("Resize", {up, kNoValue, kNoValue, b.Integers({1, 2, 4, 5})},
                               {{"mode", std::string("nearest")}}, 13);
  const Graph before = b.Finish({up, down});
  Graph after = before;
  Evaluator evaluator;
  EXPECT_EQ(WriteNearestAsGather(after, evaluator), 2U);
  EXPECT_EQ(CountOperator(after, "Resize"), 0U);
  EXPECT_EQ(LargestDifference(before, after, {b.Random({1, 2, 3, 4}, 1)}), 0);
}

TEST(LinearForms, LinearInterpolationStays) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 2, 3, 4});
  Graph graph = b.Finish({b.Apply("Resize", {x, kNoValue, b.Constant({4}, {1, 1, 2, 2})},
                                  {{"mode", std::string("linear")}}, 13)});
  Evaluator evaluator;
  EXPECT_EQ(WriteNearestAsGather(graph, evaluator), 0U);
}

TEST(LinearForms, NormalizationsOverSeveralAxes) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {2, 3, 4, 4});
  const ValueId y =
      b.Apply("InstanceNormalization", {x, b.Weights({3}, 1), b.Weights({3}, 1)}, {}, 6);
  const ValueId z =
      b.Apply("LayerNormalization", {y, b.Weights({3, 4, 4}, 1), b.Weights({3, 4, 4}, 1)},
              {{"axis", int64_t{1}}});
  const Graph before = b.Finish({z});
  Graph after = before;
  EXPECT_EQ(FlattenNormalizations(after), 2U);
  EXPECT_LT(LargestDifference(before, after, {b.Random({2, 3, 4, 4}, 2, 1)}), 1e-4);
}

}  // namespace
}  // namespace zkvm::compiler
