#include "compiler/passes/split_products.h"

#include <gtest/gtest.h>

#include "tests/compiler/support/graph_builder.h"

namespace zkvm::compiler {
namespace {

TEST(SplitProducts, QueriesKeysAndValues) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 5, 8});
  const ValueId product = b.Apply("MatMul", {x, b.Weights({8, 12}, 1)});
  const ValueId sum =
      b.Apply("Add", {b.Weights({12}, 1), b.Apply("Add", {product, b.Weights({12}, 1)})});
  const auto parts = b.Outputs("Split", {sum, b.Integers({4, 6, 2})}, {{"axis", int64_t{-1}}}, 3);
  const Graph before = b.Finish(parts);
  Graph after = before;
  EXPECT_EQ(SplitProducts(after), 1U);
  EXPECT_EQ(CountOperator(after, "MatMul"), 3U);
  EXPECT_EQ(CountOperator(after, "Split"), 0U);
  EXPECT_LT(LargestDifference(before, after, {b.Random({1, 5, 8}, 1)}), 1e-5);
}

TEST(SplitProducts, TransposedGemm) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {5, 8});
  const ValueId product = b.Apply("Gemm", {x, b.Weights({12, 8}, 1), b.Weights({12}, 1)},
                                  {{"transB", int64_t{1}}, {"alpha", 0.5F}});
  const auto parts = b.Outputs("Split", {product, b.Integers({5, 7})}, {{"axis", int64_t{1}}}, 2);
  const Graph before = b.Finish(parts);
  Graph after = before;
  EXPECT_EQ(SplitProducts(after), 1U);
  EXPECT_EQ(CountOperator(after, "Gemm"), 2U);
  EXPECT_LT(LargestDifference(before, after, {b.Random({5, 8}, 1)}), 1e-5);
}

TEST(SplitProducts, AResultThatOthersReadStaysWhole) {
  GraphBuilder b;
  const ValueId x = b.Input("x", {5, 8});
  const ValueId product = b.Apply("MatMul", {x, b.Weights({8, 12}, 1)});
  const auto parts = b.Outputs("Split", {product, b.Integers({6, 6})}, {{"axis", int64_t{1}}}, 2);
  Graph graph = b.Finish({parts[0], parts[1], product});
  EXPECT_EQ(SplitProducts(graph), 0U);
}

}  // namespace
}  // namespace zkvm::compiler
