// Layers against double precision: the result differs by its own rounding and little more.
#include "tests/compiler/tensor/world.h"

namespace zkvm::compiler {
namespace {

struct ConvCase {
  Shape input;  // [N, C, H, W] or [N, C, L]
  int64_t outputs;
  Shape kernel;
  int64_t groups = 1;
  Shape strides = {}, dilations = {}, begin = {}, end = {};
};

int64_t At(const Shape& values, size_t i, int64_t otherwise) {
  return i < values.size() ? values[i] : otherwise;
}

Array ConvArray(const Array& x, const ConvCase& c, std::span<const float> weights,
                std::span<const float> bias) {
  const size_t spatial = x.shape.size() - 2;
  Shape shape = {x.shape[0], c.outputs};
  for (size_t i = 0; i < spatial; ++i) {
    shape.push_back((x.shape[2 + i] + At(c.begin, i, 0) + At(c.end, i, 0) -
                     At(c.dilations, i, 1) * (c.kernel[i] - 1) - 1) /
                        At(c.strides, i, 1) +
                    1);
  }
  const int64_t channels = x.shape[1] / c.groups;
  const int64_t taps = ElementCount(c.kernel);
  return MakeArray(shape, [&](const Shape& at) {
    const int64_t o = at[1], group = o / (c.outputs / c.groups);
    double sum = bias.empty() ? 0 : bias[static_cast<size_t>(o)];
    for (int64_t k = 0; k < channels; ++k) {
      for (int64_t t = 0; t < taps; ++t) {
        Shape from = {at[0], group * channels + k};
        bool inside = true;
        int64_t rest = t;
        Shape tap(spatial);
        for (size_t i = spatial; i-- > 0;) {
          tap[i] = rest % c.kernel[i];
          rest /= c.kernel[i];
        }
        for (size_t i = 0; i < spatial; ++i) {
          const int64_t p =
              at[2 + i] * At(c.strides, i, 1) + tap[i] * At(c.dilations, i, 1) - At(c.begin, i, 0);
          inside = inside && p >= 0 && p < x.shape[2 + i];
          from.push_back(p);
        }
        if (inside) {
          sum += x.at(from) * weights[static_cast<size_t>((o * channels + k) * taps + t)];
        }
      }
    }
    return sum;
  });
}

TEST(LinearLowering, Convolutions) {
  const std::vector<ConvCase> cases = {
      {{1, 3, 9, 11}, 5, {3, 3}, 1, {}, {}, {1, 1}, {1, 1}},
      {{1, 1, 28, 28}, 6, {5, 5}},
      {{2, 3, 8, 8}, 4, {3, 3}, 1, {2, 2}, {}, {1, 1}, {1, 1}},
      {{1, 4, 7, 5}, 6, {3, 2}, 2, {1, 1}, {}, {0, 1}, {1, 0}},
      {{1, 6, 9, 9}, 6, {3, 3}, 6, {2, 2}, {}, {1, 1}, {1, 1}},
      {{1, 4, 9, 9}, 12, {3, 3}, 4, {1, 1}, {}, {1, 1}, {1, 1}},
      {{1, 3, 13, 16}, 5, {3, 3}, 1, {1, 1}, {2, 2}, {2, 2}, {2, 2}},
      {{1, 2, 13, 16}, 5, {3, 3}, 1, {1, 1}, {2, 3}, {2, 3}, {2, 3}},
      {{1, 3, 17, 20}, 5, {5, 5}, 1, {3, 3}, {}, {2, 1}, {1, 2}},
      {{2, 3, 17, 20}, 5, {4, 4}, 1, {4, 4}},
      {{1, 2, 10, 12}, 3, {3, 3}, 1, {2, 1}, {}, {1, 1}, {1, 1}},
      {{1, 4, 11, 12}, 4, {3, 3}, 4, {3, 3}, {}, {1, 1}, {1, 1}},
      {{1, 3, 10, 12}, 3, {1, 1}, 1, {2, 2}},
      {{1, 3, 6, 6}, 3, {1, 1}, 1, {1, 1}, {}, {1, 1}, {1, 1}},
      {{1, 5, 21}, 7, {4}, 1, {1}, {}, {3}, {0}},
      {{2, 4, 18}, 6, {3}, 2, {2}, {}, {1}, {1}},
      {{1, 3, 32}, 4, {5}, 1, {4}, {}, {2}, {2}},
      {{1, 2, 12, 12}, 3, {12, 12}},
      {{1, 3, 7, 7}, 3, {7, 7}, 3},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    const ConvCase& c = cases[i];
    World world(static_cast<uint32_t>(i));
    Array x;
    const View input = world.Input(c.input, 0.02, &x);
    Shape shape = {c.outputs, c.input[1] / c.groups};
    shape.insert(shape.end(), c.kernel.begin(), c.kernel.end());
    const std::vector<float> weights = world.Floats(ElementCount(shape), 0.4);
    const std::vector<float> bias = world.Floats(c.outputs, 2);
    const double scale = 0.05;
    LinearFacts facts;
    const View y = world.lowering().Conv(
        input, weights, shape, bias, {c.kernel, c.strides, c.dilations, c.begin, c.end}, c.groups,
        {.element = tensor::Element::kI16, .scale = scale}, &facts);
    world.Run();
    EXPECT_GE(facts.weight_bits, 9);
    world.ExpectNear(y, ConvArray(x, c, weights, bias), scale * 0.6);
  }
}

TEST(LinearLowering, ReluResidualAndChains) {
  World world(1);
  Array x;
  const View input = world.Input({1, 3, 12, 12}, 0.03, &x, DType::kUint8);
  const auto relu = [](double v) { return std::max(v, 0.0); };
  const ConvCase first{{1, 3, 12, 12}, 8, {3, 3}, 1, {}, {}, {1, 1}, {1, 1}};
  const std::vector<float> w1 = world.Floats(8 * 3 * 9, 0.2), b1 = world.Floats(8, 0.3);
  const std::vector<float> w2 = world.Floats(8 * 8 * 9, 0.2), w3 = world.Floats(4 * 8, 0.2);
  LinearFacts facts;
  const View h =
      world.lowering().Conv(input, w1, {8, 3, 3, 3}, b1, {{3, 3}, {}, {}, {1, 1}, {1, 1}}, 1,
                            {.scale = 0.08, .function = relu}, &facts);
  EXPECT_EQ(facts.steps_per_unit, 1) << "clips need no finer steps than their result";
  std::vector<Term> terms(2);
  terms[0].kind = Term::Kind::kConv;
  terms[0].x = h;
  terms[0].weights = w2;
  terms[0].shape = {8, 8, 3, 3};
  terms[0].window = {{3, 3}, {}, {}, {1, 1}, {1, 1}};
  terms[1].x = h;
  terms[1].factor = 2;
  const View sum = world.lowering().Linear(terms, b1, {.scale = 0.3, .function = relu});
  // A strided convolution and a residual of one pixel in four.
  terms[0].weights = w3;
  terms[0].shape = {4, 8, 1, 1};
  terms[0].window = {{1, 1}, {2, 2}, {}, {}, {}};
  terms[0].x = sum;
  terms[1].x = world.lowering().Slice(
      world.lowering().Slice(world.lowering().Slice(h, 1, 0, 1, 4), 2, 0, 2, 6), 3, 0, 2, 6);
  terms[1].factor = 1;
  const View last = world.lowering().Linear(terms, {}, {.scale = 0.3});
  world.Run();
  Array hidden = ConvArray(x, first, w1, b1);
  for (double& v : hidden.values) v = std::min(relu(v), 127 * 0.08);
  world.ExpectNear(h, hidden, 0.08 * 0.52);
  const Array h_read{h.shape(), world.Read(h)};
  const ConvCase second{{1, 8, 12, 12}, 8, {3, 3}, 1, {}, {}, {1, 1}, {1, 1}};
  Array expected = ConvArray(h_read, second, w2, b1);
  for (size_t i = 0; i < expected.values.size(); ++i) {
    expected.values[i] = std::min(relu(expected.values[i] + 2 * h_read.values[i]), 127 * 0.3);
  }
  world.ExpectNear(sum, expected, 0.3 * 0.53);
  const ConvCase third{{1, 8, 12, 12}, 4, {1, 1}, 1, {2, 2}};
  const Array sum_read{sum.shape(), world.Read(sum)};
  Array final = ConvArray(sum_read, third, w3, {});
  final = MakeArray(final.shape, [&](const Shape& i) {
    return std::clamp(final.at(i) + h_read.at({0, i[1], 2 * i[2], 2 * i[3]}), -128 * 0.3,
                      127 * 0.3);
  });
  world.ExpectNear(last, final, 0.3 * 0.55);
}

Array DenseArray(const Array& x, std::span<const float> w, int64_t outputs,
                 std::span<const float> bias) {
  Shape shape = x.shape;
  const int64_t inputs = shape.back();
  shape.back() = outputs;
  return MakeArray(shape, [&](Shape i) {
    const int64_t o = i.back();
    double sum = bias.empty() ? 0 : bias[static_cast<size_t>(o)];
    for (int64_t k = 0; k < inputs; ++k) {
      i.back() = k;
      sum += x.at(i) * w[static_cast<size_t>(k * outputs + o)];
    }
    return sum;
  });
}

TEST(LinearLowering, DenseOfAnyView) {
  const std::vector<Shape> shapes = {{1, 20}, {5, 33}, {2, 3, 48}, {1, 4, 5, 5}, {3, 2, 4, 4}};
  for (size_t i = 0; i < shapes.size(); ++i) {
    for (const bool reversed : {false, true}) {
      SCOPED_TRACE("case " + std::to_string(i));
      World world(static_cast<uint32_t>(i));
      Array x;
      View input = world.Input(shapes[i], 0.02, &x);
      if (shapes[i].size() == 4) {
        // Flatten, also of the axes in another order.
        if (reversed) {
          const std::vector<int64_t> order = {0, 2, 3, 1};
          input = world.lowering().AsImage(input);
          input = Transposed(input, order);
          x = MakeArray(input.shape(),
                        [&](const Shape& at) { return x.at({at[0], at[3], at[1], at[2]}); });
        }
        input =
            world.lowering().Reshape(input, {shapes[i][0], ElementCount(shapes[i]) / shapes[i][0]});
        x.shape = input.shape();
      }
      const int64_t k = x.shape.back();
      const std::vector<float> w = world.Floats(k * 7, 0.3), bias = world.Floats(7, 1);
      const View y = world.lowering().Dense(input, w, {k, 7}, bias,
                                            {.element = tensor::Element::kI16, .scale = 0.01});
      // Part of the rows.
      const int64_t half = k / 3;
      const View part =
          world.lowering().Dense(world.lowering().Slice(input, x.shape.size() - 1, half, 1, half),
                                 std::span(w).first(static_cast<size_t>(half * 7)), {half, 7}, {},
                                 {.element = tensor::Element::kI16, .scale = 0.01});
      world.Run();
      world.ExpectNear(y, DenseArray(x, w, 7, bias), 0.006);
      Shape cut = x.shape;
      cut.back() = half;
      const Array less = MakeArray(cut, [&](Shape at) {
        at.back() += half;
        return x.at(at);
      });
      world.ExpectNear(part, DenseArray(less, w, 7, {}), 0.006);
    }
  }
}

TEST(LinearLowering, EmbeddingsWithPositions) {
  World world(9);
  const int64_t vocabulary = 31, width = 24, tokens = 10;
  const ValueId ids = world.AddValue(DType::kInt32, {1, tokens});
  std::vector<int32_t> tokens_in;
  for (int64_t i = 0; i < tokens; ++i) tokens_in.push_back(static_cast<int32_t>(world.Below(31)));
  world.Set(ids, Literal::Of<int32_t>(DType::kInt32, {1, tokens}, tokens_in));
  const std::vector<float> table = world.Floats(vocabulary * width, 1);
  const std::vector<float> positions = world.Floats(tokens * width, 1);
  std::vector<Term> terms(2);
  terms[0].kind = Term::Kind::kDense;
  terms[0].x = world.lowering().OneHot(ids, vocabulary);
  terms[0].weights = table;
  terms[0].shape = {vocabulary, width};
  terms[1].x = world.lowering().Constant(std::vector<double>(positions.begin(), positions.end()),
                                         {tokens, width}, tensor::Element::kI16, 1.0 / 32767);
  const View y =
      world.lowering().Linear(terms, {}, {.element = tensor::Element::kI15, .scale = 2.0 / 16384});
  world.Run();
  const Array expected = MakeArray({1, tokens, width}, [&](const Shape& i) {
    const auto id = static_cast<size_t>(tokens_in[static_cast<size_t>(i[1])]);
    return table[id * 24 + static_cast<size_t>(i[2])] +
           positions[static_cast<size_t>(i[1] * width + i[2])];
  });
  world.ExpectNear(y, expected, 2.0 / 16384);
}

// Softmax(q k' / sqrt(d) + mask) v with heads in the rows of one projection.
TEST(LinearLowering, Attention) {
  for (const int64_t head : {16, 12}) {
    SCOPED_TRACE("head " + std::to_string(head));
    World world(11);
    Lowering& lowering = world.lowering();
    const int64_t tokens = 9, heads = 3, width = heads * head;
    Array x;
    const View input = world.Input({1, tokens, 20}, 0.01, &x);
    const std::vector<float> w = world.Floats(20 * 3 * width, 0.5);
    const View qkv = lowering.Dense(input, w, {20, 3 * width}, {}, {.scale = 0.04});
    std::vector<View> parts;
    for (int64_t i = 0; i < 3; ++i) {
      View part = lowering.Slice(qkv, 2, i * width, 1, width);
      part = lowering.Reshape(part, {1, tokens, heads, head});
      parts.push_back(lowering.Transpose(part, std::vector<int64_t>{0, 2, 1, 3}));
    }
    const View keys = lowering.Transpose(parts[1], std::vector<int64_t>{0, 1, 3, 2});
    const double factor = 1 / std::sqrt(static_cast<double>(head));
    std::vector<double> mask(static_cast<size_t>(tokens * tokens));
    for (int64_t i = 0; i < tokens; ++i) {
      for (int64_t j = i + 1; j < tokens; ++j) mask[static_cast<size_t>(i * tokens + j)] = -30;
    }
    const View masks = lowering.Constant(mask, {tokens, tokens}, tensor::Element::kI8, 0.25);
    const View scores = lowering.MatMul(parts[0], keys, factor, Lowering::SoftmaxTarget(), &masks);
    const View open = lowering.MatMul(parts[0], keys, factor, Lowering::SoftmaxTarget());
    const View p = lowering.Softmax(scores), causal = lowering.Softmax(open, 0);
    const View mixed = lowering.MatMul(p, parts[2], 1, {.scale = 0.02});
    const View mixed2 = lowering.MatMul(causal, parts[2], 1, {.scale = 0.02});
    // Heads side by side, and a projection of them.
    const View rows = lowering.Reshape(lowering.Transpose(mixed, std::vector<int64_t>{0, 2, 1, 3}),
                                       {1, tokens, width});
    const std::vector<float> w2 = world.Floats(width * 5, 0.5);
    const View y = lowering.Dense(rows, w2, {width, 5}, {}, {.scale = 0.05});
    world.Run();
    const Array q{parts[0].shape(), world.Read(parts[0])},
        k{parts[1].shape(), world.Read(parts[1])}, v{parts[2].shape(), world.Read(parts[2])};
    Array weights = MakeArray({1, heads, tokens, tokens}, [&](const Shape& i) {
      if (i[3] > i[2]) return 0.0;
      double sum = 0;
      for (int64_t l = 0; l < head; ++l) sum += q.at({0, i[1], i[2], l}) * k.at({0, i[1], i[3], l});
      return std::exp(sum * factor);
    });
    const Array sums = MakeArray({1, heads, tokens, 1}, [&](const Shape& i) {
      double sum = 0;
      for (int64_t j = 0; j < tokens; ++j) sum += weights.at({0, i[1], i[2], j});
      return sum;
    });
    weights = MakeArray(
        weights.shape, [&](const Shape& i) { return weights.at(i) / sums.at({0, i[1], i[2], 0}); });
    world.ExpectNear(p, weights, 0.005);
    world.ExpectNear(causal, weights, 0.005);
    const Array expected = MakeArray({1, heads, tokens, head}, [&](const Shape& i) {
      double sum = 0;
      for (int64_t j = 0; j < tokens; ++j)
        sum += weights.at({0, i[1], i[2], j}) * v.at({0, i[1], j, i[3]});
      return std::clamp(sum, -128 * 0.02, 127 * 0.02);
    });
    world.ExpectNear(mixed, expected, 0.03);
    world.ExpectNear(mixed2, expected, 0.03);
    const Array mixed_read{mixed.shape(), world.Read(mixed)};
    const Array flat = MakeArray({1, tokens, width}, [&](const Shape& i) {
      return mixed_read.at({0, i[2] / head, i[1], i[2] % head});
    });
    Array last = DenseArray(flat, w2, 5, {});
    for (double& value : last.values) value = std::clamp(value, -128 * 0.05, 127 * 0.05);
    world.ExpectNear(y, last, 0.05 * 0.6);
  }
}

TEST(LinearLowering, AffineAndMeans) {
  World world(2);
  Lowering& lowering = world.lowering();
  Array x, s;
  const View image = world.Input({1, 5, 7, 9}, 0.1, &x), rows = world.Input({6, 32}, 0.1, &s);
  const std::vector<float> f = world.Floats(5, 2), b = world.Floats(5, 3), g = world.Floats(32, 2),
                           h = world.Floats(32, 3);
  const tensor::Element i16 = tensor::Element::kI16;
  const View a = lowering.Affine(lowering.AsImage(image), 1, f, b, {.element = i16, .scale = 0.01});
  const View c = lowering.Affine(rows, 1, g, h, {.element = i16, .scale = 0.01});
  const std::vector<int64_t> hw = {2, 3}, last = {1}, first = {0};
  const View mean =
      lowering.ReduceMean(lowering.AsImage(image), hw, false, {.element = i16, .scale = 0.001});
  const View row_mean = lowering.ReduceMean(rows, last, false, {.element = i16, .scale = 0.001});
  const View column_sum = lowering.ReduceMean(rows, first, true, {.element = i16, .scale = 0.01});
  const View pool = lowering.AveragePool(image, {{3, 2}, {2, 2}, {}, {1, 0}, {1, 0}}, false,
                                         {.element = i16, .scale = 0.01});
  world.Run();
  world.ExpectNear(a,
                   MakeArray(x.shape,
                             [&](const Shape& i) {
                               const auto k = static_cast<size_t>(i[1]);
                               return f[k] * x.at(i) + b[k];
                             }),
                   0.006);
  world.ExpectNear(c,
                   MakeArray(s.shape,
                             [&](const Shape& i) {
                               const auto k = static_cast<size_t>(i[1]);
                               return g[k] * s.at(i) + h[k];
                             }),
                   0.006);
  world.ExpectNear(mean,
                   MakeArray({1, 5, 1, 1},
                             [&](const Shape& i) {
                               double sum = 0;
                               for (int64_t k = 0; k < 63; ++k)
                                 sum += x.at({0, i[1], k / 9, k % 9});
                               return sum / 63;
                             }),
                   0.001);
  world.ExpectNear(row_mean,
                   MakeArray({6, 1},
                             [&](const Shape& i) {
                               double sum = 0;
                               for (int64_t k = 0; k < 32; ++k) sum += s.at({i[0], k});
                               return sum / 32;
                             }),
                   0.001);
  world.ExpectNear(column_sum,
                   MakeArray({1, 32},
                             [&](const Shape& i) {
                               double sum = 0;
                               for (int64_t k = 0; k < 6; ++k) sum += s.at({k, i[1]});
                               return sum;
                             }),
                   0.01);
  world.ExpectNear(pool,
                   MakeArray({1, 5, 4, 4},
                             [&](const Shape& i) {
                               double sum = 0;
                               int seen = 0;
                               for (int64_t r = 0; r < 3; ++r) {
                                 for (int64_t t = 0; t < 2; ++t) {
                                   const int64_t y = 2 * i[2] + r - 1, z = 2 * i[3] + t;
                                   if (y < 0 || y >= 7) continue;
                                   sum += x.at({0, i[1], y, z});
                                   ++seen;
                                 }
                               }
                               return sum / seen;
                             }),
                   0.05);
}

TEST(LinearLowering, RefusalsLeaveNothingBehind) {
  World world(4);
  Array x;
  const View input = world.Input({1, 20}, 0.1, &x);
  const size_t mark = world.lowering().Mark();
  EXPECT_THROW(world.lowering().Norm(input, false, 1e-5, {.scale = 0.1}), CompileError);
  EXPECT_THROW(world.lowering().Dense(input, world.Floats(40, 1), {10, 4}, {}, {.scale = 1}),
               CompileError);
  world.lowering().AsImage(input);
  world.lowering().Constant(std::vector<double>(20, 1.0), {20}, tensor::Element::kI8, 1);
  EXPECT_GT(world.lowering().Mark(), mark);
  world.lowering().Rollback(mark);
  EXPECT_EQ(world.lowering().Mark(), mark);
  const View y = world.lowering().Dense(input, world.Floats(20, 1), {20, 1}, {}, {.scale = 1});
  world.Run();
  EXPECT_EQ(world.Read(y).size(), 1U);
}

}  // namespace
}  // namespace zkvm::compiler
