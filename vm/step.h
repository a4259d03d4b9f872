// What the trace recorder hands to the chips: one Step for each executed instruction, filed under
// the chip that proves it (vm/record.h).
#ifndef ZKVM_VM_STEP_H_
#define ZKVM_VM_STEP_H_

#include <cstdint>

namespace zkvm {

// An instruction makes at most three accesses, in slots 0, 1 and 2, at times ts, ts+1 and ts+2:
//
//               slot 0     slot 1             slot 2
//   registers   a = rs1    b = rs2            old = rd before   (a, b unused with immediates)
//   load        a = rs1    b = memory word    old = rd before
//   store       a = rs1    b = rs2            old = memory word before
//
// prev[k] is the time of the previous access to what slot k touches (0: the initial tuple).
struct Step {
  uint32_t pc;
  uint32_t ts;
  uint32_t a;
  uint32_t b;
  uint32_t old;
  uint32_t prev[3];
};

}  // namespace zkvm

#endif  // ZKVM_VM_STEP_H_
