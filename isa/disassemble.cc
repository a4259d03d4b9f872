#include "isa/disassemble.h"

#include <fmt/format.h>

namespace zkvm {
namespace {

constexpr std::string_view kMnemonics[] = {
    "trap",   "add",   "sub", "addi", "const", "jalr", "beq",  "bne", "blt", "bge",
    "bltu",   "bgeu",  "slt", "sltu", "and",   "or",   "xor",  "sll", "srl", "sra",
    "lw",     "lb",    "lbu", "lh",   "lhu",   "sw",   "sb",   "sh",  "mul", "mulh",
    "mulhsu", "mulhu", "div", "divu", "rem",   "remu", "ecall"};
static_assert(std::size(kMnemonics) == kNumOps && static_cast<int>(Op::kEcall) + 1 == kNumOps);

constexpr std::string_view kRegisters[32] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                             "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                             "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                             "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

struct Illegal {
  std::string_view name;
  std::string_view why;
};

// REQUIRES: the word is not an RV32IM instruction.
Illegal Classify(uint32_t word) {
  constexpr std::string_view kRebuild = "extension not supported: build for rv32im, ilp32";
  constexpr std::string_view kBadTarget = "its target is misaligned or outside memory";
  if (word == 0x00100073) return {"ebreak", "the program stopped itself (abort or trap)"};
  if (word == 0) return {"zero word", "this is data or padding, not code"};
  if ((word & 3) != 3) return {"compressed", kRebuild};
  switch (word & 0x7F) {
    case 0x07:
    case 0x27:
    case 0x43:
    case 0x47:
    case 0x4B:
    case 0x4F:
    case 0x53:
      return {"floating point", kRebuild};
    case 0x2F:
      return {"atomic", kRebuild};
    case 0x63:
      return {"branch", kBadTarget};
    case 0x6F:
      return {"jal", kBadTarget};
    case 0x73:
      return {"system", "there are no control registers, privileges or interrupts"};
    default:
      return {"unknown", "this is not an RV32IM instruction"};
  }
}

}  // namespace

std::string_view Mnemonic(Op op) { return kMnemonics[static_cast<size_t>(op)]; }

std::string_view RegisterName(uint8_t index) { return kRegisters[index]; }

std::string Disassemble(uint32_t word, uint32_t pc) {
  const Instruction i = Decode(word, pc);
  const std::string_view name = Mnemonic(i.op);
  const std::string_view rd = kRegisters[word >> 7 & 31];
  const std::string_view rs1 = kRegisters[i.rs1];
  const std::string_view rs2 = kRegisters[i.rs2];
  if (i.immediate) {
    const bool shift = i.op == Op::kSll || i.op == Op::kSrl || i.op == Op::kSra;
    const std::string_view suffix = i.op == Op::kSltu ? "iu" : "i";
    return fmt::format("{}{} {}, {}, {}", i.op == Op::kSltu ? "slt" : name, suffix, rd, rs1,
                       shift ? i.k0 : static_cast<int32_t>(word) >> 20);
  }
  switch (i.op) {
    case Op::kTrap:
      return fmt::format("{} ({:#x})", Classify(word).name, (word & 3) == 3 ? word : word & 0xFFFF);
    case Op::kAddi:
      if ((word & 0x7F) == 0x0F) return "fence";
      return fmt::format("addi {}, {}, {}", rd, rs1, i.k0);
    case Op::kUpper:
      if ((word & 0x7F) == 0x6F) return fmt::format("jal {}, {:#x}", rd, i.k2);
      return fmt::format("{} {}, {:#x}", (word & 0x20) != 0 ? "lui" : "auipc", rd, word >> 12);
    case Op::kJalr:
      return fmt::format("jalr {}, {}({})", rd, i.k0, rs1);
    case Op::kBeq:
    case Op::kBne:
    case Op::kBlt:
    case Op::kBge:
    case Op::kBltu:
    case Op::kBgeu:
      return fmt::format("{} {}, {}, {:#x}", name, rs1, rs2, i.k0);
    case Op::kLw:
    case Op::kLb:
    case Op::kLbu:
    case Op::kLh:
    case Op::kLhu:
      return fmt::format("{} {}, {}({})", name, rd, i.k0, rs1);
    case Op::kSw:
    case Op::kSb:
    case Op::kSh:
      return fmt::format("{} {}, {}({})", name, rs2, i.k0, rs1);
    case Op::kEcall:
      return "ecall";
    default:
      return fmt::format("{} {}, {}, {}", name, rd, rs1, rs2);
  }
}

std::string_view WhyIllegal(uint32_t word) { return Classify(word).why; }

}  // namespace zkvm
