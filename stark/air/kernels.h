// The prover's row loops over one table, compiled for each instruction set: the functions of a
// chip behind plain pointers. The loops themselves are in kernels-inl.h.
#ifndef ZKVM_STARK_AIR_KERNELS_H_
#define ZKVM_STARK_AIR_KERNELS_H_

#include <cstddef>

#include "stark/air/folder.h"
#include "stark/field/fp5.h"

namespace zkvm {

// Rows are worked on in blocks of this many, a multiple of every vector width.
inline constexpr size_t kRowBlock = 256;

// Round 3, first pass, on the trace domain. For every row of [begin, end):
//
//   psi_1.. psi_(G-1)   partial products of the row's ratios W W~ / R R~
//   P                   the row's whole ratio
//   f_1.. f_(m-1)       fractions, and A the sum of all of them
//
// The second pass (stark/bus.cc) turns P and A into running values.
// REQUIRES: begin and end are multiples of kRowBlock.
struct BusFillArgs {
  const Fp* const* fixed;  // columns
  const Fp* const* main;
  const Fp* const* garbage;  // five columns for each element of F
  const Fp* const* folds;    // likewise
  Fp* const* bus;            // likewise
  size_t begin, end;
  const BusChallenges* challenges;
  const Fp5* constants;  // the values of the machine's monomials
};

// Constraint evaluation on one coset s' <g> of the trace domain. For every offset of [begin, end)
// adds to `quotient` the folded constraints over their denominators.
// REQUIRES: begin and end are multiples of kRowBlock; n >= kRowBlock.
struct QuotientArgs {
  const Fp* const* fixed;  // columns on the coset: n cells each
  const Fp* const* main;
  const Fp* const* garbage;
  const Fp* const* folds;
  const Fp* const* bus;
  size_t n;
  size_t begin, end;
  const BusChallenges* challenges;
  const Fp5* constants;
  BusTotals totals;
  const Fp5* chi;  // and twice chi, elementwise
  const Fp5* twice_chi;
  Fp shift;                     // s'
  Fp generator;                 // g
  Fp inverse_vanishing;         // 1 / (X^n - 1), constant on the coset
  const Fp* inverse_x_minus_1;  // 1 / (X - 1) at every offset
  size_t first_tail;            // u
  Fp* const* quotient;          // five columns of n cells
};

struct AirKernels {
  void (*fill_bus)(const BusFillArgs&);
  void (*add_quotient)(const QuotientArgs&);
};

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_KERNELS_H_
