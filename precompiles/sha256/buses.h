// Between a call of SHA-256 and its rounds (docs/protocol.md, section 14.2). `call` is the time of
// the call.
#ifndef ZKVM_PRECOMPILES_SHA256_BUSES_H_
#define ZKVM_PRECOMPILES_SHA256_BUSES_H_

#include "stark/air/chip.h"

namespace zkvm {

// SHA_STATE(call, when, 8 words a..h): before the first round (0) or after the last one (1).
inline constexpr Bus kShaState{21, "SHA_STATE", 18, BusKind::kExact};
// SHA_BLOCK(call, i, words 4 i .. 4 i + 3 of the block as in memory).
inline constexpr Bus kShaBlock{22, "SHA_BLOCK", 10, BusKind::kExact};

}  // namespace zkvm

#endif  // ZKVM_PRECOMPILES_SHA256_BUSES_H_
