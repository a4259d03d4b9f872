#include "vm/prove.h"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "precompiles/tensor/rounds.h"
#include "stark/bytes.h"
#include "vm/machine.h"
#include "vm/machine_kernels.h"
#include "vm/program_fixed.h"
#include "vm/trace.h"

namespace zkvm {

namespace {

VerifyingKey VerifyingKeyOf(const Preset& preset, const ProgramFixed& program,
                            const FixedTables& fixed) {
  VerifyingKey key;
  key.preset = preset.id;
  key.fixed_root = fixed.commitment.root();
  if (fixed.model_commitment) key.model_root = fixed.model_commitment->root();
  for (size_t t = 0; t < kNumTables; ++t) {
    const AirShape& shape = Rv32Machine().tables[t].air->shape();
    if (shape.fixed_columns == 0) continue;
    const int log_n = fixed.log_heights[t];
    auto& log_heights = shape.model ? key.model_log_heights : key.log_heights;
    log_heights.push_back(log_n < 0 ? 0 : static_cast<uint8_t>(log_n));
  }
  key.entry = program.entry;
  key.image_base = program.image_base;
  key.zero_base = program.zero_base;
  return key;
}

}  // namespace

ProvingKey MakeProvingKey(const Program& program, const Preset& preset) {
  return MakeProvingKey(program, preset, LowerModel(program).get());
}

ProvingKey MakeProvingKey(const Program& program, const Preset& preset, const GuestModel* model) {
  ProgramFixed columns = MakeProgramFixed(program, model);
  FixedTables fixed = CommitFixedTables(Rv32Machine(), preset, std::move(columns.columns));
  return {&preset, VerifyingKeyOf(preset, columns, fixed), std::move(fixed)};
}

ProvingKey MakeProvingKey(const Program& program, const Preset& preset, MappedModel&& model) {
  ProgramFixed columns = MakeProgramFixed(program, nullptr);
  FixedTables fixed =
      CommitFixedTables(Rv32Machine(), preset, std::move(columns.columns), std::move(model));
  return {&preset, VerifyingKeyOf(preset, columns, fixed), std::move(fixed)};
}

Digest ModelTag(const Program& program, const Preset& preset) {
  const std::array<Digest, 4> parts = {kMachineId, Digest{kFormatVersion, preset.id},
                                       Blake3Hash(program.model_descriptors),
                                       Blake3Hash(program.model_data)};
  return Blake3Hash({parts[0].data(), sizeof(parts)});
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
