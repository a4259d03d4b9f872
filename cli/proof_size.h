// The size of a proof, before it is proven.
#ifndef ZKVM_CLI_PROOF_SIZE_H_
#define ZKVM_CLI_PROOF_SIZE_H_

#include <cstddef>

#include "stark/machine.h"
#include "stark/params.h"

namespace zkvm {

// Bytes of a proof with tables of these heights and `journal_words` words of journal. Exact but for
// where the queries fall: those of a proof are random, and so is how much their paths share; one
// draw stands for all.
size_t PredictProofBytes(const Preset& preset, const Heights& heights, size_t journal_words);

}  // namespace zkvm

#endif  // ZKVM_CLI_PROOF_SIZE_H_
