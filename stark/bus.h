// Round 3: the bus columns of one table (docs/protocol.md, sections 2.3 and 2.4).
#ifndef ZKVM_STARK_BUS_H_
#define ZKVM_STARK_BUS_H_

#include <span>

#include "stark/air/kernels.h"
#include "stark/air/symbolic.h"
#include "stark/arena.h"

namespace zkvm {

// The columns of a table that messages are made of, on the trace domain; five for each column of F.
struct TableColumns {
  const Matrix& fixed;  // without columns where the table has none, as the following
  const Matrix& main;
  const Matrix& garbage;
  const Matrix& folds;
};

// psi_1.. P, f_1.. A on the trace domain, five columns each; `totals` receives P and A of the
// terminal row.
// REQUIRES: no denominator is zero (probability < 2^-100 over the challenges).
Matrix FillBusColumns(const AirShape& shape, const AirKernels& kernels, const TableColumns& table,
                      const BusChallenges& challenges, std::span<const Fp5> constants,
                      BusTotals* totals);

}  // namespace zkvm

#endif  // ZKVM_STARK_BUS_H_
