// Determinism: the chips' constraints with 4-bit limbs over small primes. For each instruction and
// operands, every witness that satisfies the chip gives the result that the instruction set
// demands, and there is one unless there is no such memory or pc.
//
// The prime has to exceed what a constraint adds up as integers, as the real one does: about
// 2^8 / 2 for most chips (as 2^32 / 2 there), 2^9 where bytes are multiplied.
#include <gtest/gtest.h>

#include <random>

#include "tests/vm/chips/small_field.h"
#include "tests/vm/chips/witness_search.h"

namespace zkvm::chip_test {
namespace {

constexpr int kByteBits = 2;

template <int kPrime>
using Geometry4 = WordGeometry<SmallField<kPrime>, 2>;

// An instruction at pc 8 and time 12 with any operands.
Case SmallCase(Form form, uint32_t a, uint32_t b, uint32_t old, int immediate) {
  Case c = MakeCase(form, 0, 0);
  c.step = {8, 12, a, b, old, {12 - 3, 12 - 7, 12 - 1}};
  if (form.immediate) c.step.prev[1] = c.step.ts;
  Instruction& instruction = c.instruction;
  const auto set_limbs = [](uint32_t word, int32_t& lo, int32_t& hi) {
    lo = static_cast<int32_t>(word % 16);
    hi = static_cast<int32_t>(word / 16);
  };
  switch (form.op) {
    case Op::kJalr:
      instruction.k0 = immediate;
      set_limbs(12, instruction.k1, instruction.k2);
      break;
    case Op::kBeq:
    case Op::kBne:
    case Op::kBlt:
    case Op::kBge:
    case Op::kBltu:
    case Op::kBgeu:
      instruction.k0 = 28;
      break;
    case Op::kSll:
    case Op::kSrl:
    case Op::kSra:
      if (form.immediate) instruction.k0 = static_cast<int32_t>(b % 8);
      break;
    default:
      if (form.immediate) {
        set_limbs(b, instruction.k0, instruction.k1);
      } else if (form.op == Op::kAddi || (form.op >= Op::kLw && form.op <= Op::kSh)) {
        instruction.k0 = immediate;
      }
  }
  return c;
}

template <class F>
std::array<F, 5> TupleOf(const Access& access, uint32_t value, uint32_t time) {
  return {access.space, static_cast<int>(access.address), static_cast<int>(value % 16),
          static_cast<int>(value / 16), static_cast<int>(time)};
}

// All witnesses of one case.
template <class Chip, class F, class G>
void ExpectDeterminate(WitnessSearch<Chip, F, G>& search, const Case& c) {
  const std::optional<Execution> execution = Execute(c.instruction, c.step, kByteBits);
  size_t witnesses = 0;
  size_t wrong = 0;
  search.ForEachRow(c, [&](const RowEvaluator<F, G>& said) {
    ++witnesses;
    if (!execution) {
      ++wrong;
      return;
    }
    bool right = said.exchanges[0].produced ==
                 std::array<F, 5>{kSpaceState, static_cast<int>(execution->next_pc), 0, 0, 16};
    std::vector<typename RowEvaluator<F, G>::TuplePair> moved;
    for (const auto& pair : said.exchanges) {
      if (!pair.Cancels()) moved.push_back(pair);
    }
    right &= moved.size() == 1 + execution->accesses.size();
    for (size_t i = 0; right && i < execution->accesses.size(); ++i) {
      const Access& access = execution->accesses[i];
      right &= moved[i + 1].consumed == TupleOf<F>(access, access.before, c.step.prev[access.slot]);
      right &= moved[i + 1].produced == TupleOf<F>(access, access.after, 12 + access.slot);
    }
    if (!right) ++wrong;
  });
  ASSERT_EQ(wrong, 0U) << "op " << static_cast<int>(c.instruction.op) << " a " << c.step.a << " b "
                       << c.step.b << " k0 " << c.instruction.k0;
  bool is_possible = execution && execution->next_pc < search.kAddressEnd;
  if (is_possible) {
    for (const Access& access : execution->accesses) {
      is_possible &= access.space != kSpaceRam || access.address < search.kAddressEnd / 4;
    }
  }
  ASSERT_EQ(witnesses > 0, is_possible)
      << "op " << static_cast<int>(c.instruction.op) << " a " << c.step.a << " b " << c.step.b
      << " k0 " << c.instruction.k0 << " old " << c.step.old;
}

template <class Chip, int kPrime, int kCases>
struct Setting {
  using ChipType = Chip;
  using F = SmallField<kPrime>;
  static constexpr int kCasesPerForm = kCases;
};

template <class T>
class SmallLimbs : public testing::Test {};

using Settings = testing::Types<
    Setting<AddSub, 127, 2000>, Setting<Addi, 127, 2000>, Setting<Jalr, 127, 2000>,
    Setting<BranchEqual, 127, 300>, Setting<BranchLess, 127, 2000>, Setting<SetLess, 127, 2000>,
    Setting<Bitwise, 127, 200>, Setting<Shift, 127, 300>, Setting<LoadWord, 127, 2000>,
    Setting<StoreWord, 127, 2000>, Setting<LoadPart, 127, 500>, Setting<StorePart, 127, 500>,
    Setting<Mul, 509, 500>, Setting<MulHigh, 509, 50>, Setting<DivRem, 509, 50>>;
TYPED_TEST_SUITE(SmallLimbs, Settings);

TYPED_TEST(SmallLimbs, LeaveOneResult) {
  using Chip = typename TypeParam::ChipType;
  using F = typename TypeParam::F;
  std::mt19937 rng(5);
  for (const Form form : Traits<Chip>::Forms()) {
    WitnessSearch<Chip, F, WordGeometry<F, 2>> search(form);
    for (int i = 0; i < TypeParam::kCasesPerForm; ++i) {
      const uint32_t a = static_cast<uint32_t>(rng() % 256);
      uint32_t b = static_cast<uint32_t>(rng() % 256);
      if (i % 16 == 0) b = a;
      if (i % 16 == 1) b = a & 15;
      if (i % 16 == 2) b = 0;
      if (i % 16 == 3) b = 255;
      const uint32_t old = static_cast<uint32_t>(rng() % 256);
      const int immediate = static_cast<int>(rng() % 16) - 8;
      ASSERT_NO_FATAL_FAILURE(ExpectDeterminate(search, SmallCase(form, a, b, old, immediate)));
    }
  }
}

}  // namespace
}  // namespace zkvm::chip_test
