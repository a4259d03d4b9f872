// The fast linear layers against the specification.
#include "precompiles/tensor/linear_kernels.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

#include "precompiles/tensor/model.h"
#include "precompiles/tensor/semantics.h"
#include "tests/precompiles/model_builder.h"

namespace zkvm::tensor {
namespace {

// Lanes of `count` planes, `stride` cells apart, the unused ones 0.
std::vector<int16_t> RandomPlanes(Random& random, const TensorType& type, size_t count,
                                  size_t stride) {
  std::vector<int16_t> lanes((count * stride + PlaneCells(type)) * kLanes);
  const Range range = RangeOf(type.element);
  for (size_t p = 0; p < count; ++p) {
    int16_t* plane = lanes.data() + p * stride * kLanes;
    if (type.element == Element::kOneHot) {
      plane[0] = static_cast<int16_t>(random.In(0, type.width - 1));
      continue;
    }
    for (uint32_t l = 0; l < kLanes * PlaneCells(type); ++l) {
      plane[l] = static_cast<int16_t>(IsUsed(type, l) ? random.In(range.low, range.high) : 0);
    }
    // Planes of probabilities have small sums.
    if (type.element == Element::kU15) {
      for (uint32_t l = 0; l < type.width; ++l)
        plane[l] = static_cast<int16_t>(plane[l] / type.width);
    }
  }
  return lanes;
}

struct LinearCase {
  ModelBuilder builder;
  std::array<std::vector<int16_t>, kMaxSources> x;
  Descriptor d{.op = Op::kLinear};

  void Fill(size_t k, const Source& source, Random& random, size_t planes, size_t stride) {
    d.source[k] = source;
    x[k] = RandomPlanes(random, source.type, planes, stride);
  }
  void Weights(size_t g, Random& random, int64_t magnitude) {
    d.group[g].weights = 0;  // WeightCount does not look at it
    const auto weights = random.Values<int16_t>(WeightCount(d, g), -magnitude, magnitude);
    d.group[g].weights = builder.AddData(weights);
    d.group[g].multiplier = random.Size(1, 9);
  }
  void BiasAndTable(Random& random) {
    const size_t outputs = d.out.kind == Kind::kImage ? d.out.planes : d.out.width;
    if (random.Coin()) {
      d.bias = builder.AddData(random.Values<int32_t>(outputs, -(1 << 20), 1 << 20));
    }
    d.table = builder.AddFunction(-(1 << 15), RangeOf(d.out.element),
                                  [](int64_t y) { return y * 7 % 251 - 100; });
  }

  void Compare() const {
    ModelBuilder copy = builder;
    copy.Add(d);
    const auto error = CheckModel(copy.model);
    ASSERT_FALSE(error) << error->message;
    Sources sources{};
    for (size_t k = 0; k < kMaxSources; ++k) {
      // Reads beyond the extent would be reads of other tensors.
      ASSERT_LE(SourceExtent(d, k) * kLanes, x[k].size());
      sources[k] = x[k].data();
    }
    const size_t lanes = size_t{kLanes} * Cells(d.out);
    std::vector<int16_t> want(lanes, 77), got(lanes, 78);
    std::vector<int32_t> want_v(lanes, 79), got_v(lanes, 80);
    Linear(copy.model, d, sources, want.data(), want_v.data());
    RunLinear(copy.model, d, sources, got.data(), got_v.data());
    EXPECT_EQ(got_v, want_v);
    EXPECT_EQ(got, want);
  }
};

TEST(LinearKernels, Sequences) {
  for (uint32_t seed = 0; seed < 120; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const auto size = [&] { return random.Among<uint32_t>({1, 2, 3, 15, 16, 17, 33, 70}); };
    const uint32_t tokens = size(), width = size();
    LinearCase c;
    c.d.out = SequenceType(tokens, width, Element::kI8);
    const uint32_t groups = random.Size(1, 2);
    for (size_t g = 0; g < groups; ++g) {
      const bool segmented = random.Coin();
      const Element element = random.Among(
          {Element::kI8, Element::kU8, Element::kI16, Element::kU15, Element::kOneHot});
      TensorType type = SequenceType(0, size(), element);
      if (segmented && element != Element::kOneHot && element != Element::kU15) {
        type.width = 96;
        type.segment = 32;
      }
      const uint32_t channels = random.Size(1, 3);
      const size_t step = PlaneCells(type) + random.Size(0, 1);
      c.Fill(g,
             {.type = type,
              .use = Use::kWeights,
              .channels = channels,
              .channel_stride = static_cast<uint32_t>(step * tokens),
              .batch_stride = static_cast<uint32_t>(step)},
             random, size_t{channels} * tokens, step);
      c.Weights(g, random, element == Element::kI16 ? 6 : 300);
    }
    if (random.Coin()) {
      const TensorType type = SequenceType(0, width, Element::kI15);
      c.Fill(2, TokensOf(type, Use::kResidual), random, tokens, PlaneCells(type));
      c.d.group[2].multiplier = random.Size(1, 3000);
    }
    c.BiasAndTable(random);
    c.Compare();
  }
}

TEST(LinearKernels, KernelOperands) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const auto size = [&] { return random.Among<uint32_t>({1, 2, 3, 15, 16, 17, 33, 70}); };
    const uint32_t tokens = size(), inner = size(), outer = size();
    LinearCase c;
    c.d.out = SequenceType(tokens, outer, Element::kI8);
    const bool keys = random.Coin();
    const TensorType x = SequenceType(0, inner, keys ? Element::kI8 : Element::kU15);
    c.Fill(0, TokensOf(x), random, tokens, PlaneCells(x));
    c.d.group[0].multiplier = random.Size(1, 40);
    const TensorType y =
        SequenceType(0, keys ? inner : outer, Element::kI8, keys ? Role::kK : Role::kV);
    const uint32_t planes = keys ? outer : inner, k = random.Size(1, 2);
    const uint32_t step = PlaneCells(y) + random.Size(0, 2);
    c.Fill(k,
           {.type = y,
            .use = keys ? Use::kOperandK : Use::kOperandV,
            .channels = planes,
            .channel_stride = step},
           random, planes, step);
    c.BiasAndTable(random);
    c.Compare();
  }
}

TEST(LinearKernels, ImagesToSequences) {
  for (uint32_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const auto extent = [&] { return random.Among<uint32_t>({1, 3, 4, 5, 8, 9, 16, 17}); };
    LinearCase c;
    const uint32_t tokens = random.Size(1, 3), channels = random.Size(1, 5);
    c.d.out = SequenceType(tokens, random.Among<uint32_t>({1, 10, 64, 70}), Element::kI8);
    const TensorType in = ImageType(channels, extent(), extent(), Element::kU8);
    Source source = ChannelsOf(in);
    source.batch_stride = channels * PlaneCells(in);
    c.Fill(0, source, random, size_t{tokens} * channels, PlaneCells(in));
    c.d.group[0].kernel_h = in.height;
    c.d.group[0].kernel_w = in.width;
    c.Weights(0, random, 100);
    c.BiasAndTable(random);
    c.Compare();
  }
}

TEST(LinearKernels, Images) {
  int compared = 0;
  for (uint32_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const auto extent = [&] { return random.Among<uint32_t>({1, 3, 4, 5, 7, 8, 9, 15, 16, 17}); };
    LinearCase c;
    c.d.stride = random.Size(1, 2);
    const bool depthwise = random.Size(0, 3) == 0;
    const uint32_t outputs = random.Size(1, 9), channels = depthwise ? outputs : random.Size(1, 5);
    const TensorType in =
        ImageType(channels, extent(), extent(), random.Among({Element::kI8, Element::kU8}));
    Group& group = c.d.group[0];
    group.kernel_h = static_cast<uint16_t>(random.Size(1, 6));
    group.kernel_w = static_cast<uint16_t>(random.Size(1, 6));
    group.dilation = static_cast<uint16_t>(random.Size(1, 2));
    group.depthwise = depthwise;
    group.pad_top = static_cast<uint16_t>(random.In(0, group.dilation * (group.kernel_h - 1)));
    group.pad_left = static_cast<uint16_t>(random.In(0, group.dilation * (group.kernel_w - 1)));
    // As many windows as fit, with or without some padding behind.
    const auto windows = [&](uint32_t input, uint32_t kernel, uint32_t pad) {
      const int64_t reach = int64_t{input} + pad + random.In(0, group.dilation * (kernel - 1)) -
                            int64_t{group.dilation} * (kernel - 1) - 1;
      return reach < 0 ? 0 : static_cast<uint32_t>(reach / c.d.stride + 1);
    };
    const uint32_t height = windows(in.height, group.kernel_h, group.pad_top);
    const uint32_t width = windows(in.width, group.kernel_w, group.pad_left);
    if (height == 0 || width == 0) continue;
    c.d.out = ImageType(outputs, height, width, Element::kI8);
    const uint32_t step = PlaneCells(in) + random.Size(0, 1);
    Source source = ChannelsOf(in);
    source.channel_stride = step;
    c.Fill(0, source, random, channels, step);
    c.Weights(0, random, 200);
    if (c.d.stride == 1 && random.Coin()) {
      const TensorType residual = ImageType(outputs, height, width, Element::kI15);
      c.Fill(1, ChannelsOf(residual, Use::kResidual), random, outputs, PlaneCells(residual));
      c.d.group[1].multiplier = random.Size(1, 3000);
    }
    c.BiasAndTable(random);
    c.Compare();
    ++compared;
  }
  EXPECT_GT(compared, 200);
}

}  // namespace
}  // namespace zkvm::tensor
