// ELEMENTWISE: honest rows of all four modes, forgeries, and what each condition is for.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "precompiles/tensor/chips/elementwise.h"
#include "precompiles/tensor/model.h"
#include "precompiles/tensor/semantics.h"
#include "tests/precompiles/chip_trial.h"

namespace zkvm::tensor {
namespace {

using Rows = Trial<ElementwiseChip>::Rows;

constexpr uint32_t kTypeU = 5, kTypeV = 6, kTypeOut = 7;
constexpr uint32_t kU = 1, kV = 20, kDst = 40;  // cells
constexpr uint32_t kSteps = 2, kRuns = 2, kCells = kSteps * kRuns;
constexpr uint32_t kTable = 3;
constexpr int32_t kFirst = -600;
constexpr size_t kEntries = 1201;
constexpr int32_t kShift = -3;
constexpr uint32_t kMultiplier = 201;
// Every lane is in use in one step and not in use in the other.
constexpr std::array<uint32_t, kSteps> kMask = {0x5555, 0xAAAA};

// The first step adds plane by plane, the second one repeats a cell of v.
constexpr std::array<uint32_t, kSteps> kOffsetU = {0, 2}, kOffsetV = {1, 0};
constexpr uint32_t kMoveU = 3, kMoveV = 0;

// A call of one mode.
class Call {
 public:
  explicit Call(Binary mode) : mode_(mode), cells_(64 * kLanes), entries_(kEntries) {
    std::mt19937 random(1);
    for (int16_t& lane : cells_) lane = static_cast<int16_t>(random() % 256) - 128;
    // u = 0 on the lanes in use of the last run; v = 0 on a cell and u >= 0 where it is read.
    for (uint32_t i = kSteps; i < kCells; ++i) {
      for (uint32_t j = 0; j < kLanes; ++j) {
        if (IsUsed(i, j)) cells_[kLanes * CellU(i) + j] = 0;
      }
    }
    for (uint32_t j = 0; j < kLanes; ++j) {
      cells_[kLanes * CellV(1) + j] = 0;
      cells_[kLanes * CellU(1) + j] = static_cast<int16_t>(20 + j);
    }
    for (size_t i = 0; i < kEntries; ++i) {
      entries_[i] = static_cast<int16_t>(7 * (static_cast<int>(i) + kFirst));
      world_.Add(kLut, kTable, kFirst + static_cast<int>(i), int{entries_[i]});
      world_.Add(kLut, kTable + 1, kFirst + static_cast<int>(i), int{entries_[i]} + 1);
    }
    descriptor_.mode = static_cast<uint32_t>(mode_);
    descriptor_.param[0] = kMultiplier;
    descriptor_.param[1] = kShift;
    const bool shifted = mode_ == Binary::kAdd || mode_ == Binary::kSub;
    constants_ = {shifted ? Fp(kShift).Value() : 0,
                  kTable,
                  mode_ == Binary::kMul ? kMultiplier : 0,
                  kTypeU,
                  kTypeV,
                  kTypeOut};
    for (uint32_t step = 0; step < kSteps; ++step) {
      program_.push_back(
          {ElementwiseChip::kMul << descriptor_.mode | (step + 1 == kSteps ? 1U : 0U), kMask[step],
           kOffsetU[step], kOffsetV[step], kMoveU, kMoveV});
    }
    for (uint32_t i = 0; i < kCells; ++i) {
      for (uint32_t j = 0; j < kLanes; ++j) {
        const int u = cells_[kLanes * CellU(i) + j];
        const int v = cells_[kLanes * CellV(i) + j];
        cells_[kLanes * (kDst + i) + j] = IsUsed(i, j) ? Combine(u, v) : int16_t{0};
      }
    }
    for (uint32_t address = 0; address < kDst; ++address) {
      for (const uint32_t type : {kTypeU, kTypeV, kTypeU + 10, kTypeV + 10}) {
        world_.AddCell(type, address, &cells_[kLanes * address]);
      }
    }
    world_.AddProgram(kProgram, program_);
    world_.AddProgram(kProgram + 1, {constants_});
    world_.AddStart({kElementwiseWorker, 100, kProgram, kRuns - 1, kDst, kU, kV, 0});
  }

  static bool IsUsed(uint32_t i, size_t j) { return (kMask[i % kSteps] >> j & 1) != 0; }
  static uint32_t CellU(uint32_t i) { return kU + kOffsetU[i % kSteps] + i / kSteps * kMoveU; }
  static uint32_t CellV(uint32_t i) { return kV + kOffsetV[i % kSteps] + i / kSteps * kMoveV; }

  // Row i, with sources moved by a number of cells and constants changed; the result is computed
  // from what they say.
  ElementwiseChip::Main<Fp> RowAt(uint32_t i, uint32_t moved_u = 0, uint32_t moved_v = 0) const {
    TensorCall call;
    call.ts = 100;
    call.pointer = kDst;
    call.source = {kU + moved_u, kV + moved_v, 0};
    std::vector<int16_t> cells = cells_;
    for (uint32_t j = 0; j < kLanes; ++j) {
      if (!IsUsed(i, j)) continue;
      cells[kLanes * (kDst + i) + j] = Combine(cells_[kLanes * (CellU(i) + moved_u) + j],
                                               cells_[kLanes * (CellV(i) + moved_v) + j]);
    }
    ElementwiseChip::Main<Fp> row{};
    ElementwiseChip::Fill(call, {100, kProgram, kSteps, kRuns}, i, program_[i % kSteps], constants_,
                          cells.data(), row);
    row.uses = 1;
    return row;
  }
  Rows HonestRows() const {
    Rows rows;
    for (uint32_t i = 0; i < kCells; ++i) rows.push_back(RowAt(i));
    return rows;
  }
  std::multiset<Fact> Results() const {
    std::multiset<Fact> results;
    for (uint32_t i = 0; i < kCells; ++i) {
      Fact fact = {kCell.id, {kTypeOut, kDst + i}};
      for (uint32_t j = 0; j < kLanes; ++j) {
        fact.second.push_back(Fp(int{cells_[kLanes * (kDst + i) + j]}).Value());
      }
      results.insert(std::move(fact));
    }
    return results;
  }

  int16_t Combine(int32_t u, int32_t v) const {
    return static_cast<int16_t>(CombineLanes(descriptor_, {kFirst, entries_}, u, v));
  }
  Binary mode() const { return mode_; }
  const World& world() const { return world_; }
  int Entry(Fp y) const { return entries_[(y - kFirst).Value()]; }

 private:
  static constexpr uint32_t kProgram = kFirstWorkerProgram + 3;
  Binary mode_;
  Descriptor descriptor_;
  World world_;
  std::vector<int16_t> cells_, entries_;
  std::vector<MicroRow> program_;
  MicroRow constants_{};
};

constexpr std::array kModes = {Binary::kMul, Binary::kAdd, Binary::kSub, Binary::kMax};

TEST(Elementwise, ProvidesTheResult) {
  for (const Binary mode : kModes) {
    const Call call(mode);
    const Trial<ElementwiseChip> trial(call.world(), call.HonestRows());
    EXPECT_TRUE(trial.Judge(trial.honest()).violated.empty());
    EXPECT_EQ(trial.claims(), call.Results());
  }
}

Trial<ElementwiseChip> TryForgeries(const Call& call) {
  const bool mul = call.mode() == Binary::kMul;
  const bool max = call.mode() == Binary::kMax;
  Trial<ElementwiseChip> trial(call.world(), call.HonestRows());
  trial.TryAllCells();
  trial.Try("source 0 strays", [&](Rows& rows) { rows[2] = call.RowAt(2, 1); });
  trial.Try("source 0 strays from some row on", [&](Rows& rows) {
    for (uint32_t i = 1; i < kCells; ++i) rows[i] = call.RowAt(i, 1);
  });
  trial.Try("source 1 strays from some row on", [&](Rows& rows) {
    for (uint32_t i = 1; i < kCells; ++i) rows[i] = call.RowAt(i, 0, 1);
  });
  trial.Try("the result elsewhere", [&](Rows& rows) {
    for (uint32_t i = 1; i < kCells; ++i) rows[i].address += 1;
  });
  trial.Try("operands under other types", [&](Rows& rows) {
    for (uint32_t i = 0; i < kCells; ++i) {
      rows[i].type[0] += 10;
      rows[i].type[1] += 10;
    }
  });
  for (uint32_t i = 0; i < kSteps; ++i) {
    for (size_t j = 0; j < kLanes; ++j) {
      const auto& r = trial.honest()[i];
      const auto set = [&](const std::string& name, Fp u, Fp v, Fp y, Fp rem) {
        trial.Try(name, [&](Rows& rows) {
          rows[i].u[j] = u;
          rows[i].v[j] = v;
          rows[i].y[j] = y;
          rows[i].rem[j] = rem;
          if (Call::IsUsed(i, j)) rows[i].out[j] = call.Entry(y);
        });
      };
      const Fp u = r.u[j], v = r.v[j], y = r.y[j], rem = r.rem[j];
      set("another quotient", u, v, y + 1, mul ? rem - (1 << kCutBits) : max ? rem + 2 : Fp(0));
      set("another quotient, the same rest", u, v, y + 1, rem);
      if (max) {
        const Fp other = u + v - y;
        if (other == y) continue;
        set("the smaller one", u, v, other, -rem);
        set("u changed", u + 1, v, y == u ? y + 1 : y, y == u ? rem + 1 : rem - 1);
        set("v changed", u, v + 1, y == v ? y + 1 : y, y == v ? rem + 1 : rem - 1);
      } else if (mul) {
        const auto with = [&](int du, int dv) {
          const Fp cut = (u + du) * (v + dv) * kMultiplier + (1 << (kCutBits - 1));
          const int64_t value = cut.Value() < Fp::kModulus / 2
                                    ? int64_t{cut.Value()}
                                    : int64_t{cut.Value()} - Fp::kModulus;
          set("operands changed", u + du, v + dv, static_cast<int>(value >> kCutBits),
              static_cast<int>(value & ((1 << kCutBits) - 1)));
        };
        with(40, 0);
        with(0, 40);
      } else {
        set("u changed", u + 1, v, y + 1, 0);
        set("v changed", u, v + 1, call.mode() == Binary::kAdd ? y + 1 : y - 1, 0);
      }
      if (!Call::IsUsed(i, j)) continue;
      trial.Try("a lane left out", [&](Rows& rows) {
        rows[i].mask[j] = 0;
        rows[i].out[j] = 0;
      });
    }
  }
  if (mul) {
    for (size_t j = 0; j < kLanes; ++j) {
      trial.Try("a lane in use that should not be", [&](Rows& rows) {
        const size_t neighbour = j + 1 < kLanes ? j + 1 : j - 1;
        auto& r = rows[kSteps + j % 2];
        r.mask[j] = j + 1 < kLanes ? Fp(-1) : Fp(2).Inverse();
        r.mask[neighbour] = 1;
        r.out[neighbour] = call.Entry(r.y[neighbour]);
      });
    }
  }
  if (call.mode() == Binary::kSub || max) {
    trial.Try("the sum for the difference, the difference for the maximum", [&](Rows& rows) {
      auto& r = rows[0];
      auto& flag = r.flag;
      flag = {0, max ? Fp(0) : Fp(2), max ? Fp(2) : Fp(0), 0};
      for (size_t j = 0; j < kLanes; ++j) {
        r.y[j] = r.u[j] + (max ? -r.v[j] : r.v[j]) + r.shift;
        r.rem[j] = 0;
        if (Call::IsUsed(0, j)) r.out[j] = call.Entry(r.y[j]);
      }
    });
  }
  if (max) {
    trial.Try("half a maximum", [&](Rows& rows) {
      auto& r = rows[1];
      r.flag = {0, 0, 1, Fp(2).Inverse()};
      for (size_t j = 0; j < kLanes; ++j) {
        r.y[j] = 0;
        if (Call::IsUsed(1, j)) r.out[j] = call.Entry(0);
      }
    });
  }
  return trial;
}

TEST(Elementwise, EveryConditionIsNeeded) {
  Trial<ElementwiseChip> all = TryForgeries(Call(kModes[0]));
  for (size_t i = 1; i < kModes.size(); ++i) all.Join(TryForgeries(Call(kModes[i])));
  all.ExpectAllNeeded(
      {{{Condition::kConstraint, 0}, "mul: other values ask for a rest of other than 14 bits"}});
}

}  // namespace
}  // namespace zkvm::tensor
