// GATHER: honest rows, forgeries, and what each condition is for.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <numeric>
#include <set>
#include <vector>

#include "precompiles/tensor/chips/gather.h"
#include "tests/precompiles/chip_trial.h"

namespace zkvm::tensor {
namespace {

using Rows = Trial<GatherChip>::Rows;

constexpr uint32_t kProgram = kFirstWorkerProgram + 3;
constexpr uint32_t kLaneType = 5, kResultType = 7;
constexpr uint32_t kSource = 2, kDst = 20;
constexpr uint32_t kSteps = 2, kRuns = 2, kCells = kSteps * kRuns;
constexpr int32_t kFill = -128;
constexpr uint32_t kMove = 48;

// Every other pixel of an image of pitch 8, and lanes in a row; every lane is read in one step and
// filled in the other.
const std::vector<MicroRow> kSteps2 = {
    {0x5555U << 1, Fp(-1).Value(), 2, 4, 16, 32},
    {0xAAAAU << 1 | 1, 3, 1, 2, 4, 8},
};

class GatherTest : public testing::Test {
 protected:
  GatherTest() : lanes_(16 * kLanes) {
    std::iota(lanes_.begin(), lanes_.end(), int16_t{-40});
    // In the last run, what is read is the fill value.
    const int32_t base = kLanes * kSource + kMove;
    for (int32_t j = 0; j < 16; ++j) {
      lanes_[static_cast<size_t>(j % 2 == 0 ? base - 1 + 2 * (j % 4) + 16 * (j / 4)
                                            : base + 3 + j)] = kFill;
    }
    for (uint32_t lane = 0; lane < lanes_.size(); ++lane) {
      world_.Add(kElement, kLaneType, Fp::FromU32(lane), int{lanes_[lane]});
      world_.Add(kElement, kLaneType + 1, Fp::FromU32(lane), 1000 + lanes_[lane]);
    }
    world_.AddProgram(kProgram, kSteps2);
    world_.AddProgram(kProgram + 1, {Constants(kFill)});
    world_.AddStart({kGatherWorker, 100, kProgram, kRuns - 1, kDst, kSource, 0, 0});
  }

  static MicroRow Constants(int32_t fill) {
    return {kLaneType, kResultType, Fp(fill).Value(), kMove, 0, 0};
  }
  // Lane j of row i, as the descriptor means it.
  int16_t Lane(uint32_t i, uint32_t j, int32_t moved = 0) const {
    const uint32_t run = i / kSteps;
    if (i % kSteps == 0) {
      if (j % 2 != 0) return kFill;
      return lanes_[static_cast<size_t>(static_cast<int32_t>(kLanes * kSource + kMove * run) - 1 +
                                        static_cast<int32_t>(2 * (j % 4) + 16 * (j / 4)) + moved)];
    }
    if (j % 2 == 0) return kFill;
    return lanes_[static_cast<size_t>(static_cast<int32_t>(kLanes * kSource + kMove * run + 3 + j) +
                                      moved)];
  }
  GatherChip::Main<Fp> RowAt(uint32_t i, int32_t moved = 0) const {
    TensorCall call;
    call.ts = 100;
    call.pointer = kDst;
    call.source[0] = kSource;
    std::vector<int16_t> cells((kDst + kCells) * kLanes);
    for (uint32_t j = 0; j < kLanes; ++j) cells[kLanes * (kDst + i) + j] = Lane(i, j, moved);
    GatherChip::Main<Fp> row{};
    GatherChip::Fill(call, {100, kProgram, kSteps, kRuns}, i, kSteps2[i % kSteps], Constants(kFill),
                     cells.data(), row);
    row.from += moved;
    row.uses = 1;
    return row;
  }
  Rows HonestRows() const {
    Rows rows;
    for (uint32_t i = 0; i < kCells; ++i) rows.push_back(RowAt(i));
    return rows;
  }

  World world_;
  std::vector<int16_t> lanes_;
};

TEST_F(GatherTest, ProvidesTheResult) {
  const Trial<GatherChip> trial(world_, HonestRows());
  EXPECT_TRUE(trial.Judge(trial.honest()).violated.empty());
  std::multiset<Fact> expected;
  for (uint32_t i = 0; i < kCells; ++i) {
    Fact fact = {kCell.id, {kResultType, kDst + i}};
    for (uint32_t j = 0; j < kLanes; ++j) fact.second.push_back(Fp(int{Lane(i, j)}).Value());
    expected.insert(std::move(fact));
  }
  EXPECT_EQ(trial.claims(), expected);
}

TEST_F(GatherTest, EveryConditionIsNeeded) {
  Trial<GatherChip> trial(world_, HonestRows());
  trial.TryAllCells();
  trial.Try("the source strays from some row on", [&](Rows& rows) {
    for (uint32_t i = 1; i < kCells; ++i) rows[i] = RowAt(i, 5);
  });
  trial.Try("the next run reads the same lanes", [&](Rows& rows) {
    for (uint32_t i = kSteps; i < kCells; ++i) rows[i] = RowAt(i, -static_cast<int32_t>(kMove));
  });
  trial.Try("the result elsewhere", [&](Rows& rows) {
    for (uint32_t i = 1; i < kCells; ++i) rows[i].address += 1;
  });
  trial.Try("lanes under another type", [&](Rows& rows) {
    rows[2].lane_type += 1;
    for (size_t j = 0; j < kLanes; j += 2) rows[2].out[j] += 1000;
  });
  trial.Try("another fill value", [&](Rows& rows) {
    rows[2].fill = 0;
    for (size_t j = 1; j < kLanes; j += 2) rows[2].out[j] = 0;
  });
  trial.Try("filled instead of read", [&](Rows& rows) {
    rows[0].mask[4] = 0;
    rows[0].out[4] = kFill;
  });
  // Words that other masks than 0 and 1 spell as well.
  for (size_t j = 0; j < kLanes; ++j) {
    trial.Try("a mask that is neither 0 nor 1", [&](Rows& rows) {
      auto& r = rows[kSteps + j % 2];
      const size_t neighbour = j + 1 < kLanes ? j + 1 : j - 1;
      const uint32_t offset = j % 2 == 0 ? Fp(-1).Value() : 3;
      EXPECT_EQ(r.offset, Fp::FromU32(offset));
      r.mask[j] = j + 1 < kLanes ? Fp(-1) : Fp(2).Inverse();
      r.mask[neighbour] = 1;
      const uint32_t i = static_cast<uint32_t>(neighbour);
      const Fp from = r.from + r.offset + r.stride[0] * static_cast<int>(i & 1) +
                      r.stride[1] * static_cast<int>(i >> 1 & 1) +
                      r.stride[2] * static_cast<int>(i >> 2 & 1) +
                      r.stride[3] * static_cast<int>(i >> 3);
      r.out[neighbour] = int{lanes_[from.Value()]};
      r.out[j] = kFill;
    });
  }
  trial.ExpectAllNeeded();
}

}  // namespace
}  // namespace zkvm::tensor
