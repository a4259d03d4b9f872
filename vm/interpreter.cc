#include "vm/interpreter.h"

namespace zkvm {

std::vector<Slot> MakeSlots(const Program& program) {
  const auto slot_of = [&](int32_t pc) {
    const uint32_t index = (static_cast<uint32_t>(pc) - program.text_base) / 4;
    // The slot after the last one is allowed: it stops the program.
    return index <= program.text.size() ? index : kOutside;
  };
  std::vector<Slot> slots;
  slots.reserve(program.text.size() + 1);
  uint32_t pc = program.text_base;
  for (const Instruction& i : program.text) {
    Slot slot{.code = static_cast<uint8_t>(i.op), .rd = i.rd, .rs1 = i.rs1, .rs2 = i.rs2, .pc = pc};
    slot.value = static_cast<uint32_t>(i.k0);
    if (i.immediate) slot.code += kImmediateFlag;
    if (i.immediate || i.op == Op::kUpper) slot.value |= static_cast<uint32_t>(i.k1) << 16;
    if (i.op == Op::kUpper) {
      slot.target = slot_of(i.k2);
    } else if (i.op == Op::kJalr) {
      slot.target = static_cast<uint32_t>(i.k1 | i.k2 << 16);
    } else if (IsBranch(i.op)) {
      slot.target = slot_of(i.k0);
    }
    slots.push_back(slot);
    pc += 4;
  }
  slots.push_back({.code = static_cast<uint8_t>(Op::kTrap), .pc = pc});
  return slots;
}

}  // namespace zkvm
