// The trace of one execution, as the recorder leaves it and the chips read it.
#ifndef ZKVM_VM_RECORD_H_
#define ZKVM_VM_RECORD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "isa/instruction.h"
#include "precompiles/blake3/call.h"
#include "precompiles/memory/quad_access.h"
#include "precompiles/sha256/call.h"
#include "precompiles/tensor/record.h"
#include "vm/guest_model.h"
#include "vm/step.h"

namespace zkvm {

// The chips that prove instructions: one table each.
enum class Family : uint8_t {
  kAddSub,
  kAddi,
  kUpper,
  kJalr,
  kBranchEqual,
  kBranchLess,
  kSetLess,
  kBitwise,
  kShift,
  kLoadWord,
  kStoreWord,
  kLoadPart,
  kStorePart,
  kMul,
  kMulHigh,
  kDivRem,
};
inline constexpr size_t kNumFamilies = 16;

// REQUIRES: op is an instruction proved by a family (not kTrap, not kEcall).
constexpr Family FamilyOf(Op op) {
  switch (op) {
    case Op::kAddi:
      return Family::kAddi;
    case Op::kUpper:
      return Family::kUpper;
    case Op::kJalr:
      return Family::kJalr;
    case Op::kBeq:
    case Op::kBne:
      return Family::kBranchEqual;
    case Op::kBlt:
    case Op::kBge:
    case Op::kBltu:
    case Op::kBgeu:
      return Family::kBranchLess;
    case Op::kSlt:
    case Op::kSltu:
      return Family::kSetLess;
    case Op::kAnd:
    case Op::kOr:
    case Op::kXor:
      return Family::kBitwise;
    case Op::kSll:
    case Op::kSrl:
    case Op::kSra:
      return Family::kShift;
    case Op::kLw:
      return Family::kLoadWord;
    case Op::kSw:
      return Family::kStoreWord;
    case Op::kLb:
    case Op::kLbu:
    case Op::kLh:
    case Op::kLhu:
      return Family::kLoadPart;
    case Op::kSb:
    case Op::kSh:
      return Family::kStorePart;
    case Op::kMul:
      return Family::kMul;
    case Op::kMulh:
    case Op::kMulhsu:
    case Op::kMulhu:
      return Family::kMulHigh;
    case Op::kDiv:
    case Op::kDivu:
    case Op::kRem:
    case Op::kRemu:
      return Family::kDivRem;
    default:
      return Family::kAddSub;
  }
}

// A register about to exceed the 2^16 gap is re-read by a pseudo-instruction of its own time
// (protocol.md, 9.3). The state goes (pc, ts) -> (pc, ts + 4).
struct RefreshStep {
  uint32_t pc, ts, reg, value, prev;
};
// prev_a7, prev_a0, prev_a1: times of the previous accesses to a7, a0, a1 (all read in slot 0).
struct HaltStep {
  uint32_t pc, ts, exit_code, prev_a7, prev_a0;
};
// The journal counter (register 33) is written in slot 1: index -> index + 1.
struct JournalStep {
  uint32_t pc, ts, word, index, prev_a7, prev_a0, prev_index;
};
struct NoteStep {
  uint32_t pc, ts, prev_a7;
};
// One word of a hint block, written in slot 1 of its call's time.
struct HintWord {
  uint32_t value, old, prev;
};
struct HintBlock {
  uint32_t pc, ts, address, count, prev_a7, prev_a0, prev_a1;
  size_t first_word;  // index in Record::hint_words
};

struct FinalWord {
  uint32_t value, ts;
};
struct ZeroWord {
  uint32_t offset;  // word address - zero_base / 4
  uint32_t value, ts;
};

struct Record {
  std::array<std::vector<Step>, kNumFamilies> steps;
  std::vector<RefreshStep> refreshes;
  std::vector<JournalStep> journal;
  std::vector<NoteStep> notes;
  std::vector<HintBlock> hints;
  std::vector<HintWord> hint_words;
  std::vector<Sha256Step> sha256;
  std::vector<Blake3Step> blake3;
  std::vector<QuadStep> quads;
  tensor::TensorRecord tensors;
  std::shared_ptr<const GuestModel> model;  // of the program, if it has one
  HaltStep halt{};

  std::array<FinalWord, kNumRegisters> final_registers{};
  std::vector<FinalWord> final_image;  // one for each Program::image word; untouched: initial, ts 0
  std::vector<ZeroWord> zero_words;    // the touched words above zero_base, by ascending offset

  uint64_t cycles = 0;  // executed instructions, ECALLs included, refreshes not
};

}  // namespace zkvm

#endif  // ZKVM_VM_RECORD_H_
