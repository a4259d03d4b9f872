#include "vm/fault.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "isa/ecall.h"
#include "precompiles/tensor/descriptor.h"
#include "tests/support/assembler.h"
#include "tests/support/run_program.h"
#include "vm/executor.h"
#include "vm/program_fixed.h"

namespace zkvm {
namespace {

using namespace reg;

Fault FaultOf(Asm& a, const ExecutorOptions& options = {}) {
  const ExecutionResult result = Execute(a.Build(), options);
  if (!result.fault) {
    ADD_FAILURE() << "the program halted";
    return {};
  }
  EXPECT_EQ(result.fault->Message().find('\n'), std::string::npos);
  return *result.fault;
}

TEST(FaultTest, IllegalInstructionNamesItsPlace) {
  Asm code;
  code.function("main");
  code.nop();
  code.function("broken");
  code.nop();
  code.ebreak();
  const Fault fault = FaultOf(code);
  EXPECT_EQ(fault.kind, FaultKind::kIllegalInstruction);
  EXPECT_EQ(fault.Message(),
            "fault at 0x00010008 (broken+0x4): ebreak (0x100073): illegal instruction: the program "
            "stopped itself (abort or trap)");
}

TEST(FaultTest, MisalignedAccess) {
  using Emitter = void (Asm::*)(int, int, int32_t);
  const std::pair<Emitter, std::vector<int>> accesses[] = {{&Asm::lw, {1, 2, 3}},
                                                           {&Asm::lh, {1, 3}},
                                                           {&Asm::lhu, {1, 3}},
                                                           {&Asm::sw, {1, 2, 3}},
                                                           {&Asm::sh, {1, 3}}};
  for (const auto& [access, offsets] : accesses) {
    for (const int offset : offsets) {
      Asm code;
      code.li(t0, 0x20000);
      (code.*access)(t1, t0, offset);
      const Fault fault = FaultOf(code);
      EXPECT_EQ(fault.kind, FaultKind::kMisaligned);
      EXPECT_EQ(fault.pc, 0x10008u);
    }
  }
  Asm code;
  code.li(t0, 0x20000);
  code.lw(a0, t0, 2);
  EXPECT_EQ(
      FaultOf(code).Message(),
      "fault at 0x00010008 (?): lw a0, 2(t0): reads 0x00020002, which is not a multiple of 4");
}

TEST(FaultTest, AccessOutsideMemory) {
  using Emitter = void (Asm::*)(int, int, int32_t);
  const Emitter accesses[] = {&Asm::lb, &Asm::lbu, &Asm::lh, &Asm::lhu,
                              &Asm::lw, &Asm::sb,  &Asm::sh, &Asm::sw};
  // The image begins at 0x10000.
  const uint32_t outside[] = {0,          0xFFFC,     kMemoryEnd, 0x3FFF0000,
                              0x40000000, 0x80000000, 0xFFFF0000, 0xFFFFFFFC};
  const uint32_t inside[] = {0x10000, kMemoryEnd - 4, 0x20000000};
  for (const Emitter access : accesses) {
    for (const uint32_t address : outside) {
      Asm code;
      code.li(t0, address);
      (code.*access)(t1, t0, 0);
      EXPECT_EQ(FaultOf(code).kind, FaultKind::kOutOfRange) << std::hex << address;
    }
    for (const uint32_t address : inside) {
      Asm code;
      code.li(t0, address);
      (code.*access)(t1, t0, 0);
      code.halt(0);
      RunToHalt(code);
    }
  }
  Asm code;
  code.lw(a0, zero, 4);
  EXPECT_EQ(FaultOf(code).Message(),
            "fault at 0x00010000 (?): lw a0, 4(zero): reads 4 bytes at 0x00000004, outside memory "
            "(0x10000 to 0x3ffe0000): a null pointer?");
}

// A load into x0 has no result, but its access counts.
TEST(FaultTest, LoadsIntoX0StillAccess) {
  Asm outside;
  outside.lw(zero, zero, 0);
  EXPECT_EQ(FaultOf(outside).kind, FaultKind::kOutOfRange);
  Asm misaligned;
  misaligned.li(t0, 0x10001);
  misaligned.lh(zero, t0, 0);
  EXPECT_EQ(FaultOf(misaligned).kind, FaultKind::kMisaligned);
}

TEST(FaultTest, AddressesWrapAround) {
  Asm code(0x1000);
  code.li(t0, 0xFFFFFFFC);
  code.lw(a0, t0, 2044);  // 0x7F8
  EXPECT_EQ(FaultOf(code).kind, FaultKind::kOutOfRange);
}

TEST(FaultTest, JumpsOutsideTheProgram) {
  struct Destination {
    uint32_t address;
    std::string reason;
  };
  const Destination destinations[] = {
      {0,
       "jumps to 0x00000000, outside the program: a null function pointer? (0x10000 to 0x1000c)"},
      {0xFFFC, "jumps to 0x0000fffc, outside the program (0x10000 to 0x1000c)"},
      {0x1000C, "jumps to 0x0001000c, outside the program (0x10000 to 0x1000c)"},
      {0x10002, "jumps to 0x00010002, which is not a multiple of 4 (0x10000 to 0x1000c)"},
      {0x3FFE0000, "jumps to 0x3ffe0000, outside the program (0x10000 to 0x1000c)"},
      {0xFFFFFFF8, "jumps to 0xfffffff8, outside the program (0x10000 to 0x1000c)"}};
  for (const Destination& d : destinations) {
    Asm code;
    code.li(t0, d.address);
    code.jalr(ra, t0, 0);
    const Fault fault = FaultOf(code);
    EXPECT_EQ(fault.kind, FaultKind::kBadJump);
    EXPECT_EQ(fault.reason, d.reason);
    EXPECT_EQ(fault.pc, 0x10008u);
  }
  Asm branch;
  branch.beq(zero, zero, -4096);
  EXPECT_EQ(FaultOf(branch).reason,
            "jumps to 0x0000f000, outside the program (0x10000 to 0x10004)");
  Asm jump;
  jump.jal(zero, 4096);
  EXPECT_EQ(FaultOf(jump).kind, FaultKind::kBadJump);
  Asm not_taken;
  not_taken.bne(zero, zero, 4096);
  not_taken.halt(0);
  RunToHalt(not_taken);
}

TEST(FaultTest, RunningPastTheEnd) {
  Asm code;
  code.nop();
  EXPECT_EQ(FaultOf(code).Message(),
            "fault at 0x00010004 (?): end of the program: ran past the last instruction of the "
            "program");
}

TEST(FaultTest, UnknownEnvironmentCall) {
  for (const uint32_t number : {0u, 8u, 93u, 0xFFFFFFFF}) {
    Asm code;
    code.li(a7, number);
    code.ecall();
    EXPECT_EQ(FaultOf(code).kind, FaultKind::kBadEcall);
  }
}

TEST(FaultTest, TensorCalls) {
  Asm code;
  code.function("main");
  code.li(a0, 3);
  code.call_host(Ecall::kTensor);
  code.halt(0);
  Program program = code.Build();
  const auto message = [&] {
    const ExecutionResult result = Execute(program, {});
    if (!result.fault || result.fault->kind != FaultKind::kBadTensor) ADD_FAILURE();
    return result.fault ? result.fault->Message() : "";
  };
  const std::string none = message();
  EXPECT_TRUE(none.starts_with("fault at 0x0001000c (main+0xc): ecall: ")) << none;
  EXPECT_NE(none.find("a0 = 3 is no descriptor"), std::string::npos) << none;
  // One descriptor that means nothing.
  program.model_descriptors.resize(sizeof(tensor::Descriptor));
  EXPECT_NE(message().find("the model: descriptor 0"), std::string::npos) << message();
  EXPECT_NE(CheckProgram(program).message().find("model: descriptor 0"), std::string::npos);
  program.model_descriptors.pop_back();
  EXPECT_NE(message().find("the model: "), std::string::npos) << message();
}

Asm HintOf(uint32_t address, uint32_t count) {
  Asm code;
  code.li(a0, address);
  code.li(a1, count);
  code.hint();
  code.halt(0);
  return code;
}

TEST(FaultTest, BadHints) {
  const std::vector<uint8_t> input(40);
  const ExecutorOptions options{.input = input};
  const auto kind = [&](uint32_t address, uint32_t count) {
    Asm code = HintOf(address, count);
    return FaultOf(code, options).kind;
  };
  EXPECT_EQ(kind(0x20000, 0), FaultKind::kBadHint);
  EXPECT_EQ(kind(0x20000, 12), FaultKind::kBadHint);
  EXPECT_EQ(kind(0x20000, kMaxHintWords + 1), FaultKind::kBadHint);
  EXPECT_EQ(kind(0x20000, 0xFFFFFFFF), FaultKind::kBadHint);
  EXPECT_EQ(kind(0x20002, 1), FaultKind::kMisaligned);
  EXPECT_EQ(kind(kMemoryEnd - 4, 2), FaultKind::kOutOfRange);
  EXPECT_EQ(kind(0, 1), FaultKind::kOutOfRange);
  EXPECT_EQ(kind(0xFFFFFFFC, 2), FaultKind::kOutOfRange);
  Asm good = HintOf(kMemoryEnd - 44, 11);
  RunToHalt(good, options);
  Asm too_much = HintOf(0x20000, 12);
  EXPECT_EQ(FaultOf(too_much, options).reason,
            "the program asked for 12 words of input, 11 are left (--input)");
}

TEST(FaultTest, CycleLimit) {
  Asm code;
  code.function("main");
  code.label("loop");
  code.j("loop");
  const Program program = code.Build();
  const ExecutionResult result = Execute(program, {.max_cycles = 1000});
  ASSERT_TRUE(result.fault);
  EXPECT_EQ(result.cycles, 1000u);
  EXPECT_EQ(result.fault->Message(),
            "fault at 0x00010000 (main): jal zero, 0x10000: the program did not halt within 1000 "
            "cycles (--max-cycles)");
  Asm halting;
  halting.halt(0);  // 4 instructions
  EXPECT_FALSE(Execute(halting.Build(), {.max_cycles = 4}).fault);
  EXPECT_EQ(Execute(halting.Build(), {.max_cycles = 3}).fault->kind, FaultKind::kCycleLimit);
}

}  // namespace
}  // namespace zkvm
