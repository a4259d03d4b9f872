#include "vm/table_rows.h"

#include <algorithm>

#include "precompiles/tensor/trace.h"
#include "stark/air/columns.h"
#include "stark/params.h"
#include "vm/lookup_counter.h"

namespace zkvm {
namespace {

constexpr size_t kLeastSaving = 32;  // one part in so many of all cells

size_t HeightOf(size_t rows) { return rows == 0 ? 0 : TableHeight(rows); }

size_t CellsPerRow(size_t table) {
  const AirShape& shape = Rv32Machine().tables[table].air->shape();
  return shape.committed_columns();
}

void CutTables(TableRows& rows) {
  size_t cells = 0;
  for (size_t t = 0; t < kNumTables; ++t) cells += HeightOf(rows[t]) * CellsPerRow(t);
  for (size_t f = 0; f < kNumFamilies; ++f) {
    const size_t table = kTableOf<AddSub> + f;
    const size_t half = HeightOf(rows[table]) / 2;
    if (half < size_t{1} << kMinLogHeight) continue;
    const size_t rest = rows[table] - (half - kTailRows);
    if (HeightOf(rest) >= half) continue;
    const size_t saved = (half - HeightOf(rest)) * CellsPerRow(table);
    if (saved * kLeastSaving < cells) continue;
    rows[table] = half - kTailRows;
    rows[kSecondPartOf<AddSub> + f] = rest;
  }
}

}  // namespace

TableRows RowsOf(const Program& program, const Record& record) {
  TableRows rows{};
  rows[kTableOf<ProgramTable>] = MakeProgramRows(program).size();
  rows[kTableOf<Image>] = kNumRegisters + program.image.size();
  rows[kTableOf<RangeTable>] = RangeTable::kEntries;
  rows[kTableOf<ByteTable>] = ByteTable::kEntries;
  rows[kTableOf<MiscTable>] = MiscTable::kShifts;
  for (size_t f = 0; f < kNumFamilies; ++f) {
    rows[kTableOf<AddSub> + f] = record.steps[f].size();
  }
  // Every division looks up one product.
  rows[kTableOf<MulHigh>] += record.steps[static_cast<size_t>(Family::kDivRem)].size();
  rows[kTableOf<Refresh>] = record.refreshes.size();
  rows[kTableOf<HaltCall>] = 1;
  rows[kTableOf<JournalCall>] = record.journal.size();
  rows[kTableOf<NoteCall>] = record.notes.size();
  rows[kTableOf<HintCall>] = record.hint_words.size();
  rows[kTableOf<ZeroMemory>] = record.zero_words.size();
  rows[kTableOf<QuadAccess>] = record.quads.size();
  rows[kTableOf<Sha256Call>] = record.sha256.size();
  rows[kTableOf<Sha256Rounds>] = Sha256Rounds::RowsOf(record.sha256.size());
  rows[kTableOf<Blake3Call>] = record.blake3.size();
  rows[kTableOf<Blake3HalfRounds>] = Blake3HalfRounds::kRowsOfCall * record.blake3.size();
  if (record.model) {
    const tensor::CallRows tensors(record.model->lowered, record.tensors);
    std::ranges::copy(tensors.Rows(), rows.begin() + kFirstTensorTable);
  }
  CutTables(rows);
  return rows;
}

uint64_t TimedRows(const TableRows& rows) {
  uint64_t sum = 0;
  for (size_t t = 0; t < kNumTables; ++t) {
    if (Rv32Machine().tables[t].timed) sum += HeightOf(rows[t]);
  }
  return sum;
}

}  // namespace zkvm
