// The constants of the transforms, built once and kept for the life of the process.
#ifndef ZKVM_STARK_NTT_TABLES_H_
#define ZKVM_STARK_NTT_TABLES_H_

#include "stark/field/fp.h"

namespace zkvm {

// For b < n/2: powers[b] = w^bitrev(b), with w = w_n or, for the inverse transform, 1/w_n, and
// bitrev on log_n - 1 bits; cubes[b] = powers[b]^3. A block with index b on any level has the
// twiddle powers[b].
struct NttTwiddles {
  const Fp* powers;
  const Fp* cubes;
};

// Null for n = 1, which has no layers.
NttTwiddles Twiddles(int log_n);
NttTwiddles InverseTwiddles(int log_n);

// r[j] = scale * shift^bitrev(j) for j < n, bitrev on log_n bits.
const Fp* ShiftPowers(int log_n, Fp shift, Fp scale);

}  // namespace zkvm

#endif  // ZKVM_STARK_NTT_TABLES_H_
