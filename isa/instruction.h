// Decoded RV32IM instructions, in the form the executor runs and the program table commits to.
#ifndef ZKVM_ISA_INSTRUCTION_H_
#define ZKVM_ISA_INSTRUCTION_H_

#include <cstdint>

namespace zkvm {

// What the chips distinguish. The values are wire values of the program table.
enum class Op : uint8_t {
  kTrap = 0,  // illegal instruction, EBREAK, padding: no chip accepts it
  kAdd,
  kSub,
  kAddi,   // also FENCE, as addi x0, x0, 0
  kUpper,  // LUI, AUIPC, JAL: rd and the next pc are constants of the row
  kJalr,
  kBeq,
  kBne,
  kBlt,
  kBge,
  kBltu,
  kBgeu,
  kSlt,   // with immediate: SLTI
  kSltu,  // with immediate: SLTIU
  kAnd,
  kOr,
  kXor,
  kSll,
  kSrl,
  kSra,
  kLw,
  kLb,
  kLbu,
  kLh,
  kLhu,
  kSw,
  kSb,
  kSh,
  kMul,
  kMulh,
  kMulhsu,
  kMulhu,
  kDiv,
  kDivu,
  kRem,
  kRemu,
  kEcall,
};
inline constexpr int kNumOps = 37;

constexpr bool IsBranch(Op op) { return op >= Op::kBeq && op <= Op::kBgeu; }

// Added to the op of a program row whose second operand is the immediate (k0, k1).
inline constexpr int kImmediateFlag = 64;

// Register file of the machine: 0..31 as in RISC-V; writes to x0 go to the sink; register 33 counts
// the journal words; register 34 is the address of the next free cell of the tensor space.
inline constexpr uint8_t kSinkRegister = 32;
inline constexpr uint8_t kJournalRegister = 33;
inline constexpr uint8_t kTensorPointer = 34;
inline constexpr int kNumRegisters = 35;

// One row of the program table. Unused fields are 0. Constants by op:
//
//   ADDI, loads, stores   k0 = immediate, -2048..2047
//   LUI, AUIPC, JAL       k0, k1 = low and high 16 bits of the result; k2 = next pc
//   JALR                  k0 = immediate, -2048..2047; k1, k2 = limbs of the link address pc + 4
//   branches              k0 = target pc
//   op-immediate          k0, k1 = low and high 16 bits of the sign-extended immediate
//                         (shifts: k0 = shift amount, k1 = 0)
struct Instruction {
  Op op = Op::kTrap;
  bool immediate = false;  // op-immediate forms other than ADDI; adds kImmediateFlag
  uint8_t rd = 0;          // kSinkRegister for x0 where the op writes a register
  uint8_t rs1 = 0;
  uint8_t rs2 = 0;
  int32_t k0 = 0;
  int32_t k1 = 0;
  int32_t k2 = 0;

  friend bool operator==(const Instruction&, const Instruction&) = default;
};

// Every pc and every branch target lies below.
inline constexpr uint32_t kMaxPc = (1 << 30) - (1 << 16);

// Decodes the instruction word at `pc`. Everything that is not RV32IM, and a branch or jump to a
// target that is misaligned, negative or not below kMaxPc, is kTrap.
// REQUIRES: pc < kMaxPc, a multiple of 4.
Instruction Decode(uint32_t word, uint32_t pc);

}  // namespace zkvm

#endif  // ZKVM_ISA_INSTRUCTION_H_
