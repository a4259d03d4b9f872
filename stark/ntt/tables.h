// The constants of the transforms, built once and kept for the life of the process.
#ifndef ZKVM_STARK_NTT_TABLES_H_
#define ZKVM_STARK_NTT_TABLES_H_

#include "stark/field/fp.h"

namespace zkvm {

// t[b] = w^bitrev(b) for b < n/2, with w = w_n, or 1/w_n for the inverse transform; bitrev is on
// log_n - 1 bits. A block with index b on any level has the twiddle t[b].
const Fp* Twiddles(int log_n);
const Fp* InverseTwiddles(int log_n);

// r[j] = scale * shift^bitrev(j) for j < n, bitrev on log_n bits.
const Fp* ShiftPowers(int log_n, Fp shift, Fp scale);

}  // namespace zkvm

#endif  // ZKVM_STARK_NTT_TABLES_H_
