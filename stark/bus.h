// Round 3: the bus columns of one table (docs/protocol.md, sections 2.3 and 2.4).
#ifndef ZKVM_STARK_BUS_H_
#define ZKVM_STARK_BUS_H_

#include "stark/air/kernels.h"
#include "stark/air/symbolic.h"
#include "stark/arena.h"

namespace zkvm {

// psi_1.. P, f_1.. A on the trace domain, five columns each; `totals` receives P and A of the
// terminal row. `fixed` has no columns where the table has none.
// REQUIRES: no denominator is zero (probability < 2^-100 over the challenges).
Matrix FillBusColumns(const AirShape& shape, const AirKernels& kernels, const Matrix& fixed,
                      const Matrix& main, const BusChallenges& challenges, BusTotals* totals);

}  // namespace zkvm

#endif  // ZKVM_STARK_BUS_H_
