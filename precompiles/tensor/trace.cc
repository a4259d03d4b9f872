#include "precompiles/tensor/trace.h"

#include <algorithm>

#include "precompiles/tensor/model_tables.h"
#include "stark/air/columns.h"

namespace zkvm::tensor {
namespace {

// The column of a member, or its first one.
template <template <class> class Row, class Member>
size_t ColumnOf(Member Row<Fp>::* member) {
  static const Row<Fp> kRow{};
  return static_cast<size_t>(reinterpret_cast<const Fp*>(&(kRow.*member)) -
                             reinterpret_cast<const Fp*>(&kRow));
}

void SetCells(const CellLookups& cells, size_t address, size_t uses, size_t rows,
              zkvm::Matrix& table) {
  for (size_t i = 0; i < rows; ++i) {
    table.column(uses)[i] = Fp::FromU32(cells.OfCell(table.column(address)[i].Value()));
  }
}

void SetLanes(CellLookups& cells, size_t rows, zkvm::Matrix& table) {
  const size_t address = ColumnOf(&UnpackChip::Main<Fp>::address);
  const size_t uses = ColumnOf(&UnpackChip::Main<Fp>::uses);
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
  const size_t import = ColumnOf(&Chip::template Main<Fp>::flags);
  const size_t address = ColumnOf(&Chip::template Main<Fp>::cell);
  for (size_t i = 0; i < rows; ++i) {
    if (table.column(import)[i].IsZero()) continue;
    table.column(ColumnOf(&Chip::template Main<Fp>::uses))[i] =
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
}

void CallRows::AddJob(const TensorCall& call, const CallJob& job) {
  const Program& program = lowered_.Worker(job.program);
  workers_[job.worker].Add(call, {call.ts, job.program, program.steps, job.left + 1},
                           std::span(lowered_.micro).subspan(program.first, program.steps));
}

void CallRows::Blocks::Add(const TensorCall& call, const BlockRun& run,
                           std::span<const MicroRow> program) {
  blocks.push_back({&call, run, program, rows});
  rows += size_t{run.steps} * run.runs;
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
  return rows;
}

uint32_t CallRows::DestinationOf(const TensorCall& call) const {
  return Call::Destination(call, PlanOf(call));
}

std::span<const int16_t, kLanes> CallRows::CellAt(uint32_t address) const {
  return std::span(record_.cells).subspan(size_t{kLanes} * address).first<kLanes>();
}

const MicroRow& CallRows::ConstantsOf(const CallBlock& block, size_t k) const {
  return lowered_.micro[lowered_.Worker(block.run.program + 1).first + k];
}

void CallRows::Fill(size_t i, Call::Main<Fp>& row) const {
  const TensorCall& call = record_.calls[i];
  Call::Fill(call, PlanOf(call), row);
}

void CallRows::Fill(size_t i, Io8::Main<Fp>& row) const {
  const auto [block, k] = workers_[kIo8Worker].At(i);
  Io8::Fill(*block.call, block.run, k, block.program[k % block.run.steps],
            std::span(record_.ram_words)
                .subspan(block.call->first_ram_word + size_t{Io8::kWords} * k, Io8::kWords),
            row);
}

void CallRows::Fill(size_t i, Io16::Main<Fp>& row) const {
  const auto [block, k] = workers_[kIo16Worker].At(i);
  Io16::Fill(*block.call, block.run, k, block.program[k % block.run.steps],
             std::span(record_.ram_words)
                 .subspan(block.call->first_ram_word + size_t{Io16::kWords} * k, Io16::kWords),
             row);
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
    call_table.column(ColumnOf(&Call::Main<Fp>::garbage_uses))[i] =
        Fp::FromU32(lookups.GarbageOf(record_.calls[i].ts));
  }
  SetImported<Io8>(cells, workers_[kIo8Worker].rows, table.operator()<Io8>());
  SetImported<Io16>(cells, workers_[kIo16Worker].rows, table.operator()<Io16>());
  SetCells(cells, ColumnOf(&Out::Main<Fp>::address), ColumnOf(&Out::Main<Fp>::cells),
           workers_[kOutWorker].rows, table.operator()<Out>());
  SetEvals(lookups, ColumnOf(&Out::Main<Fp>::flag) + Out::kPublish,
           ColumnOf(&Out::Main<Fp>::eval_type), ColumnOf(&Out::Main<Fp>::address),
           ColumnOf(&Out::Main<Fp>::evals), workers_[kOutWorker].rows, table.operator()<Out>());
  SetEvals(lookups, ColumnOf(&Eval::Main<Fp>::flag) + Eval::kPublish,
           ColumnOf(&Eval::Main<Fp>::eval_type), ColumnOf(&Eval::Main<Fp>::address),
           ColumnOf(&Eval::Main<Fp>::evals), workers_[kEvalWorker].rows, table.operator()<Eval>());
  SetCells(cells, ColumnOf(&ElementwiseChip::Main<Fp>::address),
           ColumnOf(&ElementwiseChip::Main<Fp>::uses), workers_[kElementwiseWorker].rows,
           table.operator()<ElementwiseChip>());
  SetCells(cells, ColumnOf(&GatherChip::Main<Fp>::address), ColumnOf(&GatherChip::Main<Fp>::uses),
           workers_[kGatherWorker].rows, table.operator()<GatherChip>());
  SetLanes(cells, workers_[kUnpackWorker].rows, table.operator()<UnpackChip>());
}

}  // namespace zkvm::tensor
