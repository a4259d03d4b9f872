// The transforms of one column for one instruction set, with the tables as arguments.
#ifndef ZKVM_STARK_NTT_KERNELS_H_
#define ZKVM_STARK_NTT_KERNELS_H_

#include <cstddef>

#include "stark/field/fp.h"
#include "stark/ntt/tables.h"

namespace zkvm {

struct ExtensionTables {
  NttTwiddles inverse_twiddles;
  NttTwiddles twiddles;
  const Fp* const* shift_powers;  // per coset, scaled by 1/n
  size_t num_cosets;
};

// Instantiated in ntt_<arch>.cc. REQUIRES: log_n >= kMinVectorLog, but any for Scalar.
template <class Arch>
struct NttKernels {
  // out[j] = scale[j] * sum_i values[i] w^(-i bitrev(j)), in place.
  static void Inverse(Fp* values, int log_n, const NttTwiddles& inverse_twiddles, const Fp* scale);
  // out[i] = sum_j w^(i bitrev(j)) scale[j] in[j]; in place if in == out.
  static void Forward(const Fp* in, Fp* out, int log_n, const NttTwiddles& twiddles,
                      const Fp* scale);
  // Coset c of the extension at lde + c n.
  static void Extend(const Fp* values, Fp* lde, int log_n, const ExtensionTables& tables);
};

// Smaller transforms than this have no full pair of vectors and belong to Scalar.
inline constexpr int kMinVectorLog = 5;

}  // namespace zkvm

#endif  // ZKVM_STARK_NTT_KERNELS_H_
