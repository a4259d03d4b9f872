// ARGMAX: honest rows, forgeries, and what each condition is for.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "precompiles/tensor/chips/argmax.h"
#include "tests/precompiles/chip_trial.h"

namespace zkvm::tensor {
namespace {

using Rows = Trial<ArgmaxChip>::Rows;

constexpr uint32_t kProgram = kFirstWorkerProgram + 3;
constexpr uint32_t kType = 5;
constexpr uint32_t kSource = 2, kDst = 30;
constexpr uint32_t kCells = 4;
// Every lane is out of use in one of the cells 1 and 2.
constexpr std::array<uint32_t, kCells> kMask = {0xFFFF, 0x5555, 0xAAAA, 0xFFFF};
constexpr std::array<uint32_t, kCells> kPrefixMask = {0xFFFF, 0xFFFF, 0xFFFF, 0x00FF};

// The plane of a call. What the cell after it holds is larger than all.
struct Plane {
  std::vector<int16_t> cells = std::vector<int16_t>((kSource + kCells + 1) * kLanes);
  std::array<uint32_t, kCells> mask = kMask;
  World world;

  explicit Plane(int16_t value) {
    std::ranges::fill(cells, value);
    std::fill(cells.end() - kLanes, cells.end(), int16_t{1000});
  }
  int16_t& operator[](uint32_t l) { return cells[kLanes * kSource + l]; }
  bool IsUsed(uint32_t l) const { return (mask[l / kLanes] >> l % kLanes & 1) != 0; }

  uint32_t Index() {
    std::optional<uint32_t> best;
    for (uint32_t l = 0; l < kCells * kLanes; ++l) {
      if (IsUsed(l) && (!best || (*this)[l] > (*this)[*best])) best = l;
    }
    return *best;
  }
  std::vector<MicroRow> Program() const {
    std::vector<MicroRow> program;
    for (uint32_t i = 0; i < kCells; ++i) {
      program.push_back({i + 1 == kCells ? 1U : 0U, mask[i], kType, 0, 0, 0});
    }
    return program;
  }
  // As an honest prover would say that the index is `index`.
  Rows RowsFor(uint32_t index) const {
    TensorCall call;
    call.ts = 100;
    call.pointer = kDst;
    call.source[0] = kSource;
    call.result = index;
    Rows rows(kCells);
    for (uint32_t i = 0; i < kCells; ++i) {
      ArgmaxChip::Fill(call, {100, kProgram, kCells, 1}, i, Program()[i], cells.data(), rows[i]);
    }
    return rows;
  }
  Trial<ArgmaxChip> MakeTrial() {
    world.AddProgram(kProgram, Program());
    world.AddStart({kArgmaxWorker, 100, kProgram, 0, kDst, kSource, 0, 0});
    for (uint32_t address = 0; address <= kSource + kCells; ++address) {
      world.AddCell(kType, address, &cells[kLanes * address]);
      world.AddCell(kType + 1, address, &cells[kLanes * (kSource + kCells - address)]);
    }
    return Trial<ArgmaxChip>(world, RowsFor(Index()));
  }
};

void ExpectHonest(Plane plane) {
  const Trial<ArgmaxChip> trial = plane.MakeTrial();
  EXPECT_TRUE(trial.Judge(trial.honest()).violated.empty());
  EXPECT_EQ(trial.claims(), (std::multiset<Fact>{{kResult.id, {100, plane.Index()}}}));
}

TEST(Argmax, ReturnsTheLeastIndexOfTheMaximum) {
  for (uint32_t l = 0; l < kCells * kLanes; ++l) {
    Plane plane(-5);
    plane.mask = kPrefixMask;
    plane[l] = 7;
    plane[kCells * kLanes - 1] = 100;
    if (l + 3 < kCells * kLanes) plane[l + 2] = 7;
    if (!plane.IsUsed(l)) continue;
    EXPECT_EQ(plane.Index(), l);
    ExpectHonest(plane);
  }
  ExpectHonest(Plane(0));
  ExpectHonest(Plane(std::numeric_limits<int16_t>::min()));
  Plane extremes(std::numeric_limits<int16_t>::min());
  extremes[50] = std::numeric_limits<int16_t>::max();
  ExpectHonest(extremes);
}

TEST(Argmax, EveryConditionIsNeeded) {
  Plane zeros(0);
  Trial<ArgmaxChip> all = zeros.MakeTrial();
  all.Try("the later one of a tie",
          [&](Rows& rows) { std::ranges::copy(zeros.RowsFor(1), rows.begin()); });
  all.Try("nothing is chosen", [&](Rows& rows) {
    rows[0].chosen[0] = 0;
    for (uint32_t i = 0; i < kCells; ++i) {
      rows[i].found = 0;
      rows[i].max = 9;
      rows[i].index = 33;
    }
  });
  all.Try("something was chosen before", [&](Rows& rows) {
    rows[0].chosen[0] = 0;
    for (uint32_t i = 0; i < kCells; ++i) {
      rows[i].found = 1;
      rows[i].max = 9;
      rows[i].index = 33;
    }
  });
  all.Try("something was chosen in between", [&](Rows& rows) {
    rows[0].chosen[0] = 0;
    for (uint32_t i = 0; i < kCells; ++i) {
      rows[i].found = i > 1 ? 1 : 0;
      rows[i].max = 9;
      rows[i].index = 33;
    }
  });
  all.TryAllCells();

  for (uint32_t j = 0; j < kLanes; ++j) {
    // The largest lane is in the last cell, where all lanes are in use.
    const uint32_t winner = 3 * kLanes + j;
    const uint32_t masked = (j % 2 == 0 ? 2 : 1) * kLanes + j;
    Plane plane(-5);
    plane[winner] = 7;
    plane[2] = 6;
    plane[masked] = 7;
    ASSERT_FALSE(plane.IsUsed(masked));
    Trial<ArgmaxChip> trial = plane.MakeTrial();
    const auto claim = [&](Rows& rows, uint32_t index) {
      std::ranges::copy(plane.RowsFor(index), rows.begin());
    };
    trial.Try("the second largest", [&](Rows& rows) { claim(rows, 2); });
    trial.Try("a lane that is not in use", [&](Rows& rows) { claim(rows, masked); });
    trial.Try("a smaller lane", [&](Rows& rows) {
      claim(rows, j == 2 ? 16 : j);
      for (uint32_t i = 0; i < kCells; ++i) rows[i].max = 7;
    });
    trial.Try("a smaller lane in the first cell", [&](Rows& rows) {
      claim(rows, j);
      for (uint32_t i = 0; i < kCells; ++i) rows[i].max = 7;
    });
    trial.Try("a larger maximum later", [&](Rows& rows) {
      claim(rows, 2);
      for (uint32_t i = 1; i < kCells; ++i) rows[i].max = 7;
    });
    trial.Try("another index", [&](Rows& rows) {
      for (uint32_t i = 0; i < kCells; ++i) rows[i].index += 1;
    });
    trial.Try("a lane taken out of use", [&](Rows& rows) {
      claim(rows, 2);
      rows[3].mask[j] = 0;
    });
    trial.Try("a lane changed", [&](Rows& rows) {
      claim(rows, 2);
      rows[3].lane[j] = 0;
    });
    trial.Try("cells of another type", [&](Rows& rows) {
      Plane other = plane;
      std::reverse(other.cells.begin(), other.cells.end());
      claim(rows, 2);
      rows[3].type += 1;
      for (uint32_t i = 0; i < kLanes; ++i) {
        rows[3].lane[i] = int{plane.cells[kLanes + i]};
      }
    });
    trial.Try("another plane", [&](Rows& rows) {
      claim(rows, 2);
      for (uint32_t i = 0; i < kLanes; ++i) rows[3].lane[i] = int{plane.cells[kLanes + i]};
      rows[3].address = 1;
    });
    all.Join(trial);
  }
  all.ExpectAllNeeded();
}

}  // namespace
}  // namespace zkvm::tensor
