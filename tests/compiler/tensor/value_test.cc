// Elementwise operations, rows and windows against double precision.
#include "tests/compiler/tensor/world.h"

namespace zkvm::compiler {
namespace {

using tensor::Element;

double Broadcast(const Array& x, const Shape& at) {
  Shape index;
  for (size_t a = 0; a < x.shape.size(); ++a) {
    const int64_t i = at[at.size() - x.shape.size() + a];
    index.push_back(x.shape[a] == 1 ? 0 : i);
  }
  return x.at(index);
}

TEST(ValueLowering, BinaryWithEveryBroadcast) {
  const std::vector<std::tuple<Shape, Shape, Shape>> cases = {
      {{1, 3, 5, 9}, {1, 3, 5, 9}, {1, 3, 5, 9}},
      {{1, 3, 5, 9}, {1, 3, 1, 1}, {1, 3, 5, 9}},
      {{2, 3, 5, 9}, {5, 9}, {2, 3, 5, 9}},
      {{4, 20}, {20}, {4, 20}},
      {{4, 20}, {4, 1}, {4, 20}},
      {{4, 1}, {1, 20}, {4, 20}},
      {{1, 2, 8, 8}, {1, 2, 8, 1}, {1, 2, 8, 8}},
      {{3, 1, 16}, {1, 5, 16}, {3, 5, 16}},
      {{1, 7}, {1}, {1, 7}}};
  using Op = Lowering::BinaryOp;
  const std::map<Op, std::function<double(double, double)>> ops = {
      {Op::kMul, [](double a, double b) { return a * b; }},
      {Op::kAdd, [](double a, double b) { return a + b; }},
      {Op::kSub, [](double a, double b) { return a - b; }},
      {Op::kMax, [](double a, double b) { return std::max(a, b); }},
      {Op::kMin, [](double a, double b) { return std::min(a, b); }}};
  for (size_t i = 0; i < cases.size(); ++i) {
    for (const double y_scale : {0.05, 0.031}) {
      SCOPED_TRACE("case " + std::to_string(i));
      World world(static_cast<uint32_t>(i));
      Array a, b;
      const auto& [xs, ys, shape] = cases[i];
      const View x = world.Input(xs, 0.05, &a), y = world.Input(ys, y_scale, &b);
      std::map<Op, View> results;
      for (const auto& [op, f] : ops) {
        results[op] = world.lowering().Binary(op, x, y, {Element::kI16, 0.01, {}});
      }
      world.Run();
      for (const auto& [op, f] : ops) {
        SCOPED_TRACE("operation " + std::to_string(static_cast<int>(op)));
        world.ExpectNear(
            results[op],
            MakeArray(shape,
                      [&](const Shape& at) { return f(Broadcast(a, at), Broadcast(b, at)); }),
            0.0063);
      }
    }
  }
}

TEST(ValueLowering, WideProductsAreNarrowedFirst) {
  World world(1);
  Array a, b;
  const View x = world.Input({3, 16}, 1e-4, &a, DType::kInt16);
  const View y = world.Input({3, 16}, 1e-4, &b, DType::kInt16);
  const View z = world.lowering().Binary(Lowering::BinaryOp::kMul, x, y, {Element::kI16, 1e-4, {}});
  const View square =
      world.lowering().Binary(Lowering::BinaryOp::kMul, x, x, {Element::kI16, 1e-4, {}});
  world.Run();
  world.ExpectNear(z, MakeArray({3, 16}, [&](const Shape& i) { return a.at(i) * b.at(i); }), 5e-4);
  world.ExpectNear(square, MakeArray({3, 16}, [&](const Shape& i) { return a.at(i) * a.at(i); }),
                   5e-4);
}

TEST(ValueLowering, MapsOfViews) {
  World world(2);
  Array x;
  const View input = world.Input({1, 4, 6, 10}, 0.03, &x);
  const auto tanh = [](double v) { return std::tanh(v); };
  const LaneTarget target{Element::kI16, 1.0 / 32767, tanh};
  const View whole = world.lowering().Map(input, target);
  const View part = world.lowering().Map(world.lowering().Slice(input, 3, 2, 3, 2), target);
  const View spread = world.lowering().Map(
      world.lowering().Expand(world.lowering().Slice(input, 1, 0, 1, 1), {1, 5, 6, 10}), target);
  world.Run();
  world.ExpectNear(whole, MakeArray(x.shape, [&](const Shape& i) { return std::tanh(x.at(i)); }),
                   2e-5);
  world.ExpectNear(
      part,
      MakeArray({1, 4, 6, 2},
                [&](const Shape& i) { return std::tanh(x.at({0, i[1], i[2], 2 + 3 * i[3]})); }),
      2e-5);
  world.ExpectNear(
      spread,
      MakeArray({1, 5, 6, 10}, [&](const Shape& i) { return std::tanh(x.at({0, 0, i[2], i[3]})); }),
      2e-5);
}

TEST(ValueLowering, MaxPoolOfAnyWindow) {
  struct Case {
    Shape shape;
    TensorWindow window;
    DType dtype;
  };
  const std::vector<Case> cases = {
      {{1, 3, 8, 8}, {{2, 2}, {2, 2}, {}, {}, {}}, DType::kInt8},
      {{2, 3, 9, 11}, {{3, 3}, {2, 2}, {}, {1, 1}, {1, 1}}, DType::kInt8},
      {{1, 2, 13, 20}, {{5, 5}, {1, 1}, {}, {2, 2}, {2, 2}}, DType::kUint8},
      {{1, 2, 13, 20}, {{3, 2}, {3, 4}, {2, 3}, {0, 1}, {1, 0}}, DType::kInt16},
      {{1, 4, 21}, {{3}, {2}, {}, {1}, {0}}, DType::kInt8},
      {{2, 35, 4, 4}, {{2, 2}, {2, 2}, {}, {}, {}}, DType::kInt8},
      {{1, 20, 5, 5}, {{3, 3}, {2, 2}, {}, {1, 1}, {0, 0}}, DType::kInt8}};
  for (size_t k = 0; k < cases.size(); ++k) {
    SCOPED_TRACE("case " + std::to_string(k));
    const Case& c = cases[k];
    World world(static_cast<uint32_t>(k));
    Array x;
    const View input = world.Input(c.shape, 0.5, &x, c.dtype);
    const View y = world.lowering().MaxPool(input, c.window);
    world.Run();
    const auto at = [](const Shape& values, size_t i, int64_t otherwise) {
      return i < values.size() ? values[i] : otherwise;
    };
    const size_t spatial = c.shape.size() - 2;
    const int64_t taps = ElementCount(c.window.kernel);
    world.ExpectNear(
        y,
        MakeArray(y.shape(),
                  [&](const Shape& i) {
                    double most = -INFINITY;
                    for (int64_t t = 0; t < taps; ++t) {
                      Shape from = {i[0], i[1]};
                      bool inside = true;
                      for (size_t a = 0; a < spatial; ++a) {
                        const int64_t kernel = c.window.kernel[a];
                        const int64_t tap =
                            a + 1 == spatial ? t % kernel : t / c.window.kernel[spatial - 1];
                        from.push_back(i[2 + a] * at(c.window.strides, a, 1) +
                                       tap * at(c.window.dilations, a, 1) -
                                       at(c.window.pads_begin, a, 0));
                        inside = inside && from.back() >= 0 && from.back() < c.shape[2 + a];
                      }
                      if (inside) most = std::max(most, x.at(from));
                    }
                    return most;
                  }),
        0);
  }
}

// The four phases of a convolution are the same integers as the convolution.
TEST(ValueLowering, MaxPoolOfAConvolution) {
  for (const int64_t pad : {0, 1}) {
    for (const bool kept : {false, true}) {
      World world(3);
      Array x;
      const View input = world.Input({1, 3, 18 - 2 * pad, 20 - 2 * pad}, 0.02, &x);
      const std::vector<float> w = world.Floats(4 * 3 * 9, 0.4);
      const TensorWindow window{{3, 3}, {}, {}, {pad, pad}, {pad, pad}};
      const View y = world.lowering().Conv(input, w, {4, 3, 3, 3}, {}, window, 1, {.scale = 0.05});
      const View pooled = world.lowering().MaxPool(y, {{2, 2}, {2, 2}, {}, {}, {}});
      // Another reader keeps the convolution itself.
      if (kept) world.lowering().Map(y, {.scale = 0.05});
      world.Run();
      const Array all{y.shape(), world.Read(y)};
      world.ExpectNear(
          pooled,
          MakeArray({1, 4, 8, 9},
                    [&](const Shape& i) {
                      double most = -INFINITY;
                      for (int64_t k = 0; k < 4; ++k) {
                        most =
                            std::max(most, all.at({0, i[1], 2 * i[2] + k / 2, 2 * i[3] + k % 2}));
                      }
                      return most;
                    }),
          0);
      size_t convolutions = 0, gathers = 0;
      for (const auto& d : world.program().descriptors) {
        convolutions += d.op == tensor::Op::kLinear ? 1 : 0;
        gathers += d.op == tensor::Op::kGather ? 1 : 0;
      }
      EXPECT_EQ(convolutions, kept ? 5U : 4U);
      EXPECT_EQ(gathers, 1U) << "of the input alone";
    }
  }
}

TEST(ValueLowering, NormsAndArgmax) {
  World world(6);
  Lowering& lowering = world.lowering();
  Array x;
  const View input = world.Input({2, 3, 48}, 0.02, &x);
  const View norm = lowering.Norm(input, false, 1e-3, {Element::kI16, 1e-3, {}});
  const View rms = lowering.Norm(input, true, 1e-3, {Element::kI8, 0.03, {}});
  const ValueId out = world.AddValue(DType::kInt64, {2, 3});
  lowering.Argmax(input, out);
  world.Run();
  const auto moments = [&](const Shape& i, bool centred) {
    double mean = 0, square = 0;
    for (int64_t k = 0; k < 48; ++k) mean += x.at({i[0], i[1], k}) / 48;
    if (!centred) mean = 0;
    for (int64_t k = 0; k < 48; ++k) square += std::pow(x.at({i[0], i[1], k}) - mean, 2) / 48;
    return std::pair(mean, std::sqrt(square + 1e-3));
  };
  world.ExpectNear(norm,
                   MakeArray({2, 3, 48},
                             [&](const Shape& i) {
                               const auto [mean, deviation] = moments(i, true);
                               return (x.at(i) - mean) / deviation;
                             }),
                   0.02);
  world.ExpectNear(rms,
                   MakeArray({2, 3, 48},
                             [&](const Shape& i) {
                               return std::clamp(x.at(i) / moments(i, false).second, -3.84, 3.81);
                             }),
                   0.02);
  const std::vector<int64_t> indices = world.interpreter().Get(out).ToInt64s();
  for (int64_t r = 0; r < 6; ++r) {
    const auto row = x.values.begin() + 48 * r;
    EXPECT_EQ(indices[static_cast<size_t>(r)], std::max_element(row, row + 48) - row);
  }
}

// Cells of rows of several widths are read together without copies, and so are their results.
TEST(ValueLowering, PartsOfRowsAreReadWhereTheyAre) {
  World world(10);
  Lowering& lowering = world.lowering();
  Array x, y;
  const View wide = world.Input({3, 96}, 0.02, &x), narrow = world.Input({3, 32}, 0.05, &y);
  using Op = Lowering::BinaryOp;
  const size_t mark = lowering.Mark();
  const View product = lowering.Binary(Op::kMul, lowering.Slice(wide, 1, 32, 1, 32), narrow,
                                       {Element::kI16, 0.001, {}});
  EXPECT_EQ(lowering.Mark(), mark + 3) << "a call for each row";
  const View sum = lowering.Binary(Op::kAdd, product, lowering.Slice(wide, 1, 64, 1, 32),
                                   {Element::kI16, 0.001, {}});
  const View mapped = lowering.Map(product, {Element::kI16, 0.001, {}});
  world.Run();
  const auto times = [&](const Shape& i) { return x.at({i[0], 32 + i[1]}) * y.at(i); };
  world.ExpectNear(product, MakeArray({3, 32}, times), 0.0007);
  world.ExpectNear(mapped, MakeArray({3, 32}, times), 0.0007);
  world.ExpectNear(
      sum, MakeArray({3, 32}, [&](const Shape& i) { return times(i) + x.at({i[0], 64 + i[1]}); }),
      0.002);
}

// One step of a recurrent cell: gates of two sources, products and sums.
TEST(ValueLowering, GatedCell) {
  World world(8);
  Lowering& lowering = world.lowering();
  Array x, h, c;
  const View in = world.Input({1, 10}, 0.02, &x), hidden = world.Input({1, 8}, 1.0 / 127, &h);
  const View cell = world.Input({1, 8}, 1e-4, &c, DType::kInt16);
  const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
  const auto tanh = [](double v) { return std::tanh(v); };
  const std::vector<float> w = world.Floats(10 * 8, 0.5), r = world.Floats(8 * 8, 0.5);
  std::vector<Term> terms(2);
  terms[0].kind = terms[1].kind = Term::Kind::kDense;
  terms[0].x = in;
  terms[0].weights = w;
  terms[0].shape = {10, 8};
  terms[1].x = hidden;
  terms[1].weights = r;
  terms[1].shape = {8, 8};
  const View gate = lowering.Linear(terms, {}, {Element::kI8, 1.0 / 127, sigmoid});
  const View candidate = lowering.Linear(terms, {}, {Element::kI8, 1.0 / 127, tanh});
  using Op = Lowering::BinaryOp;
  const View kept = lowering.Binary(Op::kMul, gate, cell, {Element::kI15, 1e-4, {}});
  const View fresh = lowering.Binary(Op::kMul, gate, candidate, {Element::kI15, 1e-4, {}});
  const View next = lowering.Binary(Op::kAdd, kept, fresh, {Element::kI15, 1e-4, {}});
  const View out = lowering.Map(next, {Element::kI8, 1.0 / 127, tanh});
  world.Run();
  const std::vector<double> g = world.Read(gate), k = world.Read(candidate);
  const Array expected = MakeArray({1, 8}, [&](const Shape& i) {
    double sum = 0;
    for (int64_t j = 0; j < 10; ++j) sum += x.at({0, j}) * w[static_cast<size_t>(8 * j + i[1])];
    for (int64_t j = 0; j < 8; ++j) sum += h.at({0, j}) * r[static_cast<size_t>(8 * j + i[1])];
    return sum;
  });
  world.ExpectNear(gate, MakeArray({1, 8}, [&](const Shape& i) { return sigmoid(expected.at(i)); }),
                   0.005);
  world.ExpectNear(next,
                   MakeArray({1, 8},
                             [&](const Shape& i) {
                               const auto n = static_cast<size_t>(i[1]);
                               return g[n] * c.at(i) + g[n] * k[n];
                             }),
                   2e-4);
  EXPECT_EQ(world.Read(out).size(), 8U);
}

}  // namespace
}  // namespace zkvm::compiler
