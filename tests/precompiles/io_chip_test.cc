// IO8 and IO16: honest rows, forgeries, and what each condition is for.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <type_traits>
#include <vector>

#include "precompiles/tensor/chips/io16.h"
#include "precompiles/tensor/chips/io8.h"
#include "tests/precompiles/chip_trial.h"

namespace zkvm::tensor {
namespace {

constexpr uint32_t kImportCode = 2, kExportCode = 4, kSignedCode = 8, kEnd = 1;
constexpr uint32_t kImports = kFirstWorkerProgram, kExports = kFirstWorkerProgram + 1;
constexpr uint32_t kSignedType = 5, kOtherType = 6;  // of the import and of the export
// Lanes in use, by row of a block. In the import no two neighbours of a row are alike.
constexpr std::array<uint32_t, 3> kImportMasks = {0xFFFF, 0x5555, 0xAAAA};
constexpr std::array<uint32_t, 2> kExportMasks = {0xFFFF, 0x000F};
constexpr uint32_t kImportRows = kImportMasks.size(), kExportRows = kExportMasks.size();
constexpr uint32_t kImportTime = 500000, kExportTime = 600000;

template <class Chip>
class IoWorld {
 public:
  using Row = typename Chip::template Main<Fp>;
  static constexpr bool kBytes = std::is_same_v<Chip, Io8>;

  IoWorld() {
    const uint32_t bits = kBytes ? 0 : 16;
    const uint32_t offset = kBytes ? 0 : 1 << 15;
    const uint32_t is_signed = kBytes ? kSignedCode : 0;
    for (uint32_t i = 0; i < kImportRows; ++i) {
      const uint32_t code = kImportCode + is_signed + (i + 1 == kImportRows ? kEnd : 0);
      programs_[0].push_back({code, kImportMasks[i], kSignedType, bits, offset, 0});
    }
    for (uint32_t i = 0; i < kExportRows; ++i) {
      const uint32_t code = kExportCode + (i + 1 == kExportRows ? kEnd : 0);
      programs_[1].push_back({code, kExportMasks[i], kOtherType, bits, offset, 0});
    }
    world.AddProgram(kImports, programs_[0]);
    world.AddProgram(kExports, programs_[1]);
    world.AddStart({kWorker, kImportTime, kImports, 0, kImportCell, 4 * kImportWord, 0, 0});
    world.AddStart({kWorker, kExportTime, kExports, 0, kDst, 4 * kExportWord, kExportCell, 0});
    // Memory: whatever the words of the import and an idle word may have held; the old words of the
    // export.
    world.AddRule({World::kTuples, "", 5, BusKind::kExact}, [](const std::vector<uint32_t>& f) {
      const uint32_t word = f[1];
      if (f[0] != kSpaceRam) return false;
      if (word >= kImportWord && word <= kImportWord + kImportRows * Chip::kWords) {
        const uint32_t time = f[4];
        return time == Previous(word - kImportWord, kImportTime) || time == kImportTime + 1;
      }
      if (word == kIdleWord) return f[4] == kIdleTime;
      const uint32_t i = word - kExportWord;
      return i <= kExportRows * Chip::kWords && f[2] == i && f[3] == 0xABCD &&
             f[4] == Previous(i, kExportTime);
    });
    for (uint32_t cell = 0; cell < 3; ++cell) {
      std::array<int16_t, kLanes> lanes = ExportedLanes(cell);
      for (const uint32_t address : {kExportCell, kDst}) {
        world.AddCell(kOtherType, address + cell, lanes.data());
        world.AddCell(kOtherType + 1, address + cell, lanes.data());
      }
    }
    // What row 1 of the import looks up if it exports as well, whatever it takes for signs.
    Row row = ImportRow(1, kImportCell, kImportWord);
    world.AddCell(kSignedType, kImportCell + 1, LanesOf(row).data());
    if constexpr (kBytes) {
      TakeBit6ForSign(row);
      world.AddCell(kSignedType, kImportCell + 1, LanesOf(row).data());
    }
  }

  // Rows 0 to 2: the import; rows 3 and 4: the export.
  std::vector<Row> HonestRows() const {
    std::vector<Row> rows;
    for (uint32_t i = 0; i < kImportRows; ++i) {
      rows.push_back(ImportRow(i, kImportCell, kImportWord));
    }
    for (uint32_t i = 0; i < kExportRows; ++i) rows.push_back(ExportRow(i, kExportCell));
    return rows;
  }
  Row ImportRow(uint32_t i, uint32_t cell, uint32_t word) const {
    TensorCall call;
    call.ts = kImportTime;
    call.pointer = cell;
    call.source[0] = 4 * word;
    std::array<RamWord, Chip::kWords> words;
    for (uint32_t k = 0; k < Chip::kWords; ++k) {
      const uint32_t at = Chip::kWords * i + k;
      words[k].value = words[k].old = WordOfLanes(at, kImportMasks[i]);
      words[k].prev = Previous(at, kImportTime);
    }
    Row row{};
    Chip::Fill(call, {kImportTime, kImports, kImportRows, 1}, i, programs_[0][i], words, row);
    row.uses = 1;
    return row;
  }
  Row ExportRow(uint32_t i, uint32_t cell) const {
    TensorCall call;
    call.ts = kExportTime;
    call.pointer = kDst;
    call.source[0] = 4 * kExportWord;
    call.source[1] = cell;
    std::array<RamWord, Chip::kWords> words;
    for (uint32_t k = 0; k < Chip::kWords; ++k) {
      const uint32_t at = Chip::kWords * i + k;
      words[k] = {WordOfLanes(at, kExportMasks[i]), 0xABCD0000 + at, Previous(at, kExportTime)};
    }
    Row row{};
    Chip::Fill(call, {kExportTime, kExports, kExportRows, 1}, i, programs_[1][i], words, row);
    return row;
  }

  // Puts another lane into a row, and into the memory that an import reads.
  static void SetLane(Row& row, size_t j, int value) {
    if constexpr (kBytes) {
      row.byte[j] = value;
      row.sign[j] = row.flags[2] == Fp(1) ? value & 0x80 : 0;
    } else {
      row.lane[j] = value;
      row.negative[j] = value < 0 ? 1 : 0;
    }
    if (row.flags[0] == Fp(1)) SetOld(row, j);
  }
  // Makes an import read what it has in lane j.
  static void SetOld(Row& row, size_t j) {
    const size_t word = j * Chip::kWords / kLanes;
    row.old[word] = ValueOf(row, word);
  }
  static void TakeBit6ForSign(Row& row) {
    for (size_t j = 0; j < kLanes; ++j) row.sign[j] = Fp::FromU32(row.byte[j].Value() & 0x40);
  }
  static Word<Fp> ValueOf(const Row& row, size_t k) {
    if constexpr (kBytes) {
      return {row.byte[4 * k] + row.byte[4 * k + 1] * 256,
              row.byte[4 * k + 2] + row.byte[4 * k + 3] * 256};
    } else {
      return {row.lane[2 * k] + row.negative[2 * k] * (1 << 16),
              row.lane[2 * k + 1] + row.negative[2 * k + 1] * (1 << 16)};
    }
  }

  // A row that is not real, at the time and place of an old access; its word k is the idle one.
  static Row Idle(size_t k) {
    Row row{};
    row.block.call = kIdleTime;
    row.word = Fp(kIdleWord) - static_cast<int>(k);
    row.prev.fill(kIdleTime);
    return row;
  }

  World world;

  static constexpr int kWorker = kBytes ? kIo8Worker : kIo16Worker;
  static constexpr uint32_t kImportCell = 40, kExportCell = 70, kDst = 90;
  static constexpr uint32_t kImportWord = 1000, kExportWord = 2000, kIdleWord = 3000;
  static constexpr int kIdleTime = 77;

 private:
  static uint32_t Previous(uint32_t i, uint32_t time) { return i == 1 ? 17 : time - 7000 * i - 1; }
  static uint32_t Lane(uint32_t lane) {
    return kBytes ? (lane * 37 + 121) & 0xFF : (lane * 9001 + 30000) & 0xFFFF;
  }
  // Word i of a tensor; `mask` of its cell.
  static uint32_t WordOfLanes(uint32_t i, uint32_t mask) {
    constexpr uint32_t kPerWord = kBytes ? 4 : 2;
    uint32_t word = 0;
    for (uint32_t j = 0; j < kPerWord; ++j) {
      const uint32_t lane = kPerWord * i + j;
      if ((mask >> lane % kLanes & 1) != 0) word |= Lane(lane) << (32 / kPerWord * j);
    }
    return word;
  }
  static std::array<int16_t, kLanes> LanesOf(const Row& row) {
    std::array<int16_t, kLanes> lanes;
    for (size_t j = 0; j < kLanes; ++j) {
      const Fp lane = [&] {
        if constexpr (kBytes) {
          return row.byte[j] - row.sign[j] * 2;
        } else {
          return row.lane[j];
        }
      }();
      lanes[j] = static_cast<int16_t>(static_cast<int>((lane + (1 << 15)).Value()) - (1 << 15));
    }
    return lanes;
  }
  static std::array<int16_t, kLanes> ExportedLanes(uint32_t cell) {
    std::array<int16_t, kLanes> lanes{};
    for (uint32_t j = 0; j < kLanes; ++j) {
      if (cell < kExportRows && (kExportMasks[cell] >> j & 1) == 0) continue;
      lanes[j] = static_cast<int16_t>(Lane(kLanes * cell + j));
    }
    return lanes;
  }

  std::array<std::vector<MicroRow>, 2> programs_;
};

template <class Chip>
class IoChipTest : public testing::Test {};
using Chips = testing::Types<Io8, Io16>;
TYPED_TEST_SUITE(IoChipTest, Chips);

TYPED_TEST(IoChipTest, HonestRowsPass) {
  const IoWorld<TypeParam> world;
  const Trial<TypeParam> trial(world.world, world.HonestRows());
  EXPECT_TRUE(trial.Judge(trial.honest()).violated.empty());
  size_t cells = 0;
  size_t words = 0;
  for (const Fact& claim : trial.claims()) {
    cells += claim.first == kCell.id ? 1 : 0;
    words += claim.first == World::kTuples ? 1 : 0;
  }
  EXPECT_EQ(cells, kImportRows);
  EXPECT_EQ(words, (kImportRows + kExportRows) * TypeParam::kWords);
}

TYPED_TEST(IoChipTest, EveryConditionIsNeeded) {
  using Io = IoWorld<TypeParam>;
  using Rows = std::vector<typename Io::Row>;
  constexpr size_t kExport = kImportRows;  // first row of it
  constexpr size_t kPadding = kImportRows + kExportRows;
  const Io world;
  Trial<TypeParam> trial(world.world, world.HonestRows());
  trial.TryAllCells();

  trial.Try("an import to other cells", [](Rows& rows) {
    for (size_t i = 0; i < kImportRows; ++i) rows[i].cell += 1;
  });
  trial.Try("an import that skips a cell", [](Rows& rows) {
    for (size_t i = 1; i < kImportRows; ++i) rows[i].cell += 1;
  });
  trial.Try("an import that skips a word", [&](Rows& rows) {
    auto& row = rows[kImportRows - 1];
    row.word += 1;
    for (size_t k = 0; k + 1 < TypeParam::kWords; ++k) {
      row.prev[k] = row.prev[k + 1];
      row.gap_hi[k] = row.gap_hi[k + 1];
    }
    row.prev.back() -= 7000;
    row.gap_hi.back() = GapHigh(kImportTime + 1, row.prev.back().Value());
  });
  trial.Try("an export of other cells", [](Rows& rows) {
    for (size_t i = kExport; i < kPadding; ++i) rows[i].cell += Io::kDst - Io::kExportCell;
  });
  trial.Try("an export that provides", [](Rows& rows) { rows[kExport].uses = 1; });
  trial.Try("an import under another type", [](Rows& rows) { rows[0].type += 1; });
  trial.Try("half an export", [](Rows& rows) {
    rows[1].flags[0] = 0;
    rows[1].flags[1] = Fp(2).Inverse();
    rows[1].uses = 0;
  });
  if constexpr (Io::kBytes) {
    trial.Try("bit 6 for the sign", [](Rows& rows) {
      rows[1].flags[1] = 1;
      rows[1].flags[2] = Fp(2).Inverse();
      Io::TakeBit6ForSign(rows[1]);
    });
  }
  trial.Try("an export of another value", [](Rows& rows) { Io::SetLane(rows[kExport], 3, 5); });

  for (size_t j = 0; j < kLanes; ++j) {
    const size_t with = j % 2 == 0 ? 1 : 2;  // the row of the import that has lane j in use
    const size_t without = 3 - with;
    trial.Try("a lane not in use", [&](Rows& rows) { Io::SetLane(rows[without], j, 7); });
    trial.Try("a mask that is no mask", [&](Rows& rows) {
      const size_t other = j + 1 < kLanes ? j + 1 : j - 1;
      rows[with].mask[j] = j + 1 < kLanes ? Fp(-1) : Fp(2).Inverse();
      rows[with].mask[other] = 1;
      Io::SetLane(rows[with], j, 0);
      Io::SetLane(rows[with], other, 7);
    });
    trial.Try("an import that changes memory", [&](Rows& rows) {
      const auto old = rows[0].old;
      Io::SetLane(rows[0], j, 7);
      rows[0].old = old;
    });
    if constexpr (Io::kBytes) {
      trial.Try("the other sign", [&](Rows& rows) { rows[0].sign[j] = Fp(128) - rows[0].sign[j]; });
    } else {
      trial.Try("a negative lane for a positive one", [&](Rows& rows) {
        Io::SetLane(rows[0], j, 7);
        rows[0].lane[j] -= 1 << 16;
        rows[0].negative[j] += 1;
      });
      trial.Try("a limb that is none", [&](Rows& rows) {
        auto& row = rows[kExport];
        row.negative[j] = Fp(1) - row.negative[j];
      });
      trial.Try("a sign that is none",
                [&](Rows& rows) { rows[kExport].negative[j] += Fp(1 << 16).Inverse(); });
    }
  }
  for (size_t k = 0; k < TypeParam::kWords; ++k) {
    trial.Try("padding that moves a time", [&](Rows& rows) {
      rows[kPadding] = Io::Idle(k);
      rows[kPadding].block.call += 5;
      rows[kPadding].prev.fill(rows[kPadding].block.call);
      rows[kPadding].prev[k] = Io::kIdleTime;
    });
    for (const size_t half : {0, 1}) {
      trial.Try("padding that writes", [&](Rows& rows) {
        rows[kPadding] = Io::Idle(k);
        const size_t lane = kLanes / TypeParam::kWords * k + kLanes / TypeParam::kWords / 2 * half;
        rows[kPadding].mask[lane] = 1;
        Io::SetLane(rows[kPadding], lane, 7);
      });
    }
    const size_t lane = kLanes / TypeParam::kWords * k;
    trial.Try("a read of the future", [&](Rows& rows) {
      Io::SetLane(rows[0], lane, 7);
      rows[0].prev[k] = Fp::FromU32(kImportTime + 1);
      rows[0].gap_hi[k] = 0;
    });
    trial.Try("a read of the future, with a negative high limb", [&](Rows& rows) {
      Io::SetLane(rows[0], lane, 7);
      rows[0].prev[k] = Fp::FromU32(kImportTime + 1);
      rows[0].gap_hi[k] = Fp(-1) * Fp(1 << 16).Inverse();
    });
    trial.Try("a read of what memory never held", [&](Rows& rows) {
      Io::SetLane(rows[0], lane, 7);
      rows[0].prev[k] -= 1;
    });
  }
  trial.ExpectAllNeeded(
      {{{Condition::kConstraint, 0},
        "import boolean: with any other value than 0 and 1 the row neither provides nor changes "
        "memory"}});
}

}  // namespace
}  // namespace zkvm::tensor
