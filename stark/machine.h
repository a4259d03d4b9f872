// A machine as the proof system sees it: an ordered list of tables. It knows nothing of RISC-V.
#ifndef ZKVM_STARK_MACHINE_H_
#define ZKVM_STARK_MACHINE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "stark/air/air.h"
#include "stark/air/challenges.h"
#include "stark/field/fp.h"
#include "stark/hash/blake3.h"
#include "stark/params.h"
#include "stark/status.h"

namespace zkvm {

struct TableRule {
  const Air* air;
  bool optional;  // may be absent; a table with fixed columns is present if and only if the key has
                  // it
  bool timed;     // its rows move the clock: the sum of their heights is bounded
};

struct Machine {
  std::vector<TableRule> tables;
  // Bound on the sum of the heights of timed tables (protocol.md, section 6, line 7).
  uint64_t max_timed_rows;
  // Constants of the constraints of tables with columns of F (stark/air/chip.h).
  std::vector<Monomial> monomials = {};
};

// Hash of the canonical text of all tables in order: widths, constraints, buses.
Digest MachineId(const Machine& machine);

// Elements of the buses that the verifier contributes itself.
struct PublicMessage {
  Bus bus;
  int sign;  // +1 sends, -1 receives
  std::vector<Fp> fields;
};
using PublicTuple = std::array<Fp, 5>;  // space, addr, lo, hi, ts

// What a proof is about. `items` are absorbed in order before anything the prover sends.
struct Statement {
  std::vector<std::vector<uint8_t>> items;
  std::vector<PublicMessage> messages;
  std::vector<PublicTuple> produced, consumed;
};

// The preprocessed part of a machine: the heights of tables with fixed columns, and the roots over
// the columns of a program and of a model. vk_id binds them, and whatever else the key says.
struct FixedCommitment {
  Digest vk_id;
  Digest root;
  std::vector<int> log_heights;  // by table of the machine; -1 where the key has no fixed columns
  Digest model_root = {};        // of the tables whose shape says `model`; unused without any
};

// Heights of one proof, checked: log_heights[t] is -1 for an absent table.
struct Heights {
  std::vector<int> log_heights;
  int log_k = 0;  // the tallest

  size_t rows(size_t table) const { return size_t{1} << log_heights[table]; }
  bool present(size_t table) const { return log_heights[table] >= 0; }
};

// Everything section 6 lines 5-8 demand of declared heights: bounds, fixed heights as in the key,
// the domain, the clock, and per bus the number of messages (so that multiplicities cannot wrap).
Status CheckHeights(const Machine& machine, const Preset& preset, const FixedCommitment& fixed,
                    const Statement& statement, const Heights& heights);

}  // namespace zkvm

#endif  // ZKVM_STARK_MACHINE_H_
