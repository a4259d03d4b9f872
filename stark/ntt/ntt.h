// Number-theoretic transforms of columns.
//
// Values are in natural order, coefficients in bit-reversed order: the pair of transforms needs no
// permutation. w_n is the root of unity Fp::RootOfUnity(log_n), n = 2^log_n, 0 <= log_n <= 24.
// Tables of twiddles and of powers of shifts are built at first use and kept. Thread-safe.
#ifndef ZKVM_STARK_NTT_NTT_H_
#define ZKVM_STARK_NTT_NTT_H_

#include "stark/arena.h"
#include "stark/field/fp.h"

namespace zkvm {

// In place: values of a polynomial over <w_n> become its coefficients.
void InverseNtt(Fp* values, int log_n);

// In place: values over the coset shift * <w_n> become coefficients. REQUIRES: shift != 0.
void InverseCosetNtt(Fp* values, int log_n, Fp shift);

// values[i] = f(shift * w_n^i). In place if values == coefficients; otherwise they may not overlap.
void CosetNtt(const Fp* coefficients, Fp* values, int log_n, Fp shift);

// The low-degree extension of a column: from values over <w_n> to B = 2^log_blowup cosets,
//   lde[c n + t] = f(s w_(Bn)^(B t + c)),   s = Fp::Generator(), c < B, t < n.
// lde[c n + t] is word B t + c of protocol.md, section 1. REQUIRES: log_n + log_blowup <= 27;
// values and lde do not overlap.
void ExtendColumn(const Fp* values, Fp* lde, int log_n, int log_blowup);

// All columns, in parallel. REQUIRES: values has 2^log_n rows, and lde B times as many and as many
// columns.
void ExtendMatrix(const Matrix& values, Matrix& lde, int log_n, int log_blowup);

}  // namespace zkvm

#endif  // ZKVM_STARK_NTT_NTT_H_
