// Choices among elements, against the algorithms of the standard library.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <vector>

#include "tests/compiler/operators/run_node.h"

namespace zkvm::compiler {
namespace {

// Few different values, both zeros and infinities among them.
std::vector<float> Values(size_t count) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> pool = {0.0F,     -0.0F,  1.5F, -1.5F,      3.0e38F,
                                   1.0e-40F, -2.25F, 7.0F, -kInfinity, kInfinity};
  std::mt19937 random(5);
  std::vector<float> values(count);
  for (float& value : values) value = pool[random() % pool.size()];
  return values;
}

TEST(Select, TopKKeepsTheFirstOfEqualOnes) {
  const std::vector<float> x = Values(150);
  for (const bool largest : {true, false}) {
    std::vector<int64_t> order(x.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      const float left = x[static_cast<size_t>(a)], right = x[static_cast<size_t>(b)];
      return largest ? left > right : left < right;
    });
    for (const int64_t k : {1, 5, 64, 65, 150}) {
      NodeSpec spec{"TopK",
                    {{Floats({150}, x)}, {Ints({1}, {k}), true}},
                    {{"largest", int64_t{largest ? 1 : 0}}}};
      spec.outputs = 2;
      const std::vector<Literal> y = RunNode(spec);
      EXPECT_EQ(y[1], Ints({k}, {order.begin(), order.begin() + k}));
      for (int64_t i = 0; i < k; ++i) {
        const auto at = static_cast<size_t>(i);
        EXPECT_EQ(y[0].As<float>()[at], x[static_cast<size_t>(order[at])]);
      }
    }
  }
}

TEST(Select, NonZeroListsIndicesInOrder) {
  const Literal y = RunNode({"NonZero", {{Floats({2, 3}, {0, 2, -0.0F, 1, 0, 3})}}})[0];
  EXPECT_EQ(y, Ints({2, 3}, {0, 1, 1, 1, 0, 2}));
}

TEST(Select, UniqueCountsSortedOrInOrderOfOccurrence) {
  const std::vector<int64_t> x = {4, -1, 7, 4, 4, 7, 0, -1};
  for (const bool sorted : {true, false}) {
    NodeSpec spec{"Unique", {{Ints({8}, x)}}, {{"sorted", int64_t{sorted ? 1 : 0}}}};
    spec.outputs = 4;
    const std::vector<Literal> y = RunNode(spec);
    EXPECT_EQ(y[0], sorted ? Ints({4}, {-1, 0, 4, 7}) : Ints({4}, {4, -1, 7, 0}));
    EXPECT_EQ(y[1], sorted ? Ints({4}, {1, 6, 0, 2}) : Ints({4}, {0, 1, 2, 6}));
    EXPECT_EQ(y[2],
              sorted ? Ints({8}, {2, 0, 3, 2, 2, 3, 1, 0}) : Ints({8}, {0, 1, 2, 0, 0, 2, 3, 1}));
    EXPECT_EQ(y[3], sorted ? Ints({4}, {2, 1, 3, 2}) : Ints({4}, {3, 2, 2, 1}));
  }
}

TEST(Select, UniqueSlicesOfAnAxis) {
  // Columns 0 and 2 are equal.
  NodeSpec spec{"Unique", {{Ints({2, 3}, {5, 1, 5, 6, 9, 6})}}, {{"axis", int64_t{1}}}};
  EXPECT_EQ(RunNode(spec)[0], Ints({2, 2}, {1, 5, 9, 6}));
}

TEST(Select, CompressDropsSlices) {
  const Literal x = Ints({2, 3}, {1, 2, 3, 4, 5, 6});
  const Literal mask = Literal::Of<uint8_t>(DType::kBool, {3}, std::vector<uint8_t>{1, 0, 1});
  EXPECT_EQ(RunNode({"Compress", {{x}, {mask}}, {{"axis", int64_t{1}}}})[0],
            Ints({2, 2}, {1, 3, 4, 6}));
  EXPECT_EQ(RunNode({"Compress", {{x}, {mask}}})[0], Ints({2}, {1, 3}));
}

TEST(Select, HostileInputsAreRefused) {
  const Literal x = Floats({4}, {1, 2, 3, 4});
  EXPECT_THROW(RunNode({"TopK", {{x}, {Ints({1}, {5}), true}}}), CompileError);
  EXPECT_THROW(RunNode({"TopK", {{x}, {Ints({1}, {-1}), true}}}), CompileError);
  EXPECT_THROW(RunNode({"TopK", {{x}, {Ints({1}, {2})}}}), CompileError);
  EXPECT_THROW(RunNode({"TopK", {{x}, {Ints({1}, {2}), true}}, {{"axis", int64_t{1}}}}),
               CompileError);
  EXPECT_THROW(RunNode({"NonMaxSuppression", {{x}, {x}}}), CompileError);
}

}  // namespace
}  // namespace zkvm::compiler
