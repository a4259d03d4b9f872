// Outputs and garbage of a linear call share out the exponents of its products.
#ifndef ZKVM_TESTS_PRECOMPILES_PARTITION_H_
#define ZKVM_TESTS_PRECOMPILES_PARTITION_H_

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <span>
#include <utility>

#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/model.h"

namespace zkvm::tensor {

using Exponent = std::pair<int, int>;  // of zx, zy

// Term by term.
inline std::set<Exponent> ProductExponents(const Descriptor& d) {
  std::set<Exponent> all;
  for (size_t k = 0; k < kMaxSources; ++k) {
    const Source& source = d.source[k];
    const Group& g = d.group[k];
    if (source.use != Use::kWeights && source.use != Use::kResidual) continue;
    if (source.type.kind == Kind::kImage) {
      if (source.use == Use::kResidual) continue;
      for (int y = 0; y < source.type.height; ++y) {
        for (int x = 0; x < source.type.width; ++x) {
          for (int r = 0; r < g.kernel_h; ++r) {
            for (int s = 0; s < g.kernel_w; ++s) {
              all.insert({x + g.pad_left - g.dilation * s, y + g.pad_top - g.dilation * r});
            }
          }
        }
      }
      continue;
    }
    const auto lanes = static_cast<int>(Lanes(source.type));
    int taps = source.use == Use::kResidual ? d.out.width : lanes;
    for (const Source& other : d.source) {
      if (k == 0 && other.use == Use::kOperandV) taps = static_cast<int>(other.channels);
    }
    const int occupied = source.type.clean != 0 ? lanes : (lanes + 15) / 16 * 16;
    for (int l = 0; l < occupied; ++l) {
      for (int s = 0; s < taps; ++s) all.insert({l - s, 0});
    }
  }
  return all;
}

inline void ExpectPartition(const Descriptor& d, std::span<const GarbageRow> rows) {
  std::set<Exponent> outputs;
  if (d.out.kind == Kind::kImage) {
    for (int y = 0; y < d.out.height; ++y) {
      for (int x = 0; x < d.out.width; ++x) {
        outputs.insert({static_cast<int>(d.stride) * x, static_cast<int>(d.stride) * y});
      }
    }
  } else {
    outputs.insert({0, 0});
  }
  std::set<Exponent> garbage;
  for (const GarbageRow& row : rows) {
    EXPECT_NE(row.mask, 0U);
    for (int j = 0; j < kGarbageLanes; ++j) {
      if ((row.mask >> j & 1) == 0) continue;
      const Exponent exponent{row.x + j, row.y};
      EXPECT_FALSE(outputs.contains(exponent)) << "output " << exponent.first;
      EXPECT_TRUE(garbage.insert(exponent).second) << "twice " << exponent.first;
    }
  }
  for (const Exponent& exponent : ProductExponents(d)) {
    EXPECT_TRUE(outputs.contains(exponent) || garbage.contains(exponent))
        << "not covered: " << exponent.first << ", " << exponent.second;
  }
}

}  // namespace zkvm::tensor

#endif  // ZKVM_TESTS_PRECOMPILES_PARTITION_H_
