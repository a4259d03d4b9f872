#include "cli/costs.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>

#include "cli/memory_model.h"
#include "cli/numbers.h"
#include "cli/proof_size.h"
#include "stark/air/columns.h"
#include "stark/arena.h"
#include "stark/commitment.h"
#include "stark/layout.h"
#include "stark/prover.h"
#include "vm/machine.h"
#include "vm/recorder.h"
#include "vm/table_rows.h"

namespace zkvm {
namespace {

// Seconds of a proof over seconds of the extensions and hashes of its cells, and seconds that do
// not depend on them: tables, the key, first touches of memory. As measured.
constexpr double kWorkPerCommitment = 3.4;
// The same for the preprocessed cells of a model, which are extended and hashed for the key, opened
// and batched.
constexpr double kWorkPerModelCell = 1.5;
constexpr double kFixedSeconds = 0.1;

// Seconds to extend and hash one cell of the trace domain.
double SecondsPerCell(const Preset& preset) {
  constexpr int kLogRows = 16;
  constexpr size_t kColumns = 32;
  Matrix values(size_t{1} << kLogRows, kColumns);
  for (size_t j = 0; j < kColumns; ++j) std::fill_n(values.column(j), values.rows(), Fp(1));
  Tree tree;
  tree.groups.push_back({0, kLogRows, false, kColumns, {}, 0, 0, 0});
  tree.shape = {preset.log_blowup, {{kLogRows + preset.log_blowup, kColumns}}};
  // The first pass touches fresh pages and builds the tables of the transform.
  double seconds = 0;
  for (int pass = 0; pass < 2; ++pass) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<Matrix> extensions;
    extensions.push_back(Extend(values, preset.log_blowup));
    const Commitment commitment(tree, std::move(extensions));
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  return seconds / static_cast<double>(values.rows() * kColumns);
}

}  // namespace

std::vector<TableCost> TableCosts(const Program& program, const Record& record) {
  const auto& tables = Rv32Machine().tables;
  const TableRows rows = RowsOf(program, record);
  std::vector<TableCost> costs;
  for (size_t t = 0; t < kNumTables; ++t) {
    const AirShape& shape = tables[t].air->shape();
    costs.push_back(
        {shape.name, rows[t], rows[t] == 0 ? 0 : TableHeight(rows[t]), shape.committed_columns()});
  }
  return costs;
}

Heights HeightsOf(const std::vector<TableCost>& costs) {
  Heights heights;
  for (const TableCost& cost : costs) {
    const int log_n = cost.height == 0 ? -1 : std::countr_zero(cost.height);
    heights.log_heights.push_back(log_n);
    heights.log_k = std::max(heights.log_k, log_n);
  }
  return heights;
}

double PredictSeconds(const Preset& preset, const Heights& heights) {
  const double cells = static_cast<double>(CommittedCells(Rv32Machine(), heights));
  double model_cells = 0;
  for (size_t t = 0; t < kNumTables; ++t) {
    const AirShape& shape = Rv32Machine().tables[t].air->shape();
    if (!shape.model || !heights.present(t)) continue;
    model_cells += static_cast<double>(shape.fixed_columns * heights.rows(t));
  }
  return kFixedSeconds +
         SecondsPerCell(preset) * (kWorkPerCommitment * cells + kWorkPerModelCell * model_cells);
}

std::string ProofEstimate::OneLine() const {
  if (!does_not_fit.empty()) return "does not fit one: " + does_not_fit;
  return fmt::format("about {}, {} of memory and a proof of {} ({})", FormatSeconds(seconds),
                     FormatBytes(memory), FormatBytes(proof_bytes), preset->name);
}

nlohmann::ordered_json ProofEstimate::Json() const {
  if (!does_not_fit.empty()) return {{"does_not_fit", does_not_fit}};
  return {{"preset", preset->name},
          {"cells", cells},
          {"memory_bytes", memory},
          {"proof_bytes", proof_bytes},
          {"seconds", seconds}};
}

ProofEstimate EstimateProof(const Program& program, const ExecutorOptions& options,
                            const Preset& preset) {
  ExecutorOptions silent = options;
  silent.on_stderr = nullptr;
  const Recording recording = RecordExecution(program, silent);
  ProofEstimate estimate;
  estimate.preset = &preset;
  if (recording.result.fault) {
    estimate.does_not_fit = recording.result.fault->reason;
    return estimate;
  }
  estimate.model = recording.record.model;
  estimate.tables = TableCosts(program, recording.record);
  const Heights heights = HeightsOf(estimate.tables);
  estimate.cells = CommittedCells(Rv32Machine(), heights);
  estimate.memory = PredictMemory(preset, heights).process;
  estimate.proof_bytes = PredictProofBytes(preset, heights, recording.result.journal.size());
  estimate.seconds = PredictSeconds(preset, heights);
  return estimate;
}

}  // namespace zkvm
