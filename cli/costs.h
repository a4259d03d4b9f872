// What proving an execution costs, before it is proven.
#ifndef ZKVM_CLI_COSTS_H_
#define ZKVM_CLI_COSTS_H_

#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "isa/program.h"
#include "stark/machine.h"
#include "stark/params.h"
#include "vm/executor.h"
#include "vm/guest_model.h"
#include "vm/record.h"

namespace zkvm {

// One table of a proof. Columns and cells are those that a proof commits to (main and bus), an F
// column counted as five; fixed ones are in the key.
struct TableCost {
  std::string_view name;
  size_t rows;    // in use
  size_t height;  // rows, padded to a power of two; 0: the table is absent
  size_t columns;

  size_t cells() const { return columns * height; }
};

// By table of MachineChips.
std::vector<TableCost> TableCosts(const Program& program, const Record& record);

Heights HeightsOf(const std::vector<TableCost>& costs);

// Seconds from the recorded execution to the proof on this machine: the cells to commit to, at a
// rate measured by committing to some (takes milliseconds).
double PredictSeconds(const Preset& preset, const Heights& heights);

// Of a proof of one run. With `does_not_fit` set, why there cannot be one, and nothing else.
struct ProofEstimate {
  std::string does_not_fit;
  const Preset* preset = nullptr;
  std::vector<TableCost> tables;
  size_t cells = 0;
  size_t memory = 0;  // bytes
  size_t proof_bytes = 0;
  double seconds = 0;
  std::shared_ptr<const GuestModel> model;  // of the program, if it has one

  // "about 120 ms, 190 MiB of memory and a proof of 1.30 MiB (fast100)", or why there is none.
  std::string OneLine() const;
  nlohmann::ordered_json Json() const;
};

// Runs the program, silently. A run that does not halt does not fit.
ProofEstimate EstimateProof(const Program& program, const ExecutorOptions& options,
                            const Preset& preset);

}  // namespace zkvm

#endif  // ZKVM_CLI_COSTS_H_
