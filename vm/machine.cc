#include "vm/machine.h"

#include "precompiles/tensor/constants.h"
#include "stark/air/air.h"

namespace zkvm {
namespace {

template <class Chip>
const Air* AirOf() {
  static const ChipAir<Chip> kAir;
  return &kAir;
}

Machine MakeMachine() {
  Machine machine;
  const auto add = [&]<class Chip>() {
    machine.tables.push_back({AirOf<Chip>(), kIsOptional<Chip>, kIsTimed<Chip>});
  };
  MachineChips::ForEach(add);
  InstructionChips::ForEach(add);
  machine.max_timed_rows = kMaxTimedRows;
  machine.monomials.assign(tensor::kMonomials.begin(), tensor::kMonomials.end());
  return machine;
}

}  // namespace

const Machine& Rv32Machine() {
  static const Machine kMachine = MakeMachine();
  return kMachine;
}

}  // namespace zkvm
