// Views and copies against dense arrays: the same elements, exactly.
#include <numeric>

#include "tests/compiler/tensor/world.h"

namespace zkvm::compiler {
namespace {

Array TransposeArray(const Array& x, const std::vector<int64_t>& order) {
  Shape shape;
  for (const int64_t a : order) shape.push_back(x.shape[static_cast<size_t>(a)]);
  return MakeArray(shape, [&](const Shape& i) {
    Shape from(i.size());
    for (size_t a = 0; a < i.size(); ++a) from[static_cast<size_t>(order[a])] = i[a];
    return x.at(from);
  });
}

Array SliceArray(const Array& x, size_t axis, int64_t start, int64_t step, int64_t count) {
  Shape shape = x.shape;
  shape[axis] = count;
  return MakeArray(shape, [&](Shape i) {
    i[axis] = start + step * i[axis];
    return x.at(i);
  });
}

// A random split of the elements into two to four axes.
Shape RandomShape(World& world, int64_t elements) {
  Shape shape;
  for (int64_t axes = 1 + world.Below(3); axes > 0; --axes) {
    std::vector<int64_t> divisors;
    for (int64_t d = 1; d <= elements; ++d) {
      if (elements % d == 0) divisors.push_back(d);
    }
    shape.push_back(
        divisors[static_cast<size_t>(world.Below(static_cast<int64_t>(divisors.size())))]);
    elements /= shape.back();
  }
  shape.push_back(elements);
  return shape;
}

TEST(View, RandomChainsShowTheSameElements) {
  const std::vector<Shape> shapes = {{1, 3, 5, 7}, {2, 4, 8, 8}, {6, 20},
                                     {1, 8, 33},   {4, 16, 16},  {2, 3, 4, 12},
                                     {1, 37},      {3, 48},      {1, 2, 28, 28}};
  for (uint32_t seed = 0; seed < 60; ++seed) {
    World world(seed);
    Lowering& lowering = world.lowering();
    Array expected;
    View x = world.Input(shapes[seed % shapes.size()], 0.5, &expected);
    std::vector<std::pair<View, Array>> kept;
    for (int step = 0; step < 5; ++step) {
      const auto rank = static_cast<int64_t>(expected.shape.size());
      switch (world.Below(6)) {
        case 0: {
          std::vector<int64_t> order(static_cast<size_t>(rank));
          std::iota(order.begin(), order.end(), 0);
          for (int64_t i = rank - 1; i > 0; --i) {
            std::swap(order[static_cast<size_t>(i)],
                      order[static_cast<size_t>(world.Below(i + 1))]);
          }
          expected = TransposeArray(expected, order);
          x = lowering.Transpose(x, order);
          break;
        }
        case 1: {
          const Shape shape = RandomShape(world, static_cast<int64_t>(expected.values.size()));
          expected.shape = shape;
          x = lowering.Reshape(x, shape);
          break;
        }
        case 2: {
          const auto axis = static_cast<size_t>(world.Below(rank));
          const int64_t extent = expected.shape[axis];
          const int64_t start = world.Below(extent);
          int64_t step_size = 1 + world.Below(2);
          int64_t count = 1 + world.Below((extent - 1 - start) / step_size + 1);
          int64_t first = start;
          if (world.Below(4) == 0) {
            first = start + step_size * (count - 1);
            step_size = -step_size;
          }
          expected = SliceArray(expected, axis, first, step_size, count);
          x = lowering.Slice(x, axis, first, step_size, count);
          break;
        }
        case 3:
          x = lowering.AsSequence(x);
          break;
        case 4:
          if (rank >= 2) x = lowering.AsImage(x);
          break;
        case 5: {
          Shape begin(expected.shape.size()), end(expected.shape.size());
          const auto axis = static_cast<size_t>(world.Below(rank));
          begin[axis] = world.Below(3);
          end[axis] = world.Below(2);
          const double value = world.Below(2) == 0 ? 0 : -3.5;
          Shape shape = expected.shape;
          shape[axis] += begin[axis] + end[axis];
          expected = MakeArray(shape, [&](Shape i) {
            i[axis] -= begin[axis];
            return i[axis] < 0 || i[axis] >= expected.shape[axis] ? value : expected.at(i);
          });
          x = lowering.Pad(x, begin, end, value);
          break;
        }
      }
      kept.emplace_back(x, expected);
    }
    const ValueId out = world.AddValue(Lowering::ExportType(x.type.element), expected.shape);
    lowering.Export(x, out);
    world.Run();
    for (const auto& [view, array] : kept) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      world.ExpectNear(view, array, 0);
    }
    const std::vector<double> exported = world.interpreter().Get(out).ToDoubles();
    for (size_t i = 0; i < exported.size(); ++i) {
      ASSERT_EQ(0.5 * exported[i], expected.values[i]) << "seed " << seed << ", element " << i;
    }
  }
}

TEST(View, ConcatOfEveryKind) {
  const std::vector<std::tuple<Shape, Shape, size_t>> cases = {
      {{1, 3, 5, 7}, {1, 2, 5, 7}, 1}, {{1, 3, 5, 7}, {1, 3, 2, 7}, 2},
      {{2, 3, 4, 4}, {2, 1, 4, 4}, 1}, {{4, 20}, {3, 20}, 0},
      {{4, 20}, {4, 12}, 1},           {{1, 16}, {1, 16}, 1},
      {{1, 4, 9}, {1, 4, 8}, 2}};
  for (const auto& [first, second, axis] : cases) {
    World world(7);
    Array a, b;
    const std::vector<View> parts = {world.Input(first, 0.25, &a), world.Input(second, 0.25, &b)};
    Shape shape = first;
    shape[axis] += second[axis];
    const size_t by = axis;
    const Array expected = MakeArray(shape, [&](Shape i) {
      if (i[by] < a.shape[by]) return a.at(i);
      i[by] -= a.shape[by];
      return b.at(i);
    });
    const View joined = world.lowering().Concat(parts, axis);
    world.Run();
    world.ExpectNear(joined, expected, 0);
  }
}

TEST(View, ResultsThatNothingReadsAreJoinedWithoutCopies) {
  World world(3);
  Array x;
  const View input = world.Input({1, 4, 8, 8}, 0.1, &x);
  std::vector<View> parts;
  for (int i = 0; i < 3; ++i) {
    const View hidden = world.lowering().Conv(input, world.Floats(4 * 4, 1), {4, 4, 1, 1}, {}, {},
                                              1, {.scale = 0.1});
    parts.push_back(world.lowering().Conv(hidden, world.Floats(5 * 4, 1), {5, 4, 1, 1}, {}, {}, 1,
                                          {.scale = 0.1}));
  }
  const size_t before = world.lowering().Mark();
  const View joined = world.lowering().Concat(parts, 1);
  EXPECT_EQ(world.lowering().Mark(), before);
  world.Run();
  std::vector<double> together;
  for (const View& part : parts) {
    const std::vector<double> values = world.Read(part);
    together.insert(together.end(), values.begin(), values.end());
  }
  EXPECT_EQ(world.Read(joined), together);
}

TEST(View, TakeOfAnyIndices) {
  World world(5);
  Array x;
  const View input = world.Input({1, 6, 5, 9}, 1, &x);
  const std::vector<std::vector<int64_t>> lists = {
      {0, 2, 4}, {4, 3, 2, 1}, {0, 0, 1, 1, 2, 2}, {3, 1, 1, 0, 4}};
  std::vector<View> views;
  for (const auto& list : lists) views.push_back(world.lowering().Take(input, 1, list));
  views.push_back(world.lowering().Take(input, 2, lists[2]));
  views.push_back(world.lowering().Take(input, 3, lists[3]));
  world.Run();
  for (size_t k = 0; k < views.size(); ++k) {
    const auto& list = lists[k < 4 ? k : k - 2];
    const size_t axis = k < 4 ? 1 : k - 2;
    Shape shape = x.shape;
    shape[axis] = static_cast<int64_t>(list.size());
    world.ExpectNear(views[k],
                     MakeArray(shape,
                               [&](Shape i) {
                                 i[axis] = list[static_cast<size_t>(i[axis])];
                                 return x.at(i);
                               }),
                     0);
  }
}

}  // namespace
}  // namespace zkvm::compiler
