#include "vm/prove.h"

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "precompiles/tensor/rounds.h"
#include "vm/machine.h"
#include "vm/machine_kernels.h"
#include "vm/program_fixed.h"
#include "vm/trace.h"

namespace zkvm {

ProvingKey MakeProvingKey(const Program& program, const Preset& preset) {
  ProgramFixed program_fixed = MakeProgramFixed(program);
  program_fixed.columns.resize(kNumTables);
  ProvingKey key{
      &preset, {}, CommitFixedTables(Rv32Machine(), preset, std::move(program_fixed.columns))};
  VerifyingKey& verifying_key = key.verifying_key;
  verifying_key.preset = preset.id;
  verifying_key.fixed_root = key.fixed.commitment.root();
  if (key.fixed.model_commitment) verifying_key.model_root = key.fixed.model_commitment->root();
  for (size_t t = 0; t < kNumTables; ++t) {
    const AirShape& shape = Rv32Machine().tables[t].air->shape();
    if (shape.fixed_columns == 0) continue;
    const int log_n = key.fixed.log_heights[t];
    auto& log_heights = shape.model ? verifying_key.model_log_heights : verifying_key.log_heights;
    log_heights.push_back(log_n < 0 ? 0 : static_cast<uint8_t>(log_n));
  }
  verifying_key.entry = program_fixed.entry;
  verifying_key.image_base = program_fixed.image_base;
  verifying_key.zero_base = program_fixed.zero_base;
  return key;
}

std::vector<uint8_t> ProveExecution(const ProvingKey& key, const Program& program, Record&& record,
                                    const Outcome& outcome, ProverReport* report) {
  const auto start = std::chrono::steady_clock::now();
  Traces traces = FillTraces(program, std::move(record));
  const tensor::TensorRecord tensors = std::move(record.tensors);
  const std::shared_ptr<const GuestModel> model = std::move(record.model);
  record = {};
  std::optional<tensor::TensorRounds> rounds;
  if (model) rounds.emplace(model->model, model->lowered, tensors, kFirstTensorTable);
  if (report != nullptr) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    report->seconds.emplace_back("trace", elapsed.count());
  }
  const FixedCommitment fixed = CommitmentOf(key.verifying_key);
  const Statement statement = MakeStatement(key.verifying_key, outcome);
  const Status provable =
      CheckHeights(Rv32Machine(), *key.preset, fixed, statement, HeightsOf(traces));
  if (!provable.ok()) throw std::length_error(provable.message());
  ByteWriter proof;
  proof.WriteBytes(SerializeHeader({key.preset->id, fixed.vk_id, outcome}));
  Prove({Rv32Machine(), MachineKernels()}, *key.preset, key.fixed, fixed, statement,
        std::move(traces), proof, report, rounds ? &*rounds : nullptr);
  return proof.Take();
}

}  // namespace zkvm
