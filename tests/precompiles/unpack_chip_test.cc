// UNPACK: honest rows, forgeries, and what each condition is for.
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "precompiles/tensor/chips/unpack.h"
#include "tests/precompiles/chip_trial.h"

namespace zkvm::tensor {
namespace {

constexpr uint32_t kProgram = kFirstWorkerProgram + 3;
constexpr uint32_t kType = 5;

// Two steps run three times from cell 2 on.
constexpr BlockRun kRun = {100, kProgram, 2, 3};
constexpr uint32_t kSource = 2;

class UnpackTest : public testing::Test {
 protected:
  UnpackTest() : cells_(16 * kLanes), program_{{0, kType, 0, 0, 0, 0}, {1, kType, 0, 0, 0, 0}} {
    std::iota(cells_.begin(), cells_.end(), int16_t{-40});
    for (uint32_t address = 0; address < 16; ++address) {
      world_.AddCell(kType, address, &cells_[kLanes * address]);
      world_.AddCell(kType + 1, address, &cells_[kLanes * (15 - address)]);
    }
    world_.AddProgram(kProgram, program_);
    world_.AddStart({kUnpackWorker, kRun.call, kProgram, kRun.runs - 1, kSource, 0, 0, 0});
  }

  UnpackChip::Main<Fp> RowAt(uint32_t i, uint32_t source = kSource) const {
    TensorCall call;
    call.ts = kRun.call;
    call.source[0] = source;
    UnpackChip::Main<Fp> row{};
    UnpackChip::Fill(call, kRun, i, program_[i % 2], cells_.data(), row);
    row.uses.fill(1);
    return row;
  }
  std::vector<UnpackChip::Main<Fp>> HonestRows() const {
    std::vector<UnpackChip::Main<Fp>> rows;
    for (uint32_t i = 0; i < kRun.steps * kRun.runs; ++i) rows.push_back(RowAt(i));
    return rows;
  }

  World world_;
  std::vector<int16_t> cells_;
  std::vector<MicroRow> program_;
};

using Rows = Trial<UnpackChip>::Rows;

TEST_F(UnpackTest, ProvidesTheLanes) {
  const Trial<UnpackChip> trial(world_, HonestRows());
  EXPECT_TRUE(trial.Judge(trial.honest()).violated.empty());
  std::multiset<Fact> expected;
  for (uint32_t lane = kLanes * kSource; lane < kLanes * (kSource + 6); ++lane) {
    expected.insert({kElement.id, {kType, lane, Fp(int{cells_[lane]}).Value()}});
  }
  EXPECT_EQ(trial.claims(), expected);
}

TEST_F(UnpackTest, EveryConditionIsNeeded) {
  Trial<UnpackChip> trial(world_, HonestRows());
  trial.TryAllCells();
  trial.Try("cells that are not the call's", [&](Rows& rows) {
    for (uint32_t i = 3; i < 6; ++i) rows[i] = RowAt(i, kSource + 4);
  });
  trial.Try("cells under another type", [&](Rows& rows) {
    rows[2].type = kType + 1;
    for (size_t j = 0; j < kLanes; ++j) rows[2].lane[j] = int{cells_[kLanes * 11 + j]};
  });
  trial.ExpectAllNeeded();
}

}  // namespace
}  // namespace zkvm::tensor
