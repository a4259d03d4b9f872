// What proving an execution costs, before it is proven.
#ifndef ZKVM_CLI_COSTS_H_
#define ZKVM_CLI_COSTS_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "isa/program.h"
#include "stark/machine.h"
#include "stark/params.h"
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

}  // namespace zkvm

#endif  // ZKVM_CLI_COSTS_H_
