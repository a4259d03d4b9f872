#include "stark/prover.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <optional>

#include "stark/bus.h"
#include "stark/common_steps.h"
#include "stark/deep.h"
#include "stark/fri/prover.h"
#include "stark/hash/grind.h"
#include "stark/layout.h"
#include "stark/model_file.h"
#include "stark/quotient.h"
#include "stark/transcript.h"

namespace zkvm {
namespace {

// Names the phases to the report, with their seconds and a rough share of the whole.
class Phases {
 public:
  explicit Phases(ProverReport* report) : report_(report) {}

  void Begin(std::string_view name, double done_before) {
    End();
    name_ = name;
    start_ = std::chrono::steady_clock::now();
    if (report_ != nullptr && report_->progress) report_->progress(name, done_before);
  }
  void End() {
    if (report_ == nullptr || name_.empty()) return;
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
    report_->seconds.emplace_back(name_, elapsed.count());
    name_ = {};
  }

 private:
  ProverReport* report_;
  std::string_view name_;
  std::chrono::steady_clock::time_point start_;
};

Commitment CommitTables(const Tree& tree, const std::vector<Matrix>& by_table) {
  std::vector<Matrix> extensions;
  for (const ColumnGroup& group : tree.groups) {
    extensions.push_back(Extend(by_table[group.table], tree.shape.log_blowup));
  }
  return Commitment(tree, std::move(extensions));
}

void SendRoot(TranscriptStep step, const Commitment& commitment, ByteWriter& proof,
              Transcript& transcript) {
  proof.WriteBytes(commitment.root());
  transcript.Absorb(step, commitment.root());
}

void SendGrind(TranscriptStep step, int bits, ByteWriter& proof, Transcript& transcript) {
  proof.WriteU64(Grind(&transcript, step, bits));
}

}  // namespace

Heights HeightsOf(const std::vector<Matrix>& main) {
  Heights heights;
  for (const Matrix& matrix : main) {
    const int log_n = matrix.rows() == 0 ? -1 : std::countr_zero(matrix.rows());
    heights.log_heights.push_back(log_n);
    heights.log_k = std::max(heights.log_k, log_n);
  }
  return heights;
}

FixedTables CommitFixedTables(const Machine& machine, const Preset& preset,
                              std::vector<Matrix> columns) {
  const Heights heights = HeightsOf(columns);
  const Layout layout(machine, preset, heights);
  Commitment commitment = CommitTables(layout.trees[kFixedTree], columns);
  std::optional<Commitment> model_commitment;
  if (const Tree& tree = layout.trees[kModelTree]; tree.exists()) {
    model_commitment.emplace(CommitTables(tree, columns));
  }
  return {std::move(columns), heights.log_heights, std::move(commitment),
          std::move(model_commitment)};
}

FixedTables CommitFixedTables(const Machine& machine, const Preset& preset,
                              std::vector<Matrix> columns, MappedModel&& model) {
  FixedTables fixed = CommitFixedTables(machine, preset, std::move(columns));
  for (size_t t = 0; t < machine.tables.size(); ++t) {
    Matrix& mapped = model.columns[t];
    if (mapped.rows() == 0) continue;
    fixed.log_heights[t] = std::countr_zero(mapped.rows());
    fixed.columns[t] = std::move(mapped);
  }
  fixed.model_commitment.emplace(std::move(model.commitment));
  fixed.mapping = std::move(model.mapping);
  return fixed;
}

void Prove(const ProverMachine& machine, const Preset& preset, const FixedTables& fixed,
           const FixedCommitment& key, const Statement& statement, std::vector<Matrix> main,
           ByteWriter& proof, ProverReport* report, FoldRounds* folds) {
  const std::vector<TableRule>& tables = machine.machine.tables;
  const Heights heights = HeightsOf(main);
  const Layout layout(machine.machine, preset, heights);
  const int log_domain = heights.log_k + preset.log_blowup;
  Phases phases(report);

  Transcript transcript;
  for (const int log_n : heights.log_heights) {
    proof.WriteU8(log_n < 0 ? uint8_t{0} : static_cast<uint8_t>(log_n));
  }
  AbsorbStatement(preset, key, statement, heights, transcript);

  phases.Begin("main columns", 0.0);
  CommitmentsByTree commitments{};
  commitments[kFixedTree] = &fixed.commitment;
  if (fixed.model_commitment) commitments[kModelTree] = &*fixed.model_commitment;
  const Commitment main_commitment = CommitTables(layout.trees[kMainTree], main);
  commitments[kMainTree] = &main_commitment;
  SendRoot(kStepMain, main_commitment, proof, transcript);

  std::vector<Matrix> garbage_columns(tables.size());
  std::vector<Matrix> fold_columns(tables.size());
  std::optional<Commitment> garbage_commitment;
  std::optional<Commitment> fold_commitment;
  std::vector<Fp5> constants;
  if (layout.has_folds()) {
    phases.Begin("fold columns", 0.2);
    FoldChallenges fold_challenges;
    SqueezeGarbageChallenges(transcript, &fold_challenges);
    if (const Tree& tree = layout.trees[kGarbageTree]; tree.exists()) {
      garbage_columns = folds->FillGarbage(main, fold_challenges);
      commitments[kGarbageTree] = &garbage_commitment.emplace(CommitTables(tree, garbage_columns));
      SendRoot(kStepGarbage, *garbage_commitment, proof, transcript);
    }
    // A challenge in F_p has probability below 2^-120; the verifier would reject the proof.
    (void)SqueezeFoldChallenges(transcript, &fold_challenges);
    constants = EvaluateMonomials(machine.machine.monomials, fold_challenges);
    if (const Tree& tree = layout.trees[kFoldTree]; tree.exists()) {
      fold_columns = folds->FillFolds(main, garbage_columns, fold_challenges, constants);
      commitments[kFoldTree] = &fold_commitment.emplace(CommitTables(tree, fold_columns));
      SendRoot(kStepFolds, *fold_commitment, proof, transcript);
    }
  }

  phases.Begin("bus columns", 0.3);
  SendGrind(kStepBusChallenges, preset.grind_bus, proof, transcript);
  const BusChallenges challenges = SqueezeBusChallenges(transcript);
  std::vector<BusTotals> totals(tables.size());
  std::vector<Matrix> bus_extensions;
  for (const ColumnGroup& group : layout.trees[kBusTree].groups) {
    const size_t t = group.table;
    const Matrix bus =
        FillBusColumns(tables[t].air->shape(), *machine.kernels[t],
                       {fixed.columns[t], main[t], garbage_columns[t], fold_columns[t]}, challenges,
                       constants, &totals[t]);
    main[t] = Matrix();
    garbage_columns[t] = Matrix();
    fold_columns[t] = Matrix();
    bus_extensions.push_back(Extend(bus, preset.log_blowup));
  }
  main.clear();
  const Commitment bus_commitment(layout.trees[kBusTree], std::move(bus_extensions));
  commitments[kBusTree] = &bus_commitment;
  SendRoot(kStepBus, bus_commitment, proof, transcript);
  for (size_t t = 0; t < tables.size(); ++t) {
    if (!heights.present(t)) continue;
    const AirShape& shape = tables[t].air->shape();
    if (shape.fractions > 0) proof.WriteFp5(totals[t].sum);
    if (shape.exchanges > 0) proof.WriteFp5(totals[t].product);
  }
  AbsorbTotals(machine.machine, heights, totals, transcript);

  phases.Begin("quotient", 0.65);
  const std::vector<Fp5> chi =
      transcript.Squeeze(kStepConstraintCombination).SampleFp5s(layout.constraints);
  std::vector<Matrix> chunks;
  chunks.push_back(QuotientChunks(machine, preset, heights, layout, commitments, challenges,
                                  constants, totals, chi));
  const Commitment quotient_commitment(layout.trees[kQuotientTree], std::move(chunks));
  SendRoot(kStepQuotient, quotient_commitment, proof, transcript);
  commitments[kQuotientTree] = &quotient_commitment;

  phases.Begin("openings", 0.85);
  SendGrind(kStepPoint, preset.grind_zeta, proof, transcript);
  Fp5 eta;
  // A point in a domain has probability below 2^-120; the verifier would reject the proof.
  (void)SqueezePoint(preset, heights, transcript, &eta);
  std::optional<Deep> deep(std::in_place, layout, heights, commitments, eta);
  const std::vector<Fp5> openings = deep->Openings();
  proof.WriteFp5s(openings);
  transcript.AbsorbFp5s(kStepOpenings, openings);

  phases.Begin("batch", 0.9);
  SendGrind(kStepBatch, preset.grind_batch, proof, transcript);
  const std::vector<Fp5> lambda =
      transcript.Squeeze(kStepBatch).SampleFp5s(layout.functions.size());
  Matrix f0 = deep->Batch(lambda, openings);
  deep.reset();

  phases.Begin("FRI", 0.95);
  FriProver fri(preset);
  fri.Commit(std::move(f0), heights.log_k, proof, transcript);

  phases.Begin("queries", 0.99);
  SendGrind(kStepQueries, preset.grind_query, proof, transcript);
  const std::vector<uint32_t> indices = SqueezeQueries(preset, log_domain, transcript);
  for (const Commitment* commitment : commitments) {
    if (commitment != nullptr) commitment->merkle().Open(indices, &proof);
  }
  fri.Open(indices, proof);
  phases.End();
}

size_t CommittedCells(const Machine& machine, const Heights& heights) {
  size_t cells = 5 * kQuotientChunks << heights.log_k;
  for (size_t t = 0; t < machine.tables.size(); ++t) {
    if (!heights.present(t)) continue;
    cells += machine.tables[t].air->shape().committed_columns() * heights.rows(t);
  }
  return cells;
}

}  // namespace zkvm
