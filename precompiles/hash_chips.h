// The tables of the hash functions, in order.
#ifndef ZKVM_PRECOMPILES_HASH_CHIPS_H_
#define ZKVM_PRECOMPILES_HASH_CHIPS_H_

#include "precompiles/blake3/call.h"
#include "precompiles/blake3/half_rounds.h"
#include "precompiles/memory/quad_access.h"
#include "precompiles/sha256/call.h"
#include "precompiles/sha256/rounds.h"
#include "stark/air/chip_list.h"

namespace zkvm {

using HashChips = ChipList<QuadAccess, Sha256Call, Sha256Rounds, Blake3Call, Blake3HalfRounds>;

}  // namespace zkvm

#endif  // ZKVM_PRECOMPILES_HASH_CHIPS_H_
