// Instructions and operands for every chip.
#ifndef ZKVM_TESTS_VM_CHIPS_CASES_H_
#define ZKVM_TESTS_VM_CHIPS_CASES_H_

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "tests/vm/chips/judge.h"
#include "vm/chips/add_sub.h"
#include "vm/chips/addi.h"
#include "vm/chips/bitwise.h"
#include "vm/chips/branch_equal.h"
#include "vm/chips/branch_less.h"
#include "vm/chips/div_rem.h"
#include "vm/chips/jalr.h"
#include "vm/chips/load_part.h"
#include "vm/chips/load_word.h"
#include "vm/chips/mul.h"
#include "vm/chips/mul_high.h"
#include "vm/chips/set_less.h"
#include "vm/chips/shift.h"
#include "vm/chips/store_part.h"
#include "vm/chips/store_word.h"
#include "vm/chips/upper.h"

namespace zkvm::chip_test {

struct Form {
  Op op;
  bool immediate = false;
};

// The instructions of a chip, and where its rows keep their opcode flags.
template <class Chip>
struct Traits;

template <>
struct Traits<AddSub> {
  static std::vector<Form> Forms() { return {{Op::kAdd}, {Op::kSub}}; }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.is_add, &r.is_sub};
  }
};
template <>
struct Traits<Addi> {
  static std::vector<Form> Forms() { return {{Op::kAddi}}; }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.real};
  }
};
template <>
struct Traits<Upper> {
  static std::vector<Form> Forms() { return {{Op::kUpper}}; }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.real};
  }
};
template <>
struct Traits<Jalr> {
  static std::vector<Form> Forms() { return {{Op::kJalr}}; }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.real};
  }
};
template <>
struct Traits<BranchEqual> {
  static std::vector<Form> Forms() { return {{Op::kBeq}, {Op::kBne}}; }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.is_eq, &r.is_ne};
  }
};
template <>
struct Traits<BranchLess> {
  static std::vector<Form> Forms() { return {{Op::kBlt}, {Op::kBge}, {Op::kBltu}, {Op::kBgeu}}; }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.is_lt, &r.is_ge, &r.is_ltu, &r.is_geu};
  }
};
template <>
struct Traits<SetLess> {
  static std::vector<Form> Forms() {
    return {{Op::kSlt}, {Op::kSltu}, {Op::kSlt, true}, {Op::kSltu, true}};
  }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.is_slt, &r.is_sltu, &r.is_immediate};
  }
};
template <>
struct Traits<Bitwise> {
  static std::vector<Form> Forms() {
    return {{Op::kAnd}, {Op::kOr}, {Op::kXor}, {Op::kAnd, true}, {Op::kOr, true}, {Op::kXor, true}};
  }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.is_and, &r.is_or, &r.is_xor, &r.is_immediate};
  }
};
template <>
struct Traits<Shift> {
  static std::vector<Form> Forms() {
    return {{Op::kSll},       {Op::kSrl},       {Op::kSra},
            {Op::kSll, true}, {Op::kSrl, true}, {Op::kSra, true}};
  }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.is_left, &r.is_right, &r.is_arithmetic, &r.is_immediate};
  }
};
template <>
struct Traits<LoadWord> {
  static std::vector<Form> Forms() { return {{Op::kLw}}; }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.real};
  }
};
template <>
struct Traits<StoreWord> {
  static std::vector<Form> Forms() { return {{Op::kSw}}; }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.real};
  }
};
template <>
struct Traits<LoadPart> {
  static std::vector<Form> Forms() { return {{Op::kLb}, {Op::kLbu}, {Op::kLh}, {Op::kLhu}}; }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.is_lb, &r.is_lbu, &r.is_lh, &r.is_lhu};
  }
};
template <>
struct Traits<StorePart> {
  static std::vector<Form> Forms() { return {{Op::kSb}, {Op::kSh}}; }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.is_sb, &r.is_sh};
  }
};
template <>
struct Traits<Mul> {
  static std::vector<Form> Forms() { return {{Op::kMul}}; }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.real};
  }
};
template <>
struct Traits<MulHigh> {
  static std::vector<Form> Forms() { return {{Op::kMulh}, {Op::kMulhsu}, {Op::kMulhu}}; }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.is_mulh, &r.is_mulhsu, &r.is_mulhu};
  }
};
template <>
struct Traits<DivRem> {
  static std::vector<Form> Forms() { return {{Op::kDiv}, {Op::kDivu}, {Op::kRem}, {Op::kRemu}}; }
  template <class Row>
  static auto Flags(Row& r) {
    return std::vector{&r.is_div, &r.is_divu, &r.is_rem, &r.is_remu};
  }
};

// A valid case from any two numbers: they are the operands, or address, data and immediate are
// derived from them. Registers are distinct: rd = 5, rs1 = 6, rs2 = 7.
Case MakeCase(Form form, uint32_t x, uint32_t y);

// Operands at which carries, signs and ranges change.
const std::vector<uint32_t>& CornerWords();

template <class Chip>
typename Chip::template Main<Fp> FilledRow(const Case& c) {
  typename Chip::template Main<Fp> row{};
  Chip::Fill(c.step, c.instruction, row);
  return row;
}

// A padding row that stands at a pc and a time.
template <class Chip>
typename Chip::template Main<Fp> IdleRow() {
  typename Chip::template Main<Fp> row{};
  row.pc = 0x1000;
  row.ts = 400;
  if constexpr (requires { row.prev_a; }) row.prev_a = row.ts;
  if constexpr (requires { row.prev_b; }) row.prev_b = row.ts;
  if constexpr (requires { row.prev_c; }) row.prev_c = row.ts;
  if constexpr (requires { row.prev_value; }) row.prev_value = row.ts;
  if constexpr (requires { row.next_pc; }) row.next_pc = row.pc;
  if constexpr (requires { row.odd; }) row.a.lo = row.pc;
  return row;
}

template <class Chip>
inline constexpr size_t kColumns = ChipWidth<Chip>::kMain;

// The cells of a row in column order.
template <class Row>
auto* Cells(Row& row) {
  using Cell = std::conditional_t<std::is_const_v<Row>, const Fp, Fp>;
  return reinterpret_cast<Cell*>(&row);
}

}  // namespace zkvm::chip_test

#endif  // ZKVM_TESTS_VM_CHIPS_CASES_H_
