// Elementwise loops of the prover over long columns, compiled for each instruction set. "Five" is
// an array of the five coordinate columns of an F-valued column.
#ifndef ZKVM_STARK_POINTWISE_H_
#define ZKVM_STARK_POINTWISE_H_

#include <array>
#include <cstddef>

#include "stark/field/fp5.h"

namespace zkvm {

using ConstFive = std::array<const Fp*, 5>;
using Five = std::array<Fp*, 5>;

// Ranges [begin, end) are multiples of this, as are all lengths.
inline constexpr size_t kPointwiseBlock = 256;

struct PointwiseKernels {
  // out[i] = 1 / (shift g^i - z).
  void (*invert_differences)(Fp shift, Fp g, const Fp5& z, Five out, size_t begin, size_t end);

  // sums[c] = sum over i of columns[c][i] d[i] and plain[c] = sum over i of columns[c][i].
  void (*dot_columns)(const Fp* const* columns, size_t count, ConstFive d, size_t begin, size_t end,
                      Fp5* sums, Fp* plain);

  // out[i] += (sum over c of coefficients[c] columns[c][i] - constant) d[i].
  void (*add_quotients)(const Fp* const* columns, size_t count, const Fp5* coefficients,
                        const Fp5& constant, ConstFive d, Five out, size_t begin, size_t end);

  // Quotient values on the cosets s<g> and s w<g>, w^2 = g, as coefficients scaled by powers of the
  // cosets (bit-reversed): first = L + H, second = w^i (L - H). Adds L to `low` and H to `high`.
  // inverse_powers[i] = w^-i in the same order.
  void (*split_cosets)(const Fp* first, const Fp* second, const Fp* inverse_powers, Fp* low,
                       Fp* high, size_t begin, size_t end);

  // One binary folding step (docs/protocol.md, 5.3): out = (low + high) / 2 + r (low - high) / (2
  // y) with y = shift g^i at index i. inverse_shift = 1 / shift, inverse_g = 1 / g.
  void (*fold_half)(ConstFive low, ConstFive high, const Fp5& r, Fp inverse_shift, Fp inverse_g,
                    Five out, size_t begin, size_t end);

  // Second pass of the bus columns over rows [begin, end): P and A hold each row's ratio and sum
  // and become the values before the row; psi_j is multiplied by P. `product` and `sum` are the
  // values before row `begin`. `columns` is NumProducts + NumSums columns of F.
  void (*scan_bus)(Fp* const* columns, size_t products, size_t sums, const Fp5& product,
                   const Fp5& sum, size_t begin, size_t end);

  // Product of the ratios and sum of the sums of rows [begin, end) after the first pass.
  void (*total_bus)(const Fp* const* columns, size_t products, size_t sums, size_t begin,
                    size_t end, Fp5* product, Fp5* sum);
};

const PointwiseKernels& Pointwise();

}  // namespace zkvm

#endif  // ZKVM_STARK_POINTWISE_H_
