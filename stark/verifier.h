// The verifier: docs/protocol.md, section 6. It trusts nothing it reads, allocates no more than the
// proof is long, and never throws across this interface.
#ifndef ZKVM_STARK_VERIFIER_H_
#define ZKVM_STARK_VERIFIER_H_

#include "stark/bytes.h"
#include "stark/machine.h"
#include "stark/params.h"
#include "stark/status.h"

namespace zkvm {

// Reads the proof to its last byte. If `heights` is given, it receives the declared heights of an
// accepted proof.
Status Verify(const Machine& machine, const Preset& preset, const FixedCommitment& fixed,
              const Statement& statement, ByteReader& proof, Heights* heights = nullptr);

}  // namespace zkvm

#endif  // ZKVM_STARK_VERIFIER_H_
