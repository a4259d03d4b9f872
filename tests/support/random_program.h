// Random RV32IM code: straight lines, forward branches and jumps, calls through registers, counted
// loops, loads and stores into a scratch block.
#ifndef ZKVM_TESTS_SUPPORT_RANDOM_PROGRAM_H_
#define ZKVM_TESTS_SUPPORT_RANDOM_PROGRAM_H_

#include <cstdint>
#include <random>
#include <string>

#include "tests/support/assembler.h"

namespace zkvm {

class RandomCode {
 public:
  // Code that has run leaves anything in registers 1..29 and in the kScratchBytes at the label
  // kScratch, which the caller places. x30 counts loops, x31 points into the scratch block.
  static constexpr int kScratchBytes = 512;
  static constexpr const char* kScratch = "scratch";
  static constexpr int kNumFree = 30;

  RandomCode(Asm& a, uint32_t seed) : a_(a), random_(seed) {}

  void Emit(int blocks, int length) {
    a_.la(kBase, kScratch);
    a_.addi(kBase, kBase, kScratchBytes / 2);
    for (int i = 1; i < kNumFree; ++i) a_.li(i, Value());
    for (int b = 0; b < blocks; ++b) {
      const std::string loop = NewLabel();
      a_.li(kCounter, 1 + Below(12));
      a_.label(loop);
      Body(length);
      a_.addi(kCounter, kCounter, -1);
      a_.bne(kCounter, reg::zero, loop);
    }
  }

 private:
  static constexpr int kCounter = 30;
  static constexpr int kBase = 31;

  uint32_t Below(uint32_t n) { return static_cast<uint32_t>(random_()) % n; }
  int Source() { return static_cast<int>(Below(kNumFree)); }
  int Target() { return static_cast<int>(Below(kNumFree)); }
  int32_t Immediate() { return static_cast<int32_t>(Below(4096)) - 2048; }
  int32_t Offset(uint32_t size) {
    return static_cast<int32_t>(Below(kScratchBytes / size) * size) - kScratchBytes / 2;
  }
  std::string NewLabel() {
    return "random_" + std::to_string(a_.words().size()) + "_" + std::to_string(labels_++);
  }

  // Half of the values are corner cases.
  uint32_t Value() {
    constexpr uint32_t kCorners[] = {0,          1,          2,          31,         0x7F,
                                     0x80,       0xFF,       0x7FFF,     0x8000,     0xFFFF,
                                     0x10000,    0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFF8000,
                                     0xFFFFFF80, 0xFFFFFFFE, 0xFFFFFFFF};
    return Below(2) == 0 ? kCorners[Below(std::size(kCorners))] : static_cast<uint32_t>(random_());
  }

  void Body(int length) {
    for (int i = 0; i < length; ++i) {
      switch (Below(16)) {
        case 0:
          Branch();
          break;
        case 1:
          Jump();
          break;
        case 2:
          a_.li(Target(), Value());
          break;
        case 3:
        case 4:
          Memory();
          break;
        case 5:
        case 6:
        case 7:
        case 8:
          WithImmediate();
          break;
        default:
          WithRegisters();
          break;
      }
    }
  }

  void WithRegisters() {
    using Emitter = void (Asm::*)(int, int, int);
    constexpr Emitter kOps[] = {&Asm::add,  &Asm::sub,  &Asm::sll,    &Asm::slt,   &Asm::sltu,
                                &Asm::xor_, &Asm::srl,  &Asm::sra,    &Asm::or_,   &Asm::and_,
                                &Asm::mul,  &Asm::mulh, &Asm::mulhsu, &Asm::mulhu, &Asm::div,
                                &Asm::divu, &Asm::rem,  &Asm::remu};
    (a_.*kOps[Below(std::size(kOps))])(Target(), Source(), Source());
  }

  void WithImmediate() {
    using Emitter = void (Asm::*)(int, int, int32_t);
    constexpr Emitter kOps[] = {&Asm::addi, &Asm::slti, &Asm::sltiu,
                                &Asm::xori, &Asm::ori,  &Asm::andi};
    constexpr Emitter kShifts[] = {&Asm::slli, &Asm::srli, &Asm::srai};
    switch (Below(8)) {
      case 0:
        a_.lui(Target(), Below(1 << 20));
        break;
      case 1:
        a_.auipc(Target(), Below(1 << 20));
        break;
      case 2:
      case 3:
        (a_.*kShifts[Below(3)])(Target(), Source(), static_cast<int32_t>(Below(32)));
        break;
      default:
        (a_.*kOps[Below(std::size(kOps))])(Target(), Source(), Immediate());
        break;
    }
  }

  void Memory() {
    switch (Below(9)) {
      case 0:
        a_.lb(Target(), kBase, Offset(1));
        break;
      case 1:
        a_.lbu(Target(), kBase, Offset(1));
        break;
      case 2:
        a_.lh(Target(), kBase, Offset(2));
        break;
      case 3:
        a_.lhu(Target(), kBase, Offset(2));
        break;
      case 4:
        a_.lw(Target(), kBase, Offset(4));
        break;
      case 5:
        a_.sb(Source(), kBase, Offset(1));
        break;
      case 6:
        a_.sh(Source(), kBase, Offset(2));
        break;
      case 7:
        a_.sw(Source(), kBase, Offset(4));
        break;
      default:
        a_.fence();
        break;
    }
  }

  // A few instructions that a branch may skip.
  void Branch() {
    using Emitter = void (Asm::*)(int, int, const std::string&);
    constexpr Emitter kOps[] = {&Asm::beq, &Asm::bne, &Asm::blt, &Asm::bge, &Asm::bltu, &Asm::bgeu};
    const std::string end = NewLabel();
    (a_.*kOps[Below(std::size(kOps))])(Source(), Source(), end);
    for (uint32_t i = Below(4); i != 0; --i) WithRegisters();
    a_.label(end);
  }

  // A jump over a few instructions: direct, or through a register with an odd offset.
  void Jump() {
    const uint32_t skipped = Below(4);
    if (Below(2) == 0) {
      const std::string end = NewLabel();
      a_.jal(Target(), end);
      for (uint32_t i = 0; i < skipped; ++i) WithRegisters();
      a_.label(end);
    } else {
      const int pointer = 1 + static_cast<int>(Below(kNumFree - 1));
      a_.auipc(pointer, 0);
      a_.jalr(Target(), pointer, static_cast<int32_t>(8 + 4 * skipped + Below(2)));
      for (uint32_t i = 0; i < skipped; ++i) WithRegisters();
    }
  }

  Asm& a_;
  std::mt19937 random_;
  int labels_ = 0;
};

}  // namespace zkvm

#endif  // ZKVM_TESTS_SUPPORT_RANDOM_PROGRAM_H_
