// Honest executions that the forgeries of boundary_test.cc start from.
#ifndef ZKVM_TESTS_VM_BOUNDARY_WORLD_H_
#define ZKVM_TESTS_VM_BOUNDARY_WORLD_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "tests/support/assembler.h"
#include "tests/support/audit.h"
#include "tests/support/script.h"

namespace zkvm {

// An instruction of the execution.
struct Moment {
  uint32_t pc, ts;
};

// What the execution is honest about.
enum class Honesty { kAll, kAllButAHintPointer, kAllButAHintCount };

// Sees to it that every table of the memory boundary and of the environment calls has rows, and
// that a register nobody needs is set (a moment where another instruction may be put) while a7
// still holds the number of each call.
struct World {
  explicit World(Honesty honesty) {
    // Arguments that mean 1 word at word 2 of the image in the field, but not as integers.
    constexpr uint32_t kAddress = Script::kImageBase + 8;
    if (honesty == Honesty::kAllButAHintPointer) {
      s.HintWith(kAddress + Fp::kModulus, 1, kAddress, {88});
    }
    if (honesty == Honesty::kAllButAHintCount) {
      s.HintWith(kAddress, 1 + Fp::kModulus, kAddress, {88});
    }
    s.Set(reg::a2, 5);
    s.Hint(Buffer(), {10, 11, 12});
    s.Hint(Script::kImageBase + 12, {77});
    s.Hint(Buffer(), {20, 21});
    s.Hint(Buffer(), {20, 21});
    after_hint = SetIdle(26);
    s.Journal(100);
    s.Journal(100);
    after_journal = SetIdle(27);
    s.Note();
    s.Note();
    s.NoteAgain();
    after_note = SetIdle(28);
    s.NoteAgain();
    s.Refresh(30);
    s.Refresh(30);
    s.Refresh(kJournalRegister);
    s.Set(reg::a0, s.zero_base() + 0x100);
    load = {s.pc(), s.ts()};
    s.Run({.op = Op::kLw, .rd = reg::a3, .rs1 = reg::a0});
    s.Set(reg::a7, static_cast<uint32_t>(Ecall::kHalt));
    before_halt = SetIdle(25);
    s.Halt(0);
  }

  // Three words around a multiple of 2^16 words above zero_base.
  uint32_t Buffer() const { return s.zero_base() + 0x3FFF8; }
  Moment SetIdle(int reg) {
    const Moment now{s.pc(), s.ts()};
    s.Set(reg, 0);
    return now;
  }

  Audit MakeAudit() const {
    return Audit(s.program(), s.record(), {s.program().entry, 0, {100, 100}});
  }

  // Of the image only word 3 is touched. The instruction at pc 0 is never executed.
  Script s{{1, 0x10000, 0, 7}, 0, {{.op = Op::kUpper, .rd = 29}}};
  Moment after_hint{}, after_journal{}, after_note{}, load{}, before_halt{};
};

// Rows of the tables in a World.
inline constexpr size_t kHintOfThree = 0;     // rows 0, 1, 2
inline constexpr size_t kHintOfOne = 3;       // writes word 3 of the image
inline constexpr size_t kHintOfTwo = 4;       // rows 4, 5
inline constexpr size_t kHintOfTwoAgain = 6;  // rows 6, 7
inline constexpr size_t kZeroLoaded = 0;      // offset 0x40: read, still 0
inline constexpr size_t kZeroBuffer = 1;      // offsets 0xFFFE, 0xFFFF, 0x10000

}  // namespace zkvm

#endif  // ZKVM_TESTS_VM_BOUNDARY_WORLD_H_
