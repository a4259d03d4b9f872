// The program table: every instruction of the guest, decoded (isa/instruction.h), and the
// program's constants (docs/protocol.md, section 10).
//
//   bus        multiplicity   message
//   PROG       provides m     pc, op + IMM, rd, rs1, rs2, k0, k1, k2
//
// The last row used is the constants row (1, TRAP, 0, 0, 0, zero_base, 0, 0): no chip executes a
// TRAP, and no instruction has an odd pc. Rows beyond it are all zeros, a TRAP as well.
#ifndef ZKVM_VM_CHIPS_PROGRAM_TABLE_H_
#define ZKVM_VM_CHIPS_PROGRAM_TABLE_H_

#include <cstdint>
#include <string_view>

#include "isa/air/buses.h"
#include "isa/instruction.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm {

struct ProgramTable {
  static constexpr std::string_view kName = "program";
  static constexpr int kConstantsPc = 1;

  template <class T>
  struct Fixed {
    T pc, op, rd, rs1, rs2, k0, k1, k2;

    friend bool operator==(const Fixed&, const Fixed&) = default;
  };

  template <class T>
  struct Main {
    T multiplicity;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<ProgramTable, typename B::Expr>& w) {
    const auto& f = w.fixed;
    b.Provide(kProgram, w.row.multiplicity, f.pc, f.op, f.rd, f.rs1, f.rs2, f.k0, f.k1, f.k2);
  }

  // What a row looks up to learn the word address at which zero-initialised memory begins.
  template <class B, class E>
  static constexpr void LookupConstants(B& b, const E& enable, const E& zero_base) {
    b.Lookup(kProgram, enable, kConstantsPc, static_cast<int>(Op::kTrap), kZero, kZero, kZero,
             zero_base, kZero, kZero);
  }

  static void Fill(uint32_t pc, const Instruction& instruction, Fixed<Fp>& row) {
    row = {Fp::FromU32(pc),
           static_cast<int>(instruction.op) + (instruction.immediate ? kImmediateFlag : 0),
           instruction.rd,
           instruction.rs1,
           instruction.rs2,
           instruction.k0,
           instruction.k1,
           instruction.k2};
  }
  static void FillConstants(uint32_t zero_base, Fixed<Fp>& row) {
    row = {kConstantsPc, static_cast<int>(Op::kTrap), 0, 0, 0, Fp::FromU32(zero_base), 0, 0};
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_PROGRAM_TABLE_H_
