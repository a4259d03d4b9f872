// What a proof file says, without verifying it.
#ifndef ZKVM_CLI_PROOF_CONTENTS_H_
#define ZKVM_CLI_PROOF_CONTENTS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "stark/machine.h"
#include "stark/params.h"
#include "stark/status.h"
#include "vm/proof.h"

namespace zkvm {

struct ProofSection {
  std::string_view name;
  size_t bytes;
};

struct ProofContents {
  ProofHeader header;
  const Preset* preset = nullptr;
  Heights heights;
  std::vector<ProofSection> sections;  // in the order of the file
};

// Any bytes may come in. Checks the header, the heights, and that no section is cut off.
Status ReadProofContents(std::span<const uint8_t> bytes, ProofContents* contents);

}  // namespace zkvm

#endif  // ZKVM_CLI_PROOF_CONTENTS_H_
