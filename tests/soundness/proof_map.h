// What every byte of a proof is (docs/proof-format.md), for tests that change one kind after the
// other.
#ifndef ZKVM_TESTS_SOUNDNESS_PROOF_MAP_H_
#define ZKVM_TESTS_SOUNDNESS_PROOF_MAP_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "stark/machine.h"
#include "stark/params.h"
#include "vm/key.h"

namespace zkvm {

struct ProofSection {
  enum Kind : uint8_t { kBytes, kFieldWords, kDigests, kNonce };

  std::string name;
  Kind kind;
  size_t begin, end;
};

// The sections of the STARK that begins at `begin` of `proof`, in order, without gaps. Empty if the
// openings do not fit their roots: REQUIRES an honest proof.
std::vector<ProofSection> StarkSections(const Machine& machine, const Preset& preset,
                                        const FixedCommitment& fixed, const Statement& statement,
                                        std::span<const uint8_t> proof, size_t begin);

// Of a whole proof of the machine, header included.
std::vector<ProofSection> ProofSections(const VerifyingKey& key, std::span<const uint8_t> proof);

}  // namespace zkvm

#endif  // ZKVM_TESTS_SOUNDNESS_PROOF_MAP_H_
