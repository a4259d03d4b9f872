#include "vm/trace.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "precompiles/tensor/lookups.h"
#include "precompiles/tensor/trace.h"
#include "stark/air/columns.h"
#include "vm/lookup_counter.h"
#include "vm/machine.h"
#include "vm/table_rows.h"

namespace zkvm {
namespace {

class TraceFiller {
 public:
  TraceFiller(const Program& program, Record& record)
      : program_(program),
        record_(record),
        rows_(RowsOf(program, record_)),
        program_rows_(MakeProgramRows(program)),
        tensor_rows_(MakeTensorRows()),
        cell_lookups_(record_.tensors.cells.size() / tensor::kLanes,
                      tensor_rows_ && tensor_rows_->UsesLanes()),
        counters_(LookupCounter(program_rows_, {Lowered(), &cell_lookups_})) {
    traces_.resize(kNumTables);
  }

  Traces Fill() && {
    FillInstructions(InstructionChips());
    FillCalls();
    FillHashes();
    if (tensor_rows_) FillTensors(tensor::CallTables());
    FillMemory();
    FillProviders();
    return std::move(traces_);
  }

 private:
  // fill(i, row) writes row i; its lookups are counted.
  template <class Chip, class Fill>
  void FillTable(const Fill& fill, size_t table = kTableOf<Chip>) {
    const size_t rows = rows_[table];
    if (rows == 0) return;
    Matrix& columns = traces_[table];
    columns = FillColumns<Chip::template Main>(
        rows, fill, [&](size_t first, std::span<const typename Chip::template Main<Fp>> block) {
          LookupCounter& counter = counters_.local();
          WindowFor<Chip, LookupCounter> window;
          for (size_t i = 0; i < block.size(); ++i) {
            counter.Begin(Chip::kName, first + i);
            window.row = block[i];
            Chip::Constrain(counter, window);
          }
        });
    const size_t padding = columns.rows() - kTailRows - rows;
    if (padding == 0) return;
    LookupCounter& counter = counters_.local();
    counter.Begin(Chip::kName, rows, static_cast<uint32_t>(padding));
    Chip::Constrain(counter, WindowFor<Chip, LookupCounter>());
  }

  const Instruction& At(uint32_t pc) const { return program_.text[(pc - program_.text_base) / 4]; }

  template <class... Chips>
  void FillInstructions(ChipList<Chips...>) {
    size_t family = 0;
    (FillFamily<Chips>(record_.steps[family++]), ...);
  }

  // Frees the steps when no table needs them any more.
  template <class Chip>
  void FillFamily(std::vector<Step>& steps) {
    if constexpr (std::is_same_v<Chip, MulHigh>) {
      FillMulHigh(steps, record_.steps[static_cast<size_t>(Family::kDivRem)]);
    } else {
      FillParts<Chip>([&](size_t i, typename Chip::template Main<Fp>& row) {
        Chip::Fill(steps[i], At(steps[i].pc), row);
      });
    }
    steps = {};
  }

  // Both parts of an instruction table.
  template <class Chip, class Fill>
  void FillParts(const Fill& fill) {
    FillTable<Chip>(fill);
    const size_t first = rows_[kTableOf<Chip>];
    FillTable<Chip>([&](size_t i, typename Chip::template Main<Fp>& row) { fill(first + i, row); },
                    kSecondPartOf<Chip>);
  }

  // Every division looks up one product.
  void FillMulHigh(const std::vector<Step>& steps, const std::vector<Step>& divisions) {
    FillParts<MulHigh>([&](size_t i, MulHigh::Main<Fp>& row) {
      if (i < steps.size()) {
        MulHigh::Fill(steps[i], At(steps[i].pc), row);
      } else {
        const Step& division = divisions[i - steps.size()];
        const auto [quotient, divisor] = DivRem::ProductOf(division, At(division.pc));
        MulHigh::FillProduct(quotient, divisor, row);
      }
    });
  }

  void FillCalls() {
    FillTable<Refresh>(
        [&](size_t i, Refresh::Main<Fp>& row) { Refresh::Fill(record_.refreshes[i], row); });
    FillTable<HaltCall>(
        [&](size_t, HaltCall::Main<Fp>& row) { HaltCall::Fill(record_.halt, row); });
    FillTable<JournalCall>(
        [&](size_t i, JournalCall::Main<Fp>& row) { JournalCall::Fill(record_.journal[i], row); });
    FillTable<NoteCall>(
        [&](size_t i, NoteCall::Main<Fp>& row) { NoteCall::Fill(record_.notes[i], row); });
    FillTable<HintCall>([&](size_t i, HintCall::Main<Fp>& row) {
      const auto after = std::upper_bound(
          record_.hints.begin(), record_.hints.end(), i,
          [](size_t word, const HintBlock& block) { return word < block.first_word; });
      const HintBlock& block = *(after - 1);
      HintCall::Fill(block, static_cast<uint32_t>(i - block.first_word), record_.hint_words[i],
                     row);
    });
  }

  void FillHashes() {
    FillTable<QuadAccess>(
        [&](size_t i, QuadAccess::Main<Fp>& row) { QuadAccess::Fill(record_.quads[i], row); });
    const std::vector<Sha256Step>& sha256 = record_.sha256;
    FillTable<Sha256Call>(
        [&](size_t i, Sha256Call::Main<Fp>& row) { Sha256Call::Fill(sha256[i], row); });
    FillTable<Sha256Rounds>([&](size_t i, Sha256Rounds::Main<Fp>& row) {
      const size_t call = i / Sha256Rounds::kRowsOfCall;
      Sha256Rounds::Fill(call == 0 ? nullptr : &sha256[call - 1],
                         call == sha256.size() ? nullptr : &sha256[call],
                         i % Sha256Rounds::kRowsOfCall, row);
    });
    const std::vector<Blake3Step>& blake3 = record_.blake3;
    FillTable<Blake3Call>(
        [&](size_t i, Blake3Call::Main<Fp>& row) { Blake3Call::Fill(blake3[i], row); });
    FillTable<Blake3HalfRounds>([&](size_t i, Blake3HalfRounds::Main<Fp>& row) {
      constexpr size_t kRows = Blake3HalfRounds::kRowsOfCall;
      Blake3HalfRounds::Fill(blake3[i / kRows], i % kRows, row);
    });
  }

  template <class... Chips>
  void FillTensors(ChipList<Chips...>) {
    (FillTable<Chips>(
         [&](size_t i, typename Chips::template Main<Fp>& row) { tensor_rows_->Fill(i, row); }),
     ...);
  }

  void FillMemory() {
    FillTable<Image>([&](size_t i, Image::Main<Fp>& row) {
      if (i < kNumRegisters) {
        Image::FillRegister(static_cast<uint32_t>(i), record_.final_registers[i], row);
      } else {
        Image::FillWord(record_.final_image[i - kNumRegisters], row);
      }
    });
    const std::vector<ZeroWord>& words = record_.zero_words;
    FillTable<ZeroMemory>([&](size_t i, ZeroMemory::Main<Fp>& row) {
      const ZeroWord* next = i + 1 < words.size() ? &words[i + 1] : nullptr;
      ZeroMemory::Fill(words[i], next, program_.zero_base() / 4, row);
    });
  }

  // The multiplicities, when all lookups are counted.
  void FillProviders() {
    LookupCounts counts(program_rows_.size(), {Lowered(), &cell_lookups_});
    counters_.combine_each([&](const LookupCounter& counter) { counts += counter.counts(); });

    traces_[kTableOf<ProgramTable>] = FillColumns<ProgramTable::Main>(
        counts.program.size(), [&](size_t i, ProgramTable::Main<Fp>& row) {
          row.multiplicity = Fp::FromU32(counts.program[i]);
        });
    traces_[kTableOf<RangeTable>] = FillColumns<RangeTable::Main>(
        RangeTable::kEntries, [&](size_t i, RangeTable::Main<Fp>& row) {
          row.multiplicity = Fp::FromU32(counts.range[i]);
        });
    traces_[kTableOf<ByteTable>] =
        FillColumns<ByteTable::Main>(ByteTable::kEntries, [&](size_t i, ByteTable::Main<Fp>& row) {
          row.bytes_multiplicity = Fp::FromU32(counts.bytes[i]);
          row.pair_multiplicity = Fp::FromU32(counts.pair[i]);
        });
    traces_[kTableOf<MiscTable>] =
        FillColumns<MiscTable::Main>(MiscTable::kShifts, [&](size_t i, MiscTable::Main<Fp>& row) {
          row.shift_multiplicity = Fp::FromU32(counts.shift[i]);
          if (i == MiscTable::kDisplacedRow) {
            row.bytes_multiplicity = Fp::FromU32(counts.bytes[ByteTable::kEntries]);
            row.pair_multiplicity = Fp::FromU32(counts.pair[ByteTable::kEntries]);
          }
        });
    if (tensor_rows_) {
      tensor_rows_->SetMultiplicities(
          counts.tensors, cell_lookups_,
          std::span(traces_).subspan(kFirstTensorTable, tensor::Chips::kSize));
    }
  }

  std::optional<tensor::CallRows> MakeTensorRows() const {
    if (!record_.model) return std::nullopt;
    std::optional<tensor::CallRows> rows(std::in_place, *Lowered(), record_.tensors);
    rows->MeasurePlanes();
    return rows;
  }
  const tensor::Lowered* Lowered() const {
    return record_.model ? &record_.model->lowered : nullptr;
  }

  const Program& program_;
  Record& record_;
  const TableRows rows_;
  const ProgramRows program_rows_;
  const std::optional<tensor::CallRows> tensor_rows_;
  tensor::CellLookups cell_lookups_;
  tbb::enumerable_thread_specific<LookupCounter> counters_;
  Traces traces_;
};

}  // namespace

Traces FillTraces(const Program& program, Record&& record) {
  return TraceFiller(program, record).Fill();
}

}  // namespace zkvm
