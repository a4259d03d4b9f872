// The quotient of all constraints of all tables (docs/protocol.md, section 5.1).
#ifndef ZKVM_STARK_QUOTIENT_H_
#define ZKVM_STARK_QUOTIENT_H_

#include <span>
#include <vector>

#include "stark/arena.h"
#include "stark/commitment.h"
#include "stark/layout.h"
#include "stark/prover.h"

namespace zkvm {

// The chunks Q_0, Q_1 as ten columns on the B cosets of the top domain <w_N>, coset-major.
// `commitments` are those of the trees before the quotient's.
Matrix QuotientChunks(const ProverMachine& machine, const Preset& preset, const Heights& heights,
                      const Layout& layout, const CommitmentsByTree& commitments,
                      const BusChallenges& challenges, std::span<const Fp5> constants,
                      const std::vector<BusTotals>& totals, const std::vector<Fp5>& chi);

}  // namespace zkvm

#endif  // ZKVM_STARK_QUOTIENT_H_
