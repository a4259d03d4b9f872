// The statement of a proof and its file (docs/proof-format.md): a program, run to its end, left
// this exit code and this journal.
#ifndef ZKVM_VM_PROOF_H_
#define ZKVM_VM_PROOF_H_

#include <cstdint>
#include <span>
#include <vector>

#include "stark/bytes.h"
#include "stark/machine.h"
#include "stark/params.h"
#include "stark/status.h"
#include "vm/key.h"

namespace zkvm {

inline constexpr size_t kMaxProofBytes = size_t{64} << 20;
inline constexpr uint32_t kMaxJournalWords = 1 << 20;

struct Outcome {
  uint32_t exit_code = 0;
  std::vector<uint32_t> journal;
};

// The front of a proof, before the STARK.
struct ProofHeader {
  uint8_t preset;
  Digest vk_id;
  Outcome outcome;
};

// Steps 1 and 2 of the transcript, and the verifier's side of the buses: it produces the first
// state, consumes the halt and receives the journal.
Statement MakeStatement(const VerifyingKey& key, const Outcome& outcome);

std::vector<uint8_t> SerializeHeader(const ProofHeader& header);

// Reads a header and leaves the STARK in `reader`.
Status ParseHeader(ByteReader& reader, ProofHeader* header);

struct VerifiedProof {
  Outcome outcome;
  const Preset* preset = nullptr;
  Heights heights;
};

// The whole verifier: nothing of `proof` is trusted, nothing beyond its length is allocated.
Status VerifyProof(const VerifyingKey& key, std::span<const uint8_t> proof,
                   VerifiedProof* verified);

}  // namespace zkvm

#endif  // ZKVM_VM_PROOF_H_
