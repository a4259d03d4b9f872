// A small RV32IM assembler for tests.
//
//   Asm a;
//   a.li(reg::a0, 10);
//   a.label("loop");
//   a.addi(reg::a0, reg::a0, -1);
//   a.bne(reg::a0, reg::zero, "loop");
//   a.halt(0);
//   const Program program = a.Build();
//
// Methods are named by the mnemonics of the RISC-V manual (and_, or_, xor_: C++ reserves the plain
// names). Immediates are not checked: they wrap to the width of their field.
#ifndef ZKVM_TESTS_SUPPORT_ASSEMBLER_H_
#define ZKVM_TESTS_SUPPORT_ASSEMBLER_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "isa/ecall.h"
#include "isa/instruction.h"
#include "isa/program.h"

namespace zkvm {

namespace reg {
inline constexpr int zero = 0, ra = 1, sp = 2, gp = 3, tp = 4, t0 = 5, t1 = 6, t2 = 7;
inline constexpr int s0 = 8, s1 = 9, a0 = 10, a1 = 11, a2 = 12, a3 = 13, a4 = 14, a5 = 15;
inline constexpr int a6 = 16, a7 = 17, s2 = 18, s3 = 19, s4 = 20, s5 = 21, s6 = 22, s7 = 23;
inline constexpr int s8 = 24, s9 = 25, s10 = 26, s11 = 27, t3 = 28, t4 = 29, t5 = 30, t6 = 31;
}  // namespace reg

// The six instruction formats.
inline uint32_t EncodeR(int opcode, int funct3, int funct7, int rd, int rs1, int rs2) {
  return static_cast<uint32_t>(opcode | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20) |
         static_cast<uint32_t>(funct7) << 25;
}
inline uint32_t EncodeI(int opcode, int funct3, int rd, int rs1, int32_t imm) {
  return static_cast<uint32_t>(opcode | rd << 7 | funct3 << 12 | rs1 << 15) |
         static_cast<uint32_t>(imm) << 20;
}
inline uint32_t EncodeS(int opcode, int funct3, int rs1, int rs2, int32_t imm) {
  const uint32_t i = static_cast<uint32_t>(imm);
  return static_cast<uint32_t>(opcode | funct3 << 12 | rs1 << 15 | rs2 << 20) | (i & 31) << 7 |
         (i >> 5 & 127) << 25;
}
inline uint32_t EncodeB(int opcode, int funct3, int rs1, int rs2, int32_t offset) {
  const uint32_t i = static_cast<uint32_t>(offset);
  return static_cast<uint32_t>(opcode | funct3 << 12 | rs1 << 15 | rs2 << 20) | (i >> 11 & 1) << 7 |
         (i >> 1 & 15) << 8 | (i >> 5 & 63) << 25 | (i >> 12 & 1) << 31;
}
inline uint32_t EncodeU(int opcode, int rd, uint32_t upper20) {
  return static_cast<uint32_t>(opcode | rd << 7) | upper20 << 12;
}
inline uint32_t EncodeJ(int opcode, int rd, int32_t offset) {
  const uint32_t i = static_cast<uint32_t>(offset);
  return static_cast<uint32_t>(opcode | rd << 7) | (i & 0xFF000) | (i >> 11 & 1) << 20 |
         (i >> 1 & 1023) << 21 | (i >> 20 & 1) << 31;
}

class Asm {
 public:
  explicit Asm(uint32_t base = 0x10000) : base_(base) {}

  // The address of the next word.
  uint32_t pc() const { return base_ + 4 * static_cast<uint32_t>(words_.size()); }
  const std::vector<uint32_t>& words() const { return words_; }

  void label(const std::string& name) { labels_[name] = pc(); }
  // A label that is also a symbol of the program, up to the next one.
  void function(const std::string& name) {
    label(name);
    symbols_.push_back({pc(), 0, name});
  }
  void word(uint32_t value) { words_.push_back(value); }

  void lui(int rd, uint32_t upper20) { word(EncodeU(0x37, rd, upper20)); }
  void auipc(int rd, uint32_t upper20) { word(EncodeU(0x17, rd, upper20)); }
  void jal(int rd, int32_t offset) { word(EncodeJ(0x6F, rd, offset)); }
  void jalr(int rd, int rs1, int32_t imm) { word(EncodeI(0x67, 0, rd, rs1, imm)); }

  void beq(int rs1, int rs2, int32_t offset) { word(EncodeB(0x63, 0, rs1, rs2, offset)); }
  void bne(int rs1, int rs2, int32_t offset) { word(EncodeB(0x63, 1, rs1, rs2, offset)); }
  void blt(int rs1, int rs2, int32_t offset) { word(EncodeB(0x63, 4, rs1, rs2, offset)); }
  void bge(int rs1, int rs2, int32_t offset) { word(EncodeB(0x63, 5, rs1, rs2, offset)); }
  void bltu(int rs1, int rs2, int32_t offset) { word(EncodeB(0x63, 6, rs1, rs2, offset)); }
  void bgeu(int rs1, int rs2, int32_t offset) { word(EncodeB(0x63, 7, rs1, rs2, offset)); }

  void jal(int rd, const std::string& to) { Jump(to), jal(rd, 0); }
  void beq(int rs1, int rs2, const std::string& to) { Jump(to), beq(rs1, rs2, 0); }
  void bne(int rs1, int rs2, const std::string& to) { Jump(to), bne(rs1, rs2, 0); }
  void blt(int rs1, int rs2, const std::string& to) { Jump(to), blt(rs1, rs2, 0); }
  void bge(int rs1, int rs2, const std::string& to) { Jump(to), bge(rs1, rs2, 0); }
  void bltu(int rs1, int rs2, const std::string& to) { Jump(to), bltu(rs1, rs2, 0); }
  void bgeu(int rs1, int rs2, const std::string& to) { Jump(to), bgeu(rs1, rs2, 0); }

  void lb(int rd, int rs1, int32_t imm) { word(EncodeI(0x03, 0, rd, rs1, imm)); }
  void lh(int rd, int rs1, int32_t imm) { word(EncodeI(0x03, 1, rd, rs1, imm)); }
  void lw(int rd, int rs1, int32_t imm) { word(EncodeI(0x03, 2, rd, rs1, imm)); }
  void lbu(int rd, int rs1, int32_t imm) { word(EncodeI(0x03, 4, rd, rs1, imm)); }
  void lhu(int rd, int rs1, int32_t imm) { word(EncodeI(0x03, 5, rd, rs1, imm)); }
  // The value in rs2 goes to the address rs1 + imm.
  void sb(int rs2, int rs1, int32_t imm) { word(EncodeS(0x23, 0, rs1, rs2, imm)); }
  void sh(int rs2, int rs1, int32_t imm) { word(EncodeS(0x23, 1, rs1, rs2, imm)); }
  void sw(int rs2, int rs1, int32_t imm) { word(EncodeS(0x23, 2, rs1, rs2, imm)); }

  void addi(int rd, int rs1, int32_t imm) { word(EncodeI(0x13, 0, rd, rs1, imm)); }
  void slti(int rd, int rs1, int32_t imm) { word(EncodeI(0x13, 2, rd, rs1, imm)); }
  void sltiu(int rd, int rs1, int32_t imm) { word(EncodeI(0x13, 3, rd, rs1, imm)); }
  void xori(int rd, int rs1, int32_t imm) { word(EncodeI(0x13, 4, rd, rs1, imm)); }
  void ori(int rd, int rs1, int32_t imm) { word(EncodeI(0x13, 6, rd, rs1, imm)); }
  void andi(int rd, int rs1, int32_t imm) { word(EncodeI(0x13, 7, rd, rs1, imm)); }
  void slli(int rd, int rs1, int shamt) { word(EncodeR(0x13, 1, 0x00, rd, rs1, shamt)); }
  void srli(int rd, int rs1, int shamt) { word(EncodeR(0x13, 5, 0x00, rd, rs1, shamt)); }
  void srai(int rd, int rs1, int shamt) { word(EncodeR(0x13, 5, 0x20, rd, rs1, shamt)); }

  void add(int rd, int rs1, int rs2) { word(EncodeR(0x33, 0, 0x00, rd, rs1, rs2)); }
  void sub(int rd, int rs1, int rs2) { word(EncodeR(0x33, 0, 0x20, rd, rs1, rs2)); }
  void sll(int rd, int rs1, int rs2) { word(EncodeR(0x33, 1, 0x00, rd, rs1, rs2)); }
  void slt(int rd, int rs1, int rs2) { word(EncodeR(0x33, 2, 0x00, rd, rs1, rs2)); }
  void sltu(int rd, int rs1, int rs2) { word(EncodeR(0x33, 3, 0x00, rd, rs1, rs2)); }
  void xor_(int rd, int rs1, int rs2) { word(EncodeR(0x33, 4, 0x00, rd, rs1, rs2)); }
  void srl(int rd, int rs1, int rs2) { word(EncodeR(0x33, 5, 0x00, rd, rs1, rs2)); }
  void sra(int rd, int rs1, int rs2) { word(EncodeR(0x33, 5, 0x20, rd, rs1, rs2)); }
  void or_(int rd, int rs1, int rs2) { word(EncodeR(0x33, 6, 0x00, rd, rs1, rs2)); }
  void and_(int rd, int rs1, int rs2) { word(EncodeR(0x33, 7, 0x00, rd, rs1, rs2)); }

  void mul(int rd, int rs1, int rs2) { word(EncodeR(0x33, 0, 0x01, rd, rs1, rs2)); }
  void mulh(int rd, int rs1, int rs2) { word(EncodeR(0x33, 1, 0x01, rd, rs1, rs2)); }
  void mulhsu(int rd, int rs1, int rs2) { word(EncodeR(0x33, 2, 0x01, rd, rs1, rs2)); }
  void mulhu(int rd, int rs1, int rs2) { word(EncodeR(0x33, 3, 0x01, rd, rs1, rs2)); }
  void div(int rd, int rs1, int rs2) { word(EncodeR(0x33, 4, 0x01, rd, rs1, rs2)); }
  void divu(int rd, int rs1, int rs2) { word(EncodeR(0x33, 5, 0x01, rd, rs1, rs2)); }
  void rem(int rd, int rs1, int rs2) { word(EncodeR(0x33, 6, 0x01, rd, rs1, rs2)); }
  void remu(int rd, int rs1, int rs2) { word(EncodeR(0x33, 7, 0x01, rd, rs1, rs2)); }

  void fence() { word(0x0FF0000F); }
  void ecall() { word(0x00000073); }
  void ebreak() { word(0x00100073); }

  // Two instructions, whatever the value.
  void li(int rd, uint32_t value) {
    lui(rd, (value + 0x800) >> 12);
    addi(rd, rd, static_cast<int32_t>(value));
  }
  void la(int rd, const std::string& name) {
    addresses_.emplace_back(words_.size(), name);
    li(rd, 0);
  }
  void mv(int rd, int rs) { addi(rd, rs, 0); }
  void nop() { addi(0, 0, 0); }
  void j(const std::string& to) { jal(0, to); }
  void call(const std::string& to) { jal(reg::ra, to); }
  void ret() { jalr(0, reg::ra, 0); }

  // Environment calls; they leave the number in a7 (and the exit code in a0).
  void call_host(Ecall number) {
    addi(reg::a7, 0, static_cast<int32_t>(number));
    ecall();
  }
  void halt(uint32_t exit_code) {
    li(reg::a0, exit_code);
    call_host(Ecall::kHalt);
  }
  void journal() { call_host(Ecall::kJournal); }
  void hint() { call_host(Ecall::kHint); }

  // The program: text and image are the words so far, the entry is the first of them.
  Program Build() {
    for (const auto& [at, name] : jumps_) {
      const int32_t offset = static_cast<int32_t>(labels_.at(name) - AddressOf(at));
      uint32_t& w = words_[at];
      const bool is_jal = (w & 0x7F) == 0x6F;
      w |= is_jal ? EncodeJ(0, 0, offset) : EncodeB(0, 0, 0, 0, offset);
    }
    jumps_.clear();
    for (const auto& [at, name] : addresses_) {
      const uint32_t target = labels_.at(name);
      words_[at] = (words_[at] & 0xFFF) | ((target + 0x800) & 0xFFFFF000);
      words_[at + 1] = (words_[at + 1] & 0xFFFFF) | target << 20;
    }
    addresses_.clear();

    Program program;
    program.entry = program.text_base = program.image_base = base_;
    program.image = words_;
    for (size_t i = 0; i < words_.size(); ++i) {
      program.text.push_back(Decode(words_[i], AddressOf(i)));
    }
    program.symbols = symbols_;
    return program;
  }

 private:
  uint32_t AddressOf(size_t index) const { return base_ + 4 * static_cast<uint32_t>(index); }
  void Jump(const std::string& to) { jumps_.emplace_back(words_.size(), to); }

  uint32_t base_;
  std::vector<uint32_t> words_;
  std::map<std::string, uint32_t> labels_;
  std::vector<std::pair<size_t, std::string>> jumps_;      // word index, label
  std::vector<std::pair<size_t, std::string>> addresses_;  // index of lui; addi follows
  std::vector<Symbol> symbols_;
};

}  // namespace zkvm

#endif  // ZKVM_TESTS_SUPPORT_ASSEMBLER_H_
