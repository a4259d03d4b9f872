#include <optional>

#include "isa/instruction.h"

namespace zkvm {
namespace {

// Instruction fields by their bit positions.
constexpr uint32_t Opcode(uint32_t w) { return w & 0x7F; }
constexpr uint8_t Rd(uint32_t w) { return w >> 7 & 31; }
constexpr uint32_t Funct3(uint32_t w) { return w >> 12 & 7; }
constexpr uint8_t Rs1(uint32_t w) { return w >> 15 & 31; }
constexpr uint8_t Rs2(uint32_t w) { return w >> 20 & 31; }
constexpr uint32_t Funct7(uint32_t w) { return w >> 25; }

// Immediates, sign-extended.
constexpr int32_t ImmI(uint32_t w) { return static_cast<int32_t>(w) >> 20; }
constexpr int32_t ImmS(uint32_t w) {
  return (static_cast<int32_t>(w) >> 25) * 32 + static_cast<int32_t>(w >> 7 & 31);
}
constexpr int32_t ImmB(uint32_t w) {
  return (static_cast<int32_t>(w) >> 31) * 4096 +
         static_cast<int32_t>((w >> 7 & 1) << 11 | (w >> 25 & 63) << 5 | (w >> 8 & 15) << 1);
}
constexpr int32_t ImmJ(uint32_t w) {
  return (static_cast<int32_t>(w) >> 31) * (1 << 20) +
         static_cast<int32_t>((w & 0xFF000) | (w >> 20 & 1) << 11 | (w >> 21 & 1023) << 1);
}

constexpr int32_t Low(uint32_t x) { return static_cast<int32_t>(x & 0xFFFF); }
constexpr int32_t High(uint32_t x) { return static_cast<int32_t>(x >> 16); }

constexpr uint8_t Destination(uint32_t w) { return Rd(w) == 0 ? kSinkRegister : Rd(w); }

// The target of a branch or jump, unless no program can hold an instruction there.
std::optional<int32_t> Target(uint32_t pc, int32_t offset) {
  const int64_t target = int64_t{pc} + offset;
  if (target < 0 || target >= kMaxPc || target % 4 != 0) return std::nullopt;
  return static_cast<int32_t>(target);
}

Instruction Constant(uint32_t w, uint32_t result, uint32_t next_pc) {
  return {.op = Op::kUpper,
          .rd = Destination(w),
          .k0 = Low(result),
          .k1 = High(result),
          .k2 = static_cast<int32_t>(next_pc)};
}

Instruction WithImmediate(Op op, uint32_t w, uint32_t value) {
  return {.op = op,
          .immediate = true,
          .rd = Destination(w),
          .rs1 = Rs1(w),
          .k0 = Low(value),
          .k1 = High(value)};
}

Instruction DecodeBranch(uint32_t w, uint32_t pc) {
  constexpr Op kOps[8] = {Op::kBeq, Op::kBne, Op::kTrap, Op::kTrap,
                          Op::kBlt, Op::kBge, Op::kBltu, Op::kBgeu};
  const std::optional<int32_t> target = Target(pc, ImmB(w));
  const Op op = kOps[Funct3(w)];
  if (op == Op::kTrap || !target) return {};
  return {.op = op, .rs1 = Rs1(w), .rs2 = Rs2(w), .k0 = *target};
}

Instruction DecodeLoad(uint32_t w) {
  constexpr Op kOps[8] = {Op::kLb,  Op::kLh,  Op::kLw,   Op::kTrap,
                          Op::kLbu, Op::kLhu, Op::kTrap, Op::kTrap};
  const Op op = kOps[Funct3(w)];
  if (op == Op::kTrap) return {};
  return {.op = op, .rd = Destination(w), .rs1 = Rs1(w), .k0 = ImmI(w)};
}

Instruction DecodeStore(uint32_t w) {
  constexpr Op kOps[8] = {Op::kSb,   Op::kSh,   Op::kSw,   Op::kTrap,
                          Op::kTrap, Op::kTrap, Op::kTrap, Op::kTrap};
  const Op op = kOps[Funct3(w)];
  if (op == Op::kTrap) return {};
  return {.op = op, .rs1 = Rs1(w), .rs2 = Rs2(w), .k0 = ImmS(w)};
}

Instruction DecodeOpImmediate(uint32_t w) {
  const uint32_t value = static_cast<uint32_t>(ImmI(w));
  switch (Funct3(w)) {
    case 0:
      return {.op = Op::kAddi, .rd = Destination(w), .rs1 = Rs1(w), .k0 = ImmI(w)};
    case 1:
      return Funct7(w) == 0x00 ? WithImmediate(Op::kSll, w, value & 31) : Instruction{};
    case 2:
      return WithImmediate(Op::kSlt, w, value);
    case 3:
      return WithImmediate(Op::kSltu, w, value);
    case 4:
      return WithImmediate(Op::kXor, w, value);
    case 5:
      if (Funct7(w) == 0x00) return WithImmediate(Op::kSrl, w, value & 31);
      if (Funct7(w) == 0x20) return WithImmediate(Op::kSra, w, value & 31);
      return {};
    case 6:
      return WithImmediate(Op::kOr, w, value);
    default:
      return WithImmediate(Op::kAnd, w, value);
  }
}

Instruction DecodeOp(uint32_t w) {
  constexpr Op kBase[8] = {Op::kAdd, Op::kSll, Op::kSlt, Op::kSltu,
                           Op::kXor, Op::kSrl, Op::kOr,  Op::kAnd};
  constexpr Op kMulDiv[8] = {Op::kMul, Op::kMulh, Op::kMulhsu, Op::kMulhu,
                             Op::kDiv, Op::kDivu, Op::kRem,    Op::kRemu};
  Op op = Op::kTrap;
  if (Funct7(w) == 0x00) op = kBase[Funct3(w)];
  if (Funct7(w) == 0x01) op = kMulDiv[Funct3(w)];
  if (Funct7(w) == 0x20 && Funct3(w) == 0) op = Op::kSub;
  if (Funct7(w) == 0x20 && Funct3(w) == 5) op = Op::kSra;
  if (op == Op::kTrap) return {};
  return {.op = op, .rd = Destination(w), .rs1 = Rs1(w), .rs2 = Rs2(w)};
}

}  // namespace

Instruction Decode(uint32_t word, uint32_t pc) {
  const uint32_t upper = word & 0xFFFFF000;
  switch (Opcode(word)) {
    case 0x03:
      return DecodeLoad(word);
    case 0x0F:
      if (Funct3(word) != 0) return {};
      return {.op = Op::kAddi, .rd = kSinkRegister};
    case 0x13:
      return DecodeOpImmediate(word);
    case 0x17:
      return Constant(word, pc + upper, pc + 4);
    case 0x23:
      return DecodeStore(word);
    case 0x33:
      return DecodeOp(word);
    case 0x37:
      return Constant(word, upper, pc + 4);
    case 0x63:
      return DecodeBranch(word, pc);
    case 0x67:
      if (Funct3(word) != 0) return {};
      return {.op = Op::kJalr,
              .rd = Destination(word),
              .rs1 = Rs1(word),
              .k0 = ImmI(word),
              .k1 = Low(pc + 4),
              .k2 = High(pc + 4)};
    case 0x6F: {
      const std::optional<int32_t> target = Target(pc, ImmJ(word));
      if (!target) return {};
      return Constant(word, pc + 4, static_cast<uint32_t>(*target));
    }
    case 0x73:
      if (word != 0x00000073) return {};
      return {.op = Op::kEcall};
    default:
      return {};
  }
}

}  // namespace zkvm
