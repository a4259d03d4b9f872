// Traces, statements and proofs of the toy machine.
#ifndef ZKVM_TESTS_STARK_TOY_PROOF_H_
#define ZKVM_TESTS_STARK_TOY_PROOF_H_

#include <cstdint>
#include <vector>

#include "stark/air/check.h"
#include "stark/air/kernels.h"
#include "stark/arena.h"
#include "stark/machine.h"
#include "stark/params.h"
#include "stark/prover.h"
#include "stark/status.h"

namespace zkvm {

// Tables 0 Squares, 1 Walker, 2 Countdown (optional).
const Machine& ToyMachine();
// For the active instruction set.
const AirKernels* const* ToyKernels();

struct Toy {
  std::vector<Matrix> fixed, main;
  Statement statement;
};

// An honest execution: Walker of 2^log_walkers rows, Countdown of 2^log_countdown (absent if 0).
Toy MakeToy(int log_walkers, int log_countdown);

struct Proven {
  FixedCommitment key;
  std::vector<uint8_t> proof;
};

Proven ProveToy(Toy toy, const Preset& preset);
Status VerifyToy(const Proven& proven, const Statement& statement, const Preset& preset);

// The debug checker on the traces.
CheckReport CheckToy(const Toy& toy);

}  // namespace zkvm

#endif  // ZKVM_TESTS_STARK_TOY_PROOF_H_
