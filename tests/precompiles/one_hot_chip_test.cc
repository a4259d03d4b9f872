// ONEHOT: honest rows, forgeries, and what each condition is for.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "precompiles/tensor/chips/one_hot.h"
#include "stark/field/fp5.h"
#include "tests/precompiles/chip_trial.h"

namespace zkvm::tensor {
namespace {

constexpr uint32_t kProgram = kFirstWorkerProgram + 3;
constexpr uint32_t kType = 5, kHigh = 6, kLow = 7, kWidth = 50257;
constexpr uint32_t kDst = 40, kWord = 1000, kTime = 500000;
constexpr std::array<uint32_t, 3> kIndices = {0, 50256, 1234};
constexpr uint32_t kOutside = kWidth;  // lies in memory as well, in place of the last index
const Fp5 kZ(std::array<Fp, 5>{3, 1, 4, 1, 5});

// The chip with its columns of F among the others.
struct Flat {
  static constexpr std::string_view kName = OneHotChip::kName;
  template <class T>
  using Fixed = NoColumns<T>;
  template <class T>
  struct Main {
    OneHotChip::Main<T> main;
    std::array<std::array<T, 5>, 3> folds;
  };
  template <class B>
  static void Constrain(B& b, const Window<Flat, Fp>& w) {
    Window<OneHotChip, Fp, Fp5> window{};
    window.row = w.row.main;
    window.next = w.next.main;
    window.folds = {Fp5(w.row.folds[0]), Fp5(w.row.folds[1]), Fp5(w.row.folds[2])};
    OneHotChip::Constrain(b, window);
  }
};
using Row = Flat::Main<Fp>;
using Rows = std::vector<Row>;

const std::vector<MicroRow> kProgramRows = {{1, kType, kHigh, kLow, kWidth, 0}};

uint32_t Previous(uint32_t i) { return i == 1 ? 17 : kTime - 70000 * i - 1; }

// Of the index in the columns high and low.
void SetFolds(Row& row) {
  row.folds[0] = kZ.Pow(uint64_t{256} * row.main.high.Value()).c;
  row.folds[1] = kZ.Pow(row.main.low.Value()).c;
  row.folds[2] = (Fp5(row.folds[0]) * Fp5(row.folds[1])).c;
}
Row RowAt(uint32_t i, uint32_t index) {
  TensorCall call;
  call.ts = kTime;
  call.pointer = kDst;
  call.source[0] = 4 * kWord;
  Row row{};
  OneHotChip::Fill(call, {kTime, kProgram, 1, kIndices.size()}, i, kProgramRows[0],
                   {index, index, Previous(i)}, row.main);
  row.main.uses = 1;
  SetFolds(row);
  return row;
}
Rows HonestRows() {
  Rows rows;
  for (uint32_t i = 0; i < kIndices.size(); ++i) rows.push_back(RowAt(i, kIndices[i]));
  return rows;
}

World MakeWorld() {
  World world;
  world.AddProgram(kProgram, kProgramRows);
  world.AddStart({kOneHotWorker, kTime, kProgram, kIndices.size() - 1, kDst, 4 * kWord, 0, 0});
  world.AddRule(kKernel, [](const std::vector<uint32_t>& f) {
    if ((f[0] != kHigh && f[0] != kLow) || f[1] >= 256) return false;
    const Fp5 value = kZ.Pow(f[0] == kHigh ? 256 * f[1] : f[1]);
    for (size_t k = 0; k < 5; ++k) {
      if (value.c[k].Value() != f[2 + k]) return false;
    }
    return true;
  });
  for (uint32_t i = 0; i < kIndices.size(); ++i) {
    world.AddTuple(kSpaceRam, kWord + i, kIndices[i], Previous(i));
    world.AddTuple(kSpaceRam, kWord + i + 1, kIndices[i] + 1, Previous(i));  // of another array
  }
  world.AddTuple(kSpaceRam, kWord + 2, kOutside, Previous(2));
  world.AddTuple(kSpaceRam, kWord, 77, kTime + 1);  // of a later time
  return world;
}

TEST(OneHot, ProvidesThePowers) {
  const World world = MakeWorld();
  const Trial<Flat> trial(world, HonestRows());
  EXPECT_TRUE(trial.Judge(trial.honest()).violated.empty());
  std::multiset<Fact> expected;
  for (uint32_t i = 0; i < kIndices.size(); ++i) {
    Fact fact = {kEval.id, {kType, kDst + i}};
    for (const Fp c : kZ.Pow(kIndices[i]).c) fact.second.push_back(c.Value());
    expected.insert(std::move(fact));
    expected.insert({World::kTuples, {kSpaceRam, kWord + i, kIndices[i], 0, kTime + 1}});
  }
  EXPECT_EQ(trial.claims(), expected);
}

TEST(OneHot, EveryConditionIsNeeded) {
  const World world = MakeWorld();
  Trial<Flat> trial(world, HonestRows());
  trial.TryAllCells();
  trial.Try("an index that is too large", [](Rows& rows) { rows[2] = RowAt(2, kOutside); });
  trial.Try("another index", [](Rows& rows) { rows[2] = RowAt(2, 1235); });
  trial.Try("planes elsewhere", [](Rows& rows) {
    for (uint32_t i = 1; i < 3; ++i) rows[i].main.address += 1;
  });
  trial.Try("words elsewhere", [](Rows& rows) {
    for (uint32_t i = 2; i < 3; ++i) {
      rows[i] = RowAt(i, kIndices[i] + 1);
      rows[i].main.word += 1;
    }
  });
  for (const size_t k : {0, 1}) {
    trial.Try("another power", [&](Rows& rows) {
      rows[2].folds[k][3] += 5;
      rows[2].folds[2] = (Fp5(rows[2].folds[0]) * Fp5(rows[2].folds[1])).c;
    });
  }
  trial.Try("another type", [](Rows& rows) { rows[1].main.type += 1; });
  trial.Try("a read of later, with a negative gap", [](Rows& rows) {
    rows[0] = RowAt(0, 77);
    rows[0].main.prev = Fp::FromU32(kTime + 1);
    rows[0].main.gap_hi = Fp(-1) * Fp(1 << 16).Inverse();
  });
  trial.Try("a read of later, with a low limb", [](Rows& rows) {
    rows[0] = RowAt(0, 77);
    rows[0].main.prev = Fp::FromU32(kTime + 1);
    rows[0].main.gap_hi = 0;
  });
  trial.Try("an access of padding", [](Rows& rows) {
    auto& padding = rows[kIndices.size()].main;
    padding.block.call = Fp::FromU32(Previous(0) + 10);
    padding.prev = Fp::FromU32(Previous(0));
    padding.word = kWord;
  });
  trial.ExpectAllNeeded();
}

}  // namespace
}  // namespace zkvm::tensor
