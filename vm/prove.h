// From a program and an execution to a key and a proof.
#ifndef ZKVM_VM_PROVE_H_
#define ZKVM_VM_PROVE_H_

#include <cstdint>
#include <vector>

#include "isa/program.h"
#include "stark/hash/blake3.h"
#include "stark/model_file.h"
#include "stark/params.h"
#include "stark/prover.h"
#include "vm/guest_model.h"
#include "vm/key.h"
#include "vm/proof.h"
#include "vm/record.h"

namespace zkvm {

// The verifying key with the preprocessed columns it commits to. A function of the program and the
// preset; recomputed for every proof rather than stored.
struct ProvingKey {
  const Preset* preset;
  VerifyingKey verifying_key;
  FixedTables fixed;
};

// `model` is LowerModel(program).get(), which MakeProvingKey(program, preset) finds out itself.
// REQUIRES: CheckProgram(program).ok() (vm/program_fixed.h). Throws std::bad_alloc.
ProvingKey MakeProvingKey(const Program& program, const Preset& preset);
ProvingKey MakeProvingKey(const Program& program, const Preset& preset, const GuestModel* model);
// With the model's part from a file (stark/model_file.h): neither lowered nor committed again.
// REQUIRES: the file has the tag ModelTag(program, preset).
ProvingKey MakeProvingKey(const Program& program, const Preset& preset, MappedModel&& model);

// Hash of all that determines the model's part of a proving key: this version of the machine, the
// preset and the model.
Digest ModelTag(const Program& program, const Preset& preset);

// REQUIRES: `record` and `outcome` are of one execution of the key's program, within the limits of
// vm/recorder.h. Throws std::bad_alloc, and std::length_error if the tables exceed what a verifier
// accepts.
std::vector<uint8_t> ProveExecution(const ProvingKey& key, const Program& program, Record&& record,
                                    const Outcome& outcome, ProverReport* report = nullptr);

}  // namespace zkvm

#endif  // ZKVM_VM_PROVE_H_
