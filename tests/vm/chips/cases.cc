#include "tests/vm/chips/cases.h"

namespace zkvm::chip_test {
namespace {

constexpr uint32_t kPc = 0x1000;
constexpr uint32_t kTime = 400000;

int32_t SignExtended12(uint32_t x) { return static_cast<int32_t>(x << 20) >> 20; }

void SetLimbs(uint32_t value, Instruction& instruction) {
  instruction.k0 = static_cast<int32_t>(value & 0xFFFF);
  instruction.k1 = static_cast<int32_t>(value >> 16);
}

// base = address - immediate mod 2^32.
void SetBase(uint32_t address, uint32_t immediate, Case& c) {
  c.instruction.k0 = SignExtended12(immediate);
  c.step.a = address - static_cast<uint32_t>(c.instruction.k0);
}

}  // namespace

const std::vector<uint32_t>& CornerWords() {
  static const std::vector<uint32_t> kWords = {
      0,          1,          2,          0x7F,       0x80,       0xFF,       0x100,
      0x7FFF,     0x8000,     0xFFFF,     0x10000,    0x10001,    0x7FFF0000, 0x7FFFFFFF,
      0x80000000, 0x80000001, 0x8000FFFF, 0xFFFF0000, 0xFFFF8000, 0xFFFFFF80, 0xFFFFFFFE,
      0xFFFFFFFF, 0x78000001, 0xF0000002, 31,         32,         33,         0xDEADBEEF};
  return kWords;
}

Case MakeCase(Form form, uint32_t x, uint32_t y) {
  const Op op = form.op;
  Case c{};
  c.step = {kPc, kTime, x, y, x ^ (y * 2654435761U), {kTime - 40, kTime - 77, kTime - 3}};
  c.instruction = {op, form.immediate, 5, 6, 7, 0, 0, 0};
  Instruction& instruction = c.instruction;

  if (op == Op::kUpper) {
    instruction.rs1 = instruction.rs2 = 0;
    SetLimbs(x, instruction);
    instruction.k2 = static_cast<int32_t>(y % 0x3FFF0000 / 4 * 4);
  } else if (op == Op::kJalr) {
    instruction.rs2 = 0;
    SetBase(x % 0x3FFE0000 / 4 * 4 + (x >> 31), y, c);
    instruction.k1 = kPc + 4;
  } else if (op >= Op::kBeq && op <= Op::kBgeu) {
    instruction.rd = 0;
    instruction.k0 = 0x2340;
  } else if (op >= Op::kLw && op <= Op::kSh) {
    const bool is_store = op >= Op::kSw;
    const bool is_word = op == Op::kLw || op == Op::kSw;
    const bool is_byte = op == Op::kLb || op == Op::kLbu || op == Op::kSb;
    const uint32_t size = is_word ? 4 : is_byte ? 1 : 2;
    (is_store ? instruction.rd : instruction.rs2) = 0;
    SetBase(x % 0x3FFE0000 / size * size, y >> 8, c);
    c.step.prev[is_store ? 2 : 1] = kTime - 300000;
  } else if (op == Op::kAddi) {
    instruction.rs2 = 0;
    instruction.k0 = SignExtended12(y);
  } else if (form.immediate) {
    instruction.rs2 = 0;
    const bool is_shift = op == Op::kSll || op == Op::kSrl || op == Op::kSra;
    SetLimbs(is_shift ? y % 32 : static_cast<uint32_t>(SignExtended12(y)), instruction);
  }
  return c;
}

}  // namespace zkvm::chip_test
