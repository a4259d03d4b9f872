#include "vm/executor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "isa/ecall.h"
#include "isa/framing.h"
#include "tests/support/assembler.h"
#include "tests/support/run_program.h"
#include "vm/stats.h"

namespace zkvm {
namespace {

using namespace reg;

TEST(EcallTest, HaltGivesTheExitCode) {
  Asm code;
  code.nop();
  code.halt(0xDEADBEEF);
  const ExecutionResult result = RunToHalt(code);
  EXPECT_EQ(result.exit_code, 0xDEADBEEFu);
  EXPECT_EQ(result.cycles, 5u);
}

TEST(EcallTest, InputComesInAnyPortions) {
  const std::vector<uint8_t> input = {1, 2, 3, 4, 5, 6, 7};
  for (const std::vector<uint32_t>& portions :
       {std::vector<uint32_t>{1, 1, 1}, {1, 2}, {2, 1}, {3}}) {
    Asm code;
    code.li(s0, 0x20000);
    for (const uint32_t count : portions) {
      code.mv(a0, s0);
      code.li(a1, count);
      code.hint();
      code.addi(s0, s0, static_cast<int32_t>(4 * count));
    }
    code.li(s0, 0x20000);
    for (int i = 0; i < 3; ++i) {
      code.lw(a0, s0, 4 * i);
      code.journal();
    }
    code.halt(0);
    EXPECT_EQ(RunToHalt(code, {.input = input}).journal, FrameBytes(input));
  }
}

TEST(EcallTest, NotesPrintPanicAndCount) {
  Asm code;
  const auto note = [&](Note kind, const std::string& text, uint32_t size) {
    code.li(a0, static_cast<uint32_t>(kind));
    code.la(a1, text);
    code.li(a2, size);
    code.call_host(Ecall::kNote);
  };
  note(Note::kPrint, "text", 4);
  note(Note::kMarkerBegin, "text", 0);
  note(Note::kMarkerBegin, "text", 0);
  note(Note::kMarkerEnd, "text", 0);
  note(Note::kMarkerEnd, "text", 0);
  note(Note::kMarkerEnd, "text", 0);
  note(Note::kMarkerBegin, "text", 0);
  note(Note::kPanic, "text", 3);
  code.li(a0, 77);  // no such note
  code.call_host(Ecall::kNote);
  code.li(a0, 0);
  code.li(a1, kMemoryEnd - 1);
  code.li(a2, 2);
  code.call_host(Ecall::kNote);
  code.halt(1);
  code.label("text");
  code.word(0x64636261);
  code.word(0);
  std::string printed;
  const ExecutionResult result =
      RunToHalt(code, {.on_stderr = [&](std::string_view text) { printed += text; }});
  EXPECT_EQ(printed, "abcd(2 bytes at 0x3ffdffff, outside memory)\n");
  EXPECT_EQ(result.panic, "abc");
  ASSERT_EQ(result.markers.size(), 1u);
  EXPECT_EQ(result.markers[0].name, "abcd");
  EXPECT_EQ(result.markers[0].entries, 3u);
  // A note takes 8 instructions; the outer pair spans 3 of them, the open one runs to the end.
  EXPECT_EQ(result.markers[0].cycles, 3 * 8u + 8 + (4 + 8 + 4) + 1);
}

TEST(StatsTest, CountsOpsFamiliesAndFunctions) {
  Asm code;
  code.function("main");
  code.li(s0, 10);
  code.label("loop");
  code.call("work");
  code.addi(s0, s0, -1);
  code.bne(s0, zero, "loop");
  code.halt(0);
  code.function("work");
  code.mul(t0, s0, s0);
  code.xori(t0, t0, 5);
  code.add(t1, t1, t0);
  code.ret();
  const Program program = code.Build();
  const CountedExecution counted = ExecuteCounting(program, {});
  const Stats stats = MakeStats(program, counted);
  EXPECT_EQ(stats.cycles, 2u + 10 * 7 + 4);
  EXPECT_EQ(stats.op_cycles[static_cast<size_t>(Op::kMul)], 10u);
  EXPECT_EQ(stats.op_cycles[static_cast<size_t>(Op::kEcall)], 1u);
  EXPECT_EQ(stats.family_cycles[static_cast<size_t>(Family::kBitwise)], 10u);
  EXPECT_EQ(stats.family_cycles[static_cast<size_t>(Family::kUpper)], 2u + 10);
  EXPECT_EQ(stats.family_cycles[static_cast<size_t>(Family::kJalr)], 10u);
  ASSERT_EQ(stats.functions.size(), 2u);
  EXPECT_EQ(stats.functions[0].name, "work");
  EXPECT_EQ(stats.functions[0].cycles, 40u);
  EXPECT_EQ(stats.functions[1].cycles, stats.cycles - 40);
}

}  // namespace
}  // namespace zkvm
