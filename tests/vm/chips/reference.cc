#include "tests/vm/chips/reference.h"

#include "isa/air/buses.h"

namespace zkvm::chip_test {
namespace {

// Words of any width up to 32 bits.
struct WordSize {
  int bits;

  int64_t End() const { return int64_t{1} << bits; }
  int64_t Signed(uint32_t x) const { return x >= End() / 2 ? x - End() : int64_t{x}; }
  // The integer mod 2^bits.
  uint32_t Wrap(int64_t x) const { return static_cast<uint32_t>(((x % End()) + End()) % End()); }
  // The upper half of the product.
  uint32_t HighHalf(int64_t x, int64_t y) const {
    const __int128 product = static_cast<__int128>(x) * y;
    return static_cast<uint32_t>(static_cast<unsigned __int128>(product) >> bits &
                                 static_cast<unsigned __int128>(End() - 1));
  }
  uint32_t ShiftedRight(uint32_t x, uint32_t distance, bool arithmetic) const {
    const uint32_t width = static_cast<uint32_t>(bits);
    uint32_t result = 0;
    for (uint32_t i = 0; i < width; ++i) {
      const uint32_t from = i + distance;
      const uint32_t bit = from < width ? (x >> from) & 1 : (arithmetic ? x >> (width - 1) : 0);
      result |= bit << i;
    }
    return result;
  }

  uint32_t Arithmetic(Op op, uint32_t a, uint32_t b) const {
    const uint32_t distance = b % static_cast<uint32_t>(bits);
    const uint32_t all_ones = Wrap(-1);
    switch (op) {
      case Op::kAdd:
      case Op::kAddi:
        return Wrap(int64_t{a} + int64_t{b});
      case Op::kSub:
        return Wrap(int64_t{a} - int64_t{b});
      case Op::kSlt:
        return Signed(a) < Signed(b) ? 1 : 0;
      case Op::kSltu:
        return a < b ? 1 : 0;
      case Op::kAnd:
        return a & b;
      case Op::kOr:
        return a | b;
      case Op::kXor:
        return a ^ b;
      case Op::kSll:
        return Wrap(static_cast<int64_t>((uint64_t{a} << distance) & all_ones));
      case Op::kSrl:
        return ShiftedRight(a, distance, false);
      case Op::kSra:
        return ShiftedRight(a, distance, true);
      case Op::kMul:
        return static_cast<uint32_t>((uint64_t{a} * b) & all_ones);
      case Op::kMulh:
        return HighHalf(Signed(a), Signed(b));
      case Op::kMulhsu:
        return HighHalf(Signed(a), int64_t{b});
      case Op::kMulhu:
        return HighHalf(int64_t{a}, int64_t{b});
      case Op::kDiv:
        return b == 0 ? all_ones : Wrap(Signed(a) / Signed(b));
      case Op::kDivu:
        return b == 0 ? all_ones : a / b;
      case Op::kRem:
        return b == 0 ? a : Wrap(Signed(a) % Signed(b));
      default:
        return b == 0 ? a : a % b;
    }
  }

  bool Taken(Op op, uint32_t a, uint32_t b) const {
    switch (op) {
      case Op::kBeq:
        return a == b;
      case Op::kBne:
        return a != b;
      case Op::kBlt:
        return Signed(a) < Signed(b);
      case Op::kBge:
        return Signed(a) >= Signed(b);
      case Op::kBltu:
        return a < b;
      default:
        return a >= b;
    }
  }

  uint32_t OfLimbs(int32_t lo, int32_t hi) const {
    return static_cast<uint32_t>(lo) + (static_cast<uint32_t>(hi) << (bits / 2));
  }
  // The quarter of the address space that memory lies in; the machine's ends a little earlier.
  uint32_t AddressEnd() const { return static_cast<uint32_t>(End() / 4); }
};

bool Loads(Op op) { return op >= Op::kLw && op <= Op::kLhu; }
bool Stores(Op op) { return op >= Op::kSw && op <= Op::kSh; }
bool Branches(Op op) { return op >= Op::kBeq && op <= Op::kBgeu; }

uint32_t SizeOf(Op op) {
  if (op == Op::kLw || op == Op::kSw) return 4;
  return op == Op::kLh || op == Op::kLhu || op == Op::kSh ? 2 : 1;
}

}  // namespace

std::vector<uint32_t> SlotsOf(const Instruction& instruction) {
  const Op op = instruction.op;
  if (op == Op::kUpper) return {2};
  if (Branches(op)) return {0, 1};
  if (op == Op::kAddi || op == Op::kJalr || instruction.immediate) return {0, 2};
  return {0, 1, 2};
}

std::optional<Execution> Execute(const Instruction& instruction, const Step& step, int byte_bits) {
  const WordSize word{4 * byte_bits};
  const Op op = instruction.op;
  Execution result{step.pc + 4, {}};
  const auto reads = [&](uint32_t slot, uint32_t reg, uint32_t value) {
    result.accesses.push_back({kSpaceRegister, slot, reg, value, value});
  };
  const auto writes = [&](uint32_t value) {
    result.accesses.push_back({kSpaceRegister, 2, instruction.rd, step.old, value});
  };

  if (op == Op::kUpper) {
    result.next_pc = static_cast<uint32_t>(instruction.k2);
    writes(word.OfLimbs(instruction.k0, instruction.k1));
    return result;
  }
  reads(0, instruction.rs1, step.a);
  const uint32_t address = word.Wrap(int64_t{step.a} + instruction.k0);
  if (op == Op::kJalr) {
    result.next_pc = address - address % 2;
    if (result.next_pc % 4 != 0 || result.next_pc >= word.AddressEnd()) return std::nullopt;
    writes(word.OfLimbs(instruction.k1, instruction.k2));
    return result;
  }
  if (Branches(op)) {
    reads(1, instruction.rs2, step.b);
    if (word.Taken(op, step.a, step.b)) result.next_pc = static_cast<uint32_t>(instruction.k0);
    return result;
  }
  if (Loads(op) || Stores(op)) {
    const uint32_t size = SizeOf(op);
    if (address % size != 0 || address >= word.AddressEnd()) return std::nullopt;
    const uint32_t bits = static_cast<uint32_t>(byte_bits);
    const uint32_t shift = bits * (address % 4);
    const uint32_t mask = word.Wrap((int64_t{1} << (bits * size)) - 1);
    if (Stores(op)) {
      reads(1, instruction.rs2, step.b);
      const uint32_t stored = (step.old & ~(mask << shift)) | ((step.b & mask) << shift);
      result.accesses.push_back({kSpaceRam, 2, address / 4, step.old, stored});
      return result;
    }
    result.accesses.push_back({kSpaceRam, 1, address / 4, step.b, step.b});
    uint32_t loaded = (step.b >> shift) & mask;
    const bool is_signed = op == Op::kLb || op == Op::kLh;
    if (is_signed && loaded > mask / 2) loaded = word.Wrap(int64_t{loaded} - int64_t{mask} - 1);
    writes(loaded);
    return result;
  }
  if (op == Op::kAddi) {
    writes(word.Arithmetic(op, step.a, word.Wrap(instruction.k0)));
  } else if (instruction.immediate) {
    writes(word.Arithmetic(op, step.a, word.OfLimbs(instruction.k0, instruction.k1)));
  } else {
    reads(1, instruction.rs2, step.b);
    writes(word.Arithmetic(op, step.a, step.b));
  }
  return result;
}

}  // namespace zkvm::chip_test
