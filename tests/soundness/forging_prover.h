// The prover of stark/prover.h with a hand in its sleeve: after every step the forger may change
// what was computed, before it is committed to or sent, and goes on honestly from there. Slow and
// plain; without forgery its proofs are those of Prove, byte for byte.
#ifndef ZKVM_TESTS_SOUNDNESS_FORGING_PROVER_H_
#define ZKVM_TESTS_SOUNDNESS_FORGING_PROVER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "stark/common_steps.h"
#include "stark/layout.h"
#include "stark/prover.h"

namespace zkvm {

// What is known when the openings are sent.
struct Opened {
  const Machine& machine;
  const Heights& heights;
  const Layout& layout;
  const BusChallenges& challenges;
  const std::vector<BusTotals>& totals;
  const std::vector<Fp5>& chi;
  const Fp5& eta;
};

struct Forgery {
  // Extended main columns by table: word i of a column of n rows lies at [(i mod B) n + i / B].
  std::function<void(std::vector<Matrix>& words)> main = nullptr;
  // Bus columns by table on the trace domain, and what is claimed of them.
  std::function<void(std::vector<Matrix>& columns, std::vector<BusTotals>& totals)> bus = nullptr;
  // The extended chunks, five columns each.
  std::function<void(Matrix& words)> quotient = nullptr;
  // The point at which the columns are opened.
  std::function<void(Fp5& eta)> point = nullptr;
  std::function<void(const Opened& opened, std::vector<Fp5>& openings)> openings = nullptr;
  // The word that FRI layer l commits to; it is folded as it then is.
  std::function<void(size_t layer, std::vector<Fp5>& word)> fold = nullptr;
  std::function<void(std::vector<Fp5>& coefficients)> final = nullptr;
  // A message of the transcript, counted from 0, that the forger does not absorb.
  size_t not_absorbed = SIZE_MAX;
};

struct Forged {
  FixedCommitment key;
  std::vector<uint8_t> proof;
  std::vector<std::string> messages;  // what was absorbed, in order
};

// `fixed` and `main` are the traces, by table.
Forged ForgeProof(const ProverMachine& machine, const Preset& preset, std::vector<Matrix> fixed,
                  const Statement& statement, std::vector<Matrix> main, const Forgery& forgery);

// sum_d eta^(d k) Q_d(eta) minus what it must be: line 24 of the verifier, protocol.md section 6.
Fp5 IdentityDefect(const Opened& opened, const std::vector<Fp5>& openings);

}  // namespace zkvm

#endif  // ZKVM_TESTS_SOUNDNESS_FORGING_PROVER_H_
