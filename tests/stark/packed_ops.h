// Elementwise operations on arrays, for comparing and timing the packed field of every instruction
// set. REQUIRES: n is a multiple of 16.
#ifndef ZKVM_TESTS_STARK_PACKED_OPS_H_
#define ZKVM_TESTS_STARK_PACKED_OPS_H_

#include <array>
#include <cstddef>
#include <span>

#include "stark/field/fp5.h"

namespace zkvm {

using Columns5 = std::array<Fp*, 5>;
using ConstColumns5 = std::array<const Fp*, 5>;

struct PackedOps {
  void (*add)(const Fp* a, const Fp* b, Fp* out, size_t n);
  void (*subtract)(const Fp* a, const Fp* b, Fp* out, size_t n);
  void (*negate)(const Fp* a, Fp* out, size_t n);
  void (*multiply)(const Fp* a, const Fp* b, Fp* out, size_t n);
  // (a 65536 - 1 + 3 b - f)(-a) + 2 f
  void (*expression)(const Fp* a, const Fp* b, Fp f, Fp* out, size_t n);
  // out[i] = sum_j columns[j][i] * columns[m - 1 - j][i]
  void (*dot)(std::span<const Fp* const> columns, Fp* out, size_t n);
  void (*multiply5)(const ConstColumns5& a, const ConstColumns5& b, const Columns5& out, size_t n);
  void (*invert5)(const ConstColumns5& a, const Columns5& out, size_t n);
  // (2 a + f - b) b' + f' a b - 7, with b' the first column of b and f' that of f
  void (*expression5)(const ConstColumns5& a, const ConstColumns5& b, const Fp5& f,
                      const Columns5& out, size_t n);
  // out[i] = sum_j columns[j][i] * weights[j]; weights as constants or as vectors
  void (*dot5)(std::span<const Fp* const> columns, const Fp5* weights, bool packed_weights,
               const Columns5& out, size_t n);
};

extern const PackedOps kPackedOpsScalar;
extern const PackedOps kPackedOpsAvx2;
extern const PackedOps kPackedOpsAvx512;

}  // namespace zkvm

#endif  // ZKVM_TESTS_STARK_PACKED_OPS_H_
