#include "vm/fault.h"

#include <fmt/format.h>

#include <utility>

#include "isa/disassemble.h"

namespace zkvm {

std::string Fault::Message() const {
  return fmt::format("fault at {:#010x} ({}): {}: {}", pc, where, instruction, reason);
}

Fault MakeFault(const Program& program, FaultKind kind, uint32_t pc, std::string reason) {
  const size_t index = (pc - program.text_base) / 4;
  std::string instruction = "end of the program";
  if (index < program.text.size()) {
    const size_t word = (pc - program.image_base) / 4;
    instruction = Disassemble(program.image[word], pc);
  }
  return {kind, pc, program.Describe(pc), std::move(instruction), std::move(reason)};
}

}  // namespace zkvm
