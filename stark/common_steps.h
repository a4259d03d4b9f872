// The steps of the transcript that prover and verifier take in the same way (docs/protocol.md,
// section 4).
#ifndef ZKVM_STARK_COMMON_STEPS_H_
#define ZKVM_STARK_COMMON_STEPS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stark/air/folder.h"
#include "stark/field/fp5.h"
#include "stark/layout.h"
#include "stark/machine.h"
#include "stark/transcript.h"

namespace zkvm {

// Labels of the transcript.
enum TranscriptStep : uint8_t {
  kStepKey = 1,
  kStepStatement = 2,
  kStepHeights = 3,
  kStepMain = 4,
  kStepGarbageChallenges = 5,
  kStepGarbage = 6,
  kStepBusChallenges = 7,
  kStepBus = 8,
  kStepConstraintCombination = 9,
  kStepQuotient = 10,
  kStepPoint = 11,
  kStepOpenings = 12,
  kStepBatch = 13,
  kStepFold = 14,  // + layer
  kStepFinal = 60,
  kStepQueries = 61,
  kStepFoldChallenges = 62,
  kStepFolds = 63,
};

// Steps 1-3: everything that is fixed before the prover's first commitment.
void AbsorbStatement(const Preset& preset, const FixedCommitment& fixed, const Statement& statement,
                     const Heights& heights, Transcript& transcript);

// Steps 5 and 62, of machines with such rounds. False if x or y lies in F_p (probability below
// 2^-120; such a proof is not accepted).
void SqueezeGarbageChallenges(Transcript& transcript, FoldChallenges* challenges);
bool SqueezeFoldChallenges(Transcript& transcript, FoldChallenges* challenges);

// Step 7.
BusChallenges SqueezeBusChallenges(Transcript& transcript);

// Step 8: S_t and P_t of the tables that have them, in table order, as one message.
void AbsorbTotals(const Machine& machine, const Heights& heights,
                  const std::vector<BusTotals>& totals, Transcript& transcript);

// Step 11: eta, from which all opening points follow. False if eta lies in F_p, or where a
// denominator of the identity is zero: eta^N = 1 or zeta_t^n = 1 for a table (probability below
// 2^-120; such a proof is not accepted).
bool SqueezePoint(const Preset& preset, const Heights& heights, Transcript& transcript, Fp5* eta);

// Step 61: positions in the top domain.
std::vector<uint32_t> SqueezeQueries(const Preset& preset, int log_domain, Transcript& transcript);

// The point of a place: zeta = s eta^(k/n), g zeta, or eta.
Fp5 PointOf(const Place& place, int log_k, const Fp5& eta);

// The verifier's own side of the buses: the sum of sign / (alpha - message) over its messages, and
// the product of its produced tuples over its consumed ones. False if a denominator is zero.
bool PublicTotals(const Statement& statement, const BusChallenges& challenges, BusTotals* totals);

}  // namespace zkvm

#endif  // ZKVM_STARK_COMMON_STEPS_H_
