// Proven security of a proof, from the verifier's own constants and the tables of the proof.
//
// The protocol is round-by-round sound (docs/security.md): a forger who makes Q hash calls succeeds
// with probability at most Q * max(error of a round) + Q^2 / 2^256. Bits are -log2 of the errors.
// Only proven bounds enter: unique decoding, and the Johnson regime of Ben-Sasson, Carmon, Haboeck,
// Kopparty, Saraf, "On Proximity Gaps for Reed-Solomon Codes" (ePrint 2025/2055), BCHKS25 below.
#ifndef ZKVM_STARK_SECURITY_SECURITY_H_
#define ZKVM_STARK_SECURITY_SECURITY_H_

#include "stark/machine.h"
#include "stark/params.h"

namespace zkvm {

// What of the tables enters the bounds. With independent coefficients, neither the number of
// constraints nor that of batched functions does.
struct ProofScale {
  int log_k;              // the tallest table
  int log_n_min;          // the shortest
  int distinct_heights;   // H
  double message_degree;  // sum of width + 2 over the LogUp messages of all tables
  double tuple_pairs;     // of the grand product
  bool folds;             // there are rounds before the bus
};

// Degree, in the challenges before the bus, of what those rounds prove to vanish (docs/security.md,
// "Folds"): a bound over all models that a key may hold.
inline constexpr double kFoldDegree = 1U << 30;

// REQUIRES: CheckHeights accepts the heights.
ProofScale ScaleOf(const Machine& machine, const Statement& statement, const Heights& heights);

enum class Regime { kUniqueDecoding, kJohnson };

// Bits of each round, grinding included.
struct SecurityBits {
  double folds;        // gamma, delta; x, y
  double buses;        // alpha, beta, a, b: LogUp and grand product
  double constraints;  // chi
  double point;        // eta: lifting and the quotient identity
  double batch;        // lambda
  double fold;         // the challenges of the weakest FRI layer
  double queries;
  double hash;       // collisions of the digest
  int multiplicity;  // m of the Johnson bound; 0 in unique decoding

  double Total() const;
};

// In the Johnson regime, with the multiplicity that gives the largest total.
SecurityBits ProvenSecurity(const Preset& preset, const ProofScale& scale, Regime regime);

}  // namespace zkvm

#endif  // ZKVM_STARK_SECURITY_SECURITY_H_
