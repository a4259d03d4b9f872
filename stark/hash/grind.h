// Proof of work, the prover's side of Transcript::CheckGrind.
#ifndef ZKVM_STARK_HASH_GRIND_H_
#define ZKVM_STARK_HASH_GRIND_H_

#include <cstdint>

#include "stark/transcript.h"

namespace zkvm {

// Finds the least nonce that proves `bits` bits of work on the state of `transcript`, absorbs it as
// CheckGrind does, and returns it; 0 without work. Runs on all threads, 2^bits hashes on average.
// REQUIRES: 0 <= bits <= Transcript::kMaxGrindBits.
uint64_t Grind(Transcript* transcript, uint8_t label, int bits);

}  // namespace zkvm

#endif  // ZKVM_STARK_HASH_GRIND_H_
