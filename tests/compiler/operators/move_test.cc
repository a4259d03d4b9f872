// Copies of boxes, against one element at a time.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "tests/compiler/operators/run_node.h"

namespace zkvm::compiler {
namespace {

// 0, 1, 2, ... as int32.
Literal Counting(const Shape& shape) {
  std::vector<int32_t> values(static_cast<size_t>(ElementCount(shape)));
  std::iota(values.begin(), values.end(), 0);
  return Literal::Of<int32_t>(DType::kInt32, shape, values);
}

// The tensor whose element at an index is `value` of the index.
Literal Tabulate(const Shape& shape, const std::function<int32_t(const Shape&)>& value) {
  std::vector<int32_t> values;
  const Shape strides = Strides(shape);
  for (int64_t i = 0; i < ElementCount(shape); ++i) {
    Shape index;
    for (size_t d = 0; d < shape.size(); ++d) index.push_back(i / strides[d] % shape[d]);
    values.push_back(value(index));
  }
  return Literal::Of<int32_t>(DType::kInt32, shape, values);
}

int32_t At(const Literal& x, const Shape& index) {
  const Shape strides = Strides(x.shape());
  int64_t position = 0;
  for (size_t d = 0; d < index.size(); ++d) position += index[d] * strides[d];
  return x.As<int32_t>()[static_cast<size_t>(position)];
}

TEST(Move, TransposesInEveryOrder) {
  const Literal x = Counting({2, 3, 4, 5});
  std::vector<int64_t> perm = {0, 1, 2, 3};
  do {
    Shape shape;
    for (const int64_t axis : perm) shape.push_back(x.shape()[static_cast<size_t>(axis)]);
    const Literal expected = Tabulate(shape, [&](const Shape& index) {
      Shape source(4);
      for (size_t d = 0; d < 4; ++d) source[static_cast<size_t>(perm[d])] = index[d];
      return At(x, source);
    });
    EXPECT_EQ(RunNode({"Transpose", {{x}}, {{"perm", perm}}})[0], expected);
  } while (std::next_permutation(perm.begin(), perm.end()));
}

TEST(Move, SlicesForwardAndBackward) {
  const Literal x = Counting({7, 6, 5});
  const Literal y = RunNode({"Slice",
                             {{x},
                              {Ints({3}, {-1, 1, INT64_MIN}), true},
                              {Ints({3}, {INT64_MIN, 100, INT64_MAX}), true},
                              {Ints({3}, {0, 1, -1}), true},
                              {Ints({3}, {-3, 2, 4}), true}}})[0];
  EXPECT_EQ(y, Tabulate({3, 3, 2}, [&](const Shape& i) {
              return At(x, {6 - 3 * i[0], 1 + 2 * i[1], 4 * i[2]});
            }));
  const Literal empty =
      RunNode({"Slice",
               {{x}},
               {{"starts", std::vector<int64_t>{5}}, {"ends", std::vector<int64_t>{2}}},
               9})[0];
  EXPECT_EQ(empty.shape(), (Shape{0, 6, 5}));
}

TEST(Move, PadsInEveryMode) {
  const Literal x = Counting({3, 4});
  const auto pad = [&](const char* mode, std::vector<int64_t> pads) {
    return RunNode({"Pad",
                    {{x}, {Ints({4}, pads), true}, {Literal::Scalar(DType::kInt32, -7)}},
                    {{"mode", std::string(mode)}}})[0];
  };
  const auto expected = [&](std::vector<int64_t> pads,
                            const std::function<int64_t(int64_t, int64_t)>& source) {
    return Tabulate({3 + pads[0] + pads[2], 4 + pads[1] + pads[3]}, [&](const Shape& i) {
      const int64_t row = source(i[0] - pads[0], 3), column = source(i[1] - pads[1], 4);
      return row < 0 || column < 0 ? -7 : At(x, {row, column});
    });
  };
  const std::vector<int64_t> grow = {2, 3, 1, 2}, crop = {-1, 2, 1, -2};
  EXPECT_EQ(pad("constant", grow),
            expected(grow, [](int64_t i, int64_t n) { return i < 0 || i >= n ? -1 : i; }));
  EXPECT_EQ(pad("constant", crop), expected(crop, [](int64_t i, int64_t n) {
              // Row 0 and the last two columns are cut off.
              return i < 0 || i >= n ? -1 : i;
            }));
  EXPECT_EQ(pad("edge", grow), expected(grow, [](int64_t i, int64_t n) {
              return std::min(std::max<int64_t>(i, 0), n - 1);
            }));
  EXPECT_EQ(pad("reflect", grow), expected(grow, [](int64_t i, int64_t n) {
              return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
            }));
  EXPECT_EQ(pad("wrap", grow), expected(grow, [](int64_t i, int64_t n) { return (i + n) % n; }));
}

TEST(Move, TilesConcatenatesAndSplits) {
  const Literal x = Counting({2, 3}), y = Counting({2, 1});
  EXPECT_EQ(RunNode({"Tile", {{x}, {Ints({2}, {3, 2}), true}}})[0],
            Tabulate({6, 6}, [&](const Shape& i) { return At(x, {i[0] % 2, i[1] % 3}); }));
  const Literal both = RunNode({"Concat", {{x}, {y}, {x}}, {{"axis", int64_t{-1}}}})[0];
  EXPECT_EQ(both, Tabulate({2, 7}, [&](const Shape& i) {
              if (i[1] == 3) return At(y, {i[0], 0});
              return At(x, {i[0], i[1] < 3 ? i[1] : i[1] - 4});
            }));
  NodeSpec split{"Split", {{both}, {Ints({3}, {3, 1, 3}), true}}, {{"axis", int64_t{1}}}};
  split.outputs = 3;
  const std::vector<Literal> parts = RunNode(split);
  EXPECT_EQ(parts[0], x);
  EXPECT_EQ(parts[1], y);
  EXPECT_EQ(parts[2], x);
}

TEST(Move, BlocksOfDepthGoToSpaceAndBack) {
  const Literal x = Counting({1, 8, 2, 3});
  const Literal wide = RunNode({"DepthToSpace", {{x}}, {{"blocksize", int64_t{2}}}})[0];
  EXPECT_EQ(wide, Tabulate({1, 2, 4, 6}, [&](const Shape& i) {
              return At(x, {0, (i[2] % 2 * 2 + i[3] % 2) * 2 + i[1], i[2] / 2, i[3] / 2});
            }));
  EXPECT_EQ(RunNode({"SpaceToDepth", {{wide}}, {{"blocksize", int64_t{2}}}})[0], x);
}

TEST(Move, IndicesOutOfRangeTrap) {
  const Literal x = Counting({4, 2});
  for (const int64_t bad : {4, -5}) {
    EXPECT_THROW(RunNode({"Gather", {{x}, {Ints({1}, {bad})}}}), CompileError);
    EXPECT_THROW(RunNode({"Gather", {{x}, {Ints({1}, {bad}), true}}}), CompileError);
    EXPECT_THROW(RunNode({"GatherND", {{x}, {Ints({1, 1}, {bad})}}}), CompileError);
    EXPECT_THROW(RunNode({"ScatterND", {{x}, {Ints({1, 1}, {bad})}, {Counting({1, 2})}}}),
                 CompileError);
    EXPECT_THROW(RunNode({"ScatterElements", {{x}, {Ints({1, 1}, {bad})}, {Counting({1, 1})}}}),
                 CompileError);
  }
  EXPECT_EQ(RunNode({"Gather", {{x}, {Ints({2}, {-1, 0})}}})[0],
            Tabulate({2, 2}, [&](const Shape& i) { return At(x, {i[0] == 0 ? 3 : 0, i[1]}); }));
}

TEST(Move, IndicesOfTablesAreChecked) {
  const auto words = [](std::vector<int64_t> ids) {
    const Literal literal = Ints({static_cast<int64_t>(ids.size())}, ids);
    return RunNode({.op = "Indices",
                    .inputs = {{literal}},
                    .attributes = {{"extent", int64_t{5}}},
                    .opset = 1,
                    .domain = "zkvm"})[0];
  };
  EXPECT_EQ(words({0, 4, -1, -5}).dtype(), DType::kInt32);
  EXPECT_EQ(words({0, 4, -1, -5}).ToInt64s(), (std::vector<int64_t>{0, 4, 4, 0}));
  for (const int64_t bad : {int64_t{5}, int64_t{-6}, (int64_t{1} << 32) + 3}) {
    EXPECT_THROW(words({bad}), CompileError) << bad;
  }
}

TEST(Move, HostileAttributesAreRefused) {
  const Literal x = Counting({2, 3});
  using Axes = std::vector<int64_t>;
  EXPECT_THROW(RunNode({"Transpose", {{x}}, {{"perm", Axes{0, 0}}}}), CompileError);
  EXPECT_THROW(RunNode({"Transpose", {{x}}, {{"perm", Axes{0, -1}}}}), CompileError);
  EXPECT_THROW(RunNode({"Transpose", {{x}}, {{"perm", int64_t{1}}}}), CompileError);
  EXPECT_THROW(RunNode({"Reshape", {{x}, {Ints({2}, {-1, -1}), true}}}), CompileError);
  EXPECT_THROW(RunNode({"Reshape", {{x}, {Ints({2}, {INT64_MAX, 4}), true}}}), CompileError);
  EXPECT_THROW(RunNode({"Reshape", {{x}, {Ints({2}, {2, 3})}}}), CompileError);
  EXPECT_THROW(RunNode({"Expand", {{x}, {Ints({2}, {-2, 3}), true}}}), CompileError);
  EXPECT_THROW(RunNode({"Tile", {{x}, {Ints({2}, {INT64_MAX, INT64_MAX}), true}}}), CompileError);
  EXPECT_THROW(RunNode({"Concat", {{x}, {Counting({3, 3})}}, {{"axis", int64_t{1}}}}),
               CompileError);
  EXPECT_THROW(RunNode({"Split", {{x}, {Ints({1}, {4}), true}}}), CompileError);
  EXPECT_THROW(RunNode({"Slice", {{x}, {Ints({1}, {0}), true}, {Ints({2}, {1, 1}), true}}}),
               CompileError);
  EXPECT_THROW(RunNode({"Pad", {{x}, {Ints({4}, {-3, 0, 0, 0}), true}}}), CompileError);
  EXPECT_THROW(RunNode({"Pad", {{x}, {Ints({3}, {1, 0, 0}), true}}}), CompileError);
  EXPECT_THROW(RunNode({"Squeeze", {{x}, {Ints({1}, {0}), true}}}), CompileError);
  EXPECT_THROW(RunNode({"Unsqueeze", {{x}, {Ints({2}, {1, 1}), true}}}), CompileError);
  EXPECT_THROW(RunNode({"ConstantOfShape", {{Ints({2}, {-1, 3}), true}}}), CompileError);
  EXPECT_THROW(RunNode({"ConstantOfShape", {{Ints({2}, {1 << 30, 1 << 30}), true}}}), CompileError);
  EXPECT_THROW(
      RunNode({"Range", {{Ints({}, {0}), true}, {Ints({}, {9}), true}, {Ints({}, {0}), true}}}),
      CompileError);
  EXPECT_THROW(RunNode({"DepthToSpace", {{Counting({1, 3, 2, 2})}}, {{"blocksize", int64_t{2}}}}),
               CompileError);
}

}  // namespace
}  // namespace zkvm::compiler
