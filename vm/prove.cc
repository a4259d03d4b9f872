#include "vm/prove.h"

#include <chrono>
#include <stdexcept>
#include <utility>

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
  for (const int log_n : key.fixed.log_heights) {
    if (log_n >= 0) verifying_key.log_heights.push_back(static_cast<uint8_t>(log_n));
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
  Prove({Rv32Machine(), Rv32Kernels()}, *key.preset, key.fixed, fixed, statement, std::move(traces),
        proof, report);
  return proof.Take();
}

}  // namespace zkvm
