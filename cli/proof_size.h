// The size of a proof, before it is proven.
#ifndef ZKVM_CLI_PROOF_SIZE_H_
#define ZKVM_CLI_PROOF_SIZE_H_

#include <cstddef>

#include "stark/machine.h"
#include "stark/params.h"

namespace zkvm {

// Bytes of a proof with tables of these heights and `journal_words` words of journal. Exact but for
// where the queries fall: those of a proof are random, and with them how many rows of small tables
// are opened. The mean of some draws, which proofs differ from by a few percent.
size_t PredictProofBytes(const Preset& preset, const Heights& heights, size_t journal_words);

}  // namespace zkvm

#endif  // ZKVM_CLI_PROOF_SIZE_H_
