// Between a call of BLAKE3 and its rounds (docs/protocol.md, section 14.3). `call` is the time of
// the call; v is the state of 16 words.
#ifndef ZKVM_PRECOMPILES_BLAKE3_BUSES_H_
#define ZKVM_PRECOMPILES_BLAKE3_BUSES_H_

#include "stark/air/chip.h"

namespace zkvm {

// BLAKE_STATE(call, when, v_4..v_7, v_12..v_15): before the first round (0) or after the last (1).
inline constexpr Bus kBlakeState{23, "BLAKE_STATE", 18, BusKind::kExact};
// BLAKE_WORDS(call, k, 8 words): for k < 14 what half round k adds, as limbs that may exceed 16
// bits; for k = 14 v_0..v_3 and v_8..v_11 after the rounds.
inline constexpr Bus kBlakeWords{24, "BLAKE_WORDS", 18, BusKind::kExact};

}  // namespace zkvm

#endif  // ZKVM_PRECOMPILES_BLAKE3_BUSES_H_
