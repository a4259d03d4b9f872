#include "precompiles/tensor/lowering/support.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/precompiles/partition.h"

namespace zkvm::tensor {
namespace {

struct Axis {
  uint16_t size, kernel, dilation, pad, out;
  uint32_t stride;
};

// Every way to convolve a line of at most 7 pixels; pads after the line follow from `out`.
std::vector<Axis> AllAxes() {
  std::vector<Axis> axes;
  for (uint16_t size = 1; size <= 7; ++size) {
    for (uint16_t kernel = 1; kernel <= 8; ++kernel) {
      for (uint16_t dilation = 1; dilation <= 2; ++dilation) {
        for (uint16_t pad = 0; pad <= 3; ++pad) {
          for (uint32_t stride = 1; stride <= 2; ++stride) {
            for (uint16_t out = 1; out <= 7; ++out) {
              axes.push_back({size, kernel, dilation, pad, out, stride});
            }
          }
        }
      }
    }
  }
  return axes;
}

Descriptor Convolution(const Axis& y, const Axis& x) {
  Descriptor d;
  d.op = Op::kLinear;
  d.stride = x.stride;
  d.out.kind = Kind::kImage;
  d.out.planes = 1;
  d.out.height = y.out;
  d.out.width = x.out;
  d.source[0].use = Use::kWeights;
  d.source[0].type.kind = Kind::kImage;
  d.source[0].type.height = y.size;
  d.source[0].type.width = x.size;
  d.group[0].kernel_h = y.kernel;
  d.group[0].kernel_w = x.kernel;
  d.group[0].pad_top = y.pad;
  d.group[0].pad_left = x.pad;
  d.group[0].dilation = x.dilation;
  return d;
}

TEST(Support, EveryLine) {
  const Axis point{1, 1, 1, 0, 1, 1};
  for (const Axis& x : AllAxes()) {
    const Descriptor d = Convolution(point, x);
    ExpectPartition(d, GarbageRows(d));
    if (HasFailure()) FAIL() << x.size << ' ' << x.kernel << ' ' << x.pad << ' ' << x.out;
  }
}

TEST(Support, PairsOfLines) {
  std::mt19937 random(1);
  const std::vector<Axis> axes = AllAxes();
  for (int i = 0; i < 500; ++i) {
    Axis y = axes[random() % axes.size()];
    const Axis& x = axes[random() % axes.size()];
    y.stride = x.stride;
    y.dilation = x.dilation;
    const Descriptor d = Convolution(y, x);
    ExpectPartition(d, GarbageRows(d));
  }
}

TEST(Support, OnePointOfAnImageIsASequence) {
  Descriptor d = Convolution({5, 5, 1, 0, 1, 1}, {7, 7, 1, 0, 1, 1});
  d.out.kind = Kind::kSequence;
  d.out.height = 1;
  d.out.width = 33;
  const std::vector<GarbageRow> rows = GarbageRows(d);
  ExpectPartition(d, rows);
  EXPECT_EQ(rows.size(), 9U * 2 * 1);  // -6..-1 and 0..6
}

TEST(Support, Sequences) {
  for (uint16_t width = 1; width <= 40; ++width) {
    for (const bool clean : {false, true}) {
      Descriptor d;
      d.op = Op::kLinear;
      d.out.kind = Kind::kSequence;
      d.out.planes = 2;
      d.out.width = 5;
      d.source[0].use = Use::kWeights;
      d.source[0].type.kind = Kind::kSequence;
      d.source[0].type.width = width;
      d.source[0].type.clean = clean;
      d.source[1] = d.source[0];
      d.source[1].use = Use::kResidual;
      d.source[1].type.width = d.out.width;
      ExpectPartition(d, GarbageRows(d));
    }
  }
}

// Convolutions of kernel 1 and stride 1 discard nothing; a vocabulary costs a row every 4 lanes.
TEST(Support, Costs) {
  const Descriptor one = Convolution({9, 1, 1, 0, 9, 1}, {20, 1, 1, 0, 20, 1});
  EXPECT_TRUE(GarbageRows(one).empty());

  Descriptor d;
  d.op = Op::kLinear;
  d.out.kind = Kind::kSequence;
  d.out.width = 768;
  d.source[0].use = Use::kWeights;
  d.source[0].type.kind = Kind::kSequence;
  d.source[0].type.element = Element::kOneHot;
  d.source[0].type.width = 50'257;
  EXPECT_LE(GarbageRows(d).size(), 50'257U / 4 + 1);
}

}  // namespace
}  // namespace zkvm::tensor
