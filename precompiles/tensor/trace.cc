#include "precompiles/tensor/trace.h"

#include <algorithm>
#include <cstddef>

#include "precompiles/tensor/model_tables.h"
#include "stark/air/columns.h"
#include "stark/parallel.h"

namespace zkvm::tensor {
namespace {

// Columns are named by the offset of a member in a row of bytes.

void SetCells(const CellLookups& cells, size_t address, size_t uses, size_t rows,
              zkvm::Matrix& table) {
  for (size_t i = 0; i < rows; ++i) {
    table.column(uses)[i] = Fp::FromU32(cells.OfCell(table.column(address)[i].Value()));
  }
}

void SetLanes(CellLookups& cells, size_t rows, zkvm::Matrix& table) {
  const size_t address = offsetof(UnpackChip::Main<uint8_t>, address);
  const size_t uses = offsetof(UnpackChip::Main<uint8_t>, uses);
  for (size_t i = 0; i < rows; ++i) {
    const uint32_t first = kLanes * table.column(address)[i].Value();
    for (uint32_t j = 0; j < kLanes; ++j) {
      table.column(uses + j)[i] = Fp::FromU32(cells.TakeLane(first + j));
    }
  }
}

// Imports of Io8 or Io16.
template <class Chip>
void SetImported(const CellLookups& cells, size_t rows, zkvm::Matrix& table) {
  using Row = typename Chip::template Main<uint8_t>;
  const size_t import = offsetof(Row, flags);
  const size_t address = offsetof(Row, cell);
  for (size_t i = 0; i < rows; ++i) {
    if (table.column(import)[i].IsZero()) continue;
    table.column(offsetof(Row, uses))[i] =
        Fp::FromU32(cells.OfCell(table.column(address)[i].Value()));
  }
}

// `publish` is the flag of rows that have an evaluation.
void SetEvals(Lookups& lookups, size_t publish, size_t type, size_t address, size_t uses,
              size_t rows, zkvm::Matrix& table) {
  for (size_t i = 0; i < rows; ++i) {
    if (table.column(publish)[i].IsZero()) continue;
    table.column(uses)[i] = Fp::FromU32(
        lookups.TakeEval(table.column(type)[i].Value(), table.column(address)[i].Value()));
  }
}

template <class Chip>
zkvm::Matrix Multiplicities(const std::vector<uint32_t>& counts) {
  if (counts.empty()) return {};
  return FillColumns<Chip::template Main>(counts.size(),
                                          [&](size_t i, typename Chip::template Main<Fp>& row) {
                                            row.multiplicity = Fp::FromU32(counts[i]);
                                          });
}

}  // namespace

CallRows::CallRows(const Lowered& lowered, const TensorRecord& record)
    : lowered_(lowered), record_(record) {
  for (const TensorCall& call : record.calls) {
    const CallPlan& plan = PlanOf(call);
    if ((plan.flags & kHasA) != 0) AddJob(call, plan.a);
    if ((plan.flags & kHasB) != 0) AddJob(call, plan.b);
    if ((plan.flags & kHasGarbage) != 0) {
      const Program& program = lowered.Worker(plan.garbage);
      garbage_.Add(call, {call.ts, plan.garbage, program.steps, 1},
                   std::span(lowered.micro).subspan(program.first, program.steps));
    }
  }
  softmax_.last_rows = LastRows<SoftmaxChip>(workers_[kSoftmaxWorker]);
  norm_.last_rows = LastRows<NormChip>(workers_[kNormWorker]);
}

void CallRows::MeasurePlanes() {
  const int16_t* cells = record_.cells.data();
  Measure(workers_[kSoftmaxWorker], softmax_,
          [&](const CallBlock& block, std::span<SoftmaxChip::State> states) {
            SoftmaxChip::Measure(*block.call, block.run, block.program, cells, states);
          });
  Measure(workers_[kNormWorker], norm_,
          [&](const CallBlock& block, std::span<NormChip::State> states) {
            NormChip::Measure(*block.call, block.run, ConstantsOf(block, 2), cells, states);
          });
}

template <class Chip>
std::vector<size_t> CallRows::LastRows(const Blocks& blocks) {
  std::vector<size_t> last_rows;
  for (const CallBlock& block : blocks.blocks) {
    for (size_t i = 0; i < block.rows(); ++i) {
      if ((block.program[i % block.run.steps][0] & Chip::kLastOfPlane) != 0) {
        last_rows.push_back(block.first_row + i);
      }
    }
  }
  return last_rows;
}

template <class Chip, class Function>
void CallRows::Measure(const Blocks& blocks, Planes<Chip>& planes, const Function& measure) {
  planes.states.resize(blocks.rows);
  ParallelFor(0, blocks.blocks.size(), 1, [&](size_t first, size_t last) {
    for (size_t b = first; b < last; ++b) {
      const CallBlock& block = blocks.blocks[b];
      measure(block, std::span(planes.states).subspan(block.first_row, block.rows()));
    }
  });
}

void CallRows::AddJob(const TensorCall& call, const CallJob& job) {
  const Program& program = lowered_.Worker(job.program);
  workers_[job.worker].Add(call, {call.ts, job.program, program.steps, job.left + 1},
                           std::span(lowered_.micro).subspan(program.first, program.steps));
}

void CallRows::Blocks::Add(const TensorCall& call, const BlockRun& run,
                           std::span<const MicroRow> program) {
  blocks.push_back({&call, run, program, rows});
  rows += blocks.back().rows();
}

std::pair<const CallRows::CallBlock&, uint32_t> CallRows::Blocks::At(size_t row) const {
  const auto after =
      std::upper_bound(blocks.begin(), blocks.end(), row,
                       [](size_t i, const CallBlock& block) { return i < block.first_row; });
  const CallBlock& block = *(after - 1);
  return {block, static_cast<uint32_t>(row - block.first_row)};
}

std::array<size_t, Chips::kSize> CallRows::Rows() const {
  std::array<size_t, Chips::kSize> rows{};
  std::ranges::copy(ModelTableRows(lowered_), rows.begin());
  rows[PositionIn<Call>(Chips())] = record_.calls.size();
  rows[PositionIn<Io8>(Chips())] = workers_[kIo8Worker].rows;
  rows[PositionIn<Io16>(Chips())] = workers_[kIo16Worker].rows;
  rows[PositionIn<Out>(Chips())] = workers_[kOutWorker].rows;
  rows[PositionIn<Eval>(Chips())] = workers_[kEvalWorker].rows;
  rows[PositionIn<Term>(Chips())] = workers_[kTermWorker].rows;
  rows[PositionIn<GarbageChip>(Chips())] = garbage_.rows;
  rows[PositionIn<ElementwiseChip>(Chips())] = workers_[kElementwiseWorker].rows;
  rows[PositionIn<UnpackChip>(Chips())] = workers_[kUnpackWorker].rows;
  rows[PositionIn<GatherChip>(Chips())] = workers_[kGatherWorker].rows;
  rows[PositionIn<SoftmaxChip>(Chips())] = workers_[kSoftmaxWorker].rows;
  rows[PositionIn<SoftmaxScalarChip>(Chips())] = softmax_.last_rows.size();
  rows[PositionIn<NormChip>(Chips())] = workers_[kNormWorker].rows;
  rows[PositionIn<NormScalarChip>(Chips())] = norm_.last_rows.size();
  rows[PositionIn<OneHotChip>(Chips())] = workers_[kOneHotWorker].rows;
  rows[PositionIn<ArgmaxChip>(Chips())] = workers_[kArgmaxWorker].rows;
  return rows;
}

uint32_t CallRows::DestinationOf(const TensorCall& call) const {
  return Call::Destination(call, PlanOf(call));
}

std::span<const int16_t, kLanes> CallRows::CellAt(uint32_t address) const {
  return std::span(record_.cells).subspan(size_t{kLanes} * address).first<kLanes>();
}

const MicroRow& CallRows::ConstantsOf(const CallBlock& block, uint32_t k) const {
  return lowered_.micro[lowered_.Worker(block.run.program + k).first];
}

// Of row `row` of the block, `count` words a row.
std::span<const RamWord> CallRows::RamWordsOf(const CallBlock& block, uint32_t row,
                                              uint32_t count) const {
  return std::span(record_.ram_words)
      .subspan(block.call->first_ram_word + size_t{count} * row, count);
}

void CallRows::Fill(size_t i, Call::Main<Fp>& row) const {
  const TensorCall& call = record_.calls[i];
  Call::Fill(call, PlanOf(call), row);
}

void CallRows::Fill(size_t i, Io8::Main<Fp>& row) const {
  const auto [block, k] = workers_[kIo8Worker].At(i);
  Io8::Fill(*block.call, block.run, k, block.program[k % block.run.steps],
            RamWordsOf(block, k, Io8::kWords), row);
}

void CallRows::Fill(size_t i, Io16::Main<Fp>& row) const {
  const auto [block, k] = workers_[kIo16Worker].At(i);
  Io16::Fill(*block.call, block.run, k, block.program[k % block.run.steps],
             RamWordsOf(block, k, Io16::kWords), row);
}

void CallRows::Fill(size_t i, Out::Main<Fp>& row) const {
  const auto [block, k] = workers_[kOutWorker].At(i);
  const uint32_t dst = DestinationOf(*block.call);
  const std::span accumulators(record_.accumulators);
  Out::Fill(
      block.run, k, block.program[k % block.run.steps], dst, CellAt(dst + k),
      accumulators.subspan(block.call->first_accumulator + size_t{kLanes} * k).first<kLanes>(),
      row);
}

void CallRows::Fill(size_t i, Eval::Main<Fp>& row) const {
  const auto [block, k] = workers_[kEvalWorker].At(i);
  const uint32_t dst = DestinationOf(*block.call);
  Eval::Fill(block.run, k, block.program[k % block.run.steps], dst, CellAt(dst + k), row);
}

void CallRows::Fill(size_t i, Term::Main<Fp>& row) const {
  const auto [block, k] = workers_[kTermWorker].At(i);
  const TensorCall& call = *block.call;
  Term::Fill(block.run, k, block.program[k % block.run.steps], DestinationOf(call),
             Call::Sources(call, PlanOf(call), kSourcesToB), row);
}

void CallRows::Fill(size_t i, GarbageChip::Main<Fp>& row) const {
  const auto [block, step] = garbage_.At(i);
  GarbageChip::Fill(block.run.call, block.run.program, step, block.program[step], row);
}

void CallRows::Fill(size_t i, ElementwiseChip::Main<Fp>& row) const {
  const auto [block, k] = workers_[kElementwiseWorker].At(i);
  ElementwiseChip::Fill(*block.call, block.run, k, block.program[k % block.run.steps],
                        ConstantsOf(block), record_.cells.data(), row);
}

void CallRows::Fill(size_t i, UnpackChip::Main<Fp>& row) const {
  const auto [block, k] = workers_[kUnpackWorker].At(i);
  UnpackChip::Fill(*block.call, block.run, k, block.program[k % block.run.steps],
                   record_.cells.data(), row);
}

void CallRows::Fill(size_t i, GatherChip::Main<Fp>& row) const {
  const auto [block, k] = workers_[kGatherWorker].At(i);
  GatherChip::Fill(*block.call, block.run, k, block.program[k % block.run.steps],
                   ConstantsOf(block), record_.cells.data(), row);
}

void CallRows::Fill(size_t i, SoftmaxChip::Main<Fp>& row) const {
  const auto [block, k] = workers_[kSoftmaxWorker].At(i);
  SoftmaxChip::Fill(*block.call, block.run, k, block.program[k % block.run.steps],
                    ConstantsOf(block), record_.cells.data(), softmax_.states[i], row);
}

void CallRows::Fill(size_t i, SoftmaxScalarChip::Main<Fp>& row) const {
  const size_t last = softmax_.last_rows[i];
  const CallBlock& block = workers_[kSoftmaxWorker].At(last).first;
  SoftmaxChip::Main<Fp> plane{};
  Fill(last, plane);
  SoftmaxScalarChip::Fill(block.run.program, ConstantsOf(block, 2),
                          (plane.sum + plane.row_sum).Value(), row);
  row.uses = 1;
}

void CallRows::Fill(size_t i, NormChip::Main<Fp>& row) const {
  const auto [block, k] = workers_[kNormWorker].At(i);
  NormChip::Fill(*block.call, block.run, k, block.program[k % block.run.steps], ConstantsOf(block),
                 record_.cells.data(), norm_.states[i], row);
}

void CallRows::Fill(size_t i, NormScalarChip::Main<Fp>& row) const {
  const size_t last = norm_.last_rows[i];
  const auto [block, k] = workers_[kNormWorker].At(last);
  const NormChip::State& state = norm_.states[last];
  NormSums sums = state.sums;
  for (const int16_t x : CellAt(block.call->source[0] + k)) sums.Add(x, state.mean);
  NormScalarChip::Fill(block.run.program, ConstantsOf(block, 2), sums, state.mean, row);
  row.uses = 1;
}

void CallRows::Fill(size_t i, OneHotChip::Main<Fp>& row) const {
  const auto [block, k] = workers_[kOneHotWorker].At(i);
  OneHotChip::Fill(*block.call, block.run, k, block.program[k % block.run.steps],
                   RamWordsOf(block, k, 1)[0], row);
}

void CallRows::Fill(size_t i, ArgmaxChip::Main<Fp>& row) const {
  const auto [block, k] = workers_[kArgmaxWorker].At(i);
  ArgmaxChip::Fill(*block.call, block.run, k, block.program[k % block.run.steps],
                   record_.cells.data(), row);
}

void CallRows::SetMultiplicities(Lookups& lookups, CellLookups& cells,
                                 std::span<zkvm::Matrix> tables) const {
  const auto table = [&]<class Chip>() -> zkvm::Matrix& {
    return tables[PositionIn<Chip>(Chips())];
  };
  table.operator()<MicroTable>() = Multiplicities<MicroTable>(lookups.micro);
  table.operator()<LutTable>() = Multiplicities<LutTable>(lookups.lut);
  table.operator()<Pow>() = Multiplicities<Pow>(lookups.power);
  table.operator()<Weight<64>>() = Multiplicities<Weight<64>>(lookups.weight64);
  table.operator()<Weight<256>>() = Multiplicities<Weight<256>>(lookups.weight256);

  zkvm::Matrix& call_table = table.operator()<Call>();
  for (size_t i = 0; i < record_.calls.size(); ++i) {
    call_table.column(offsetof(Call::Main<uint8_t>, garbage_uses))[i] =
        Fp::FromU32(lookups.GarbageOf(record_.calls[i].ts));
  }
  SetImported<Io8>(cells, workers_[kIo8Worker].rows, table.operator()<Io8>());
  SetImported<Io16>(cells, workers_[kIo16Worker].rows, table.operator()<Io16>());
  SetCells(cells, offsetof(Out::Main<uint8_t>, address), offsetof(Out::Main<uint8_t>, cells),
           workers_[kOutWorker].rows, table.operator()<Out>());
  SetEvals(lookups, offsetof(Out::Main<uint8_t>, flag) + Out::kPublish,
           offsetof(Out::Main<uint8_t>, eval_type), offsetof(Out::Main<uint8_t>, address),
           offsetof(Out::Main<uint8_t>, evals), workers_[kOutWorker].rows, table.operator()<Out>());
  SetEvals(lookups, offsetof(Eval::Main<uint8_t>, flag) + Eval::kPublish,
           offsetof(Eval::Main<uint8_t>, eval_type), offsetof(Eval::Main<uint8_t>, address),
           offsetof(Eval::Main<uint8_t>, evals), workers_[kEvalWorker].rows,
           table.operator()<Eval>());
  SetCells(cells, offsetof(ElementwiseChip::Main<uint8_t>, address),
           offsetof(ElementwiseChip::Main<uint8_t>, uses), workers_[kElementwiseWorker].rows,
           table.operator()<ElementwiseChip>());
  SetCells(cells, offsetof(GatherChip::Main<uint8_t>, address),
           offsetof(GatherChip::Main<uint8_t>, uses), workers_[kGatherWorker].rows,
           table.operator()<GatherChip>());
  SetCells(cells, offsetof(SoftmaxChip::Main<uint8_t>, address),
           offsetof(SoftmaxChip::Main<uint8_t>, uses), workers_[kSoftmaxWorker].rows,
           table.operator()<SoftmaxChip>());
  SetCells(cells, offsetof(NormChip::Main<uint8_t>, address),
           offsetof(NormChip::Main<uint8_t>, uses), workers_[kNormWorker].rows,
           table.operator()<NormChip>());
  // Every row of ONEHOT is a plane.
  SetEvals(lookups, offsetof(OneHotChip::Main<uint8_t>, block),
           offsetof(OneHotChip::Main<uint8_t>, type), offsetof(OneHotChip::Main<uint8_t>, address),
           offsetof(OneHotChip::Main<uint8_t>, uses), workers_[kOneHotWorker].rows,
           table.operator()<OneHotChip>());
  SetLanes(cells, workers_[kUnpackWorker].rows, table.operator()<UnpackChip>());
}

}  // namespace zkvm::tensor
