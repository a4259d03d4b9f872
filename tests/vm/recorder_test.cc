#include "vm/recorder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "isa/alu.h"
#include "isa/ecall.h"
#include "isa/framing.h"
#include "tests/support/assembler.h"
#include "tests/support/check_machine.h"
#include "tests/support/random_program.h"
#include "vm/program_fixed.h"
#include "vm/trace.h"

namespace zkvm {
namespace {

using namespace reg;

// Puts all steps of a record on one time line and all accesses of one address on one chain, and
// checks what the state and the memory argument demand of them.
class TimeLine {
 public:
  TimeLine(const Program& program, const Record& record) : program_(program), record_(record) {
    for (const std::vector<Step>& steps : record.steps) {
      for (const Step& s : steps) Add(s);
    }
    for (const RefreshStep& s : record.refreshes) {
      states_[s.ts] = {s.pc, s.pc};
      Register(s.reg, s.ts, s.prev, s.value, s.value);
    }
    for (const JournalStep& s : record.journal) {
      states_[s.ts] = {s.pc, s.pc + 4};
      ReadRegister(kRegA7, s.ts, s.prev_a7, static_cast<uint32_t>(Ecall::kJournal));
      ReadRegister(kRegA0, s.ts, s.prev_a0, s.word);
      Register(kJournalRegister, s.ts + 1, s.prev_index, s.index, s.index + 1);
    }
    for (const NoteStep& s : record.notes) {
      states_[s.ts] = {s.pc, s.pc + 4};
      ReadRegister(kRegA7, s.ts, s.prev_a7, static_cast<uint32_t>(Ecall::kNote));
    }
    for (const HintBlock& s : record.hints) {
      states_[s.ts] = {s.pc, s.pc + 4};
      ReadRegister(kRegA7, s.ts, s.prev_a7, static_cast<uint32_t>(Ecall::kHint));
      ReadRegister(kRegA0, s.ts, s.prev_a0, s.address);
      ReadRegister(kRegA1, s.ts, s.prev_a1, s.count);
      for (uint32_t i = 0; i < s.count; ++i) {
        const HintWord& w = record.hint_words[s.first_word + i];
        Word(s.address / 4 + i, s.ts + 1, w.prev, w.old, w.value);
      }
    }
    const HaltStep& halt = record.halt;
    states_[halt.ts] = {halt.pc, halt.pc};
    ReadRegister(kRegA7, halt.ts, halt.prev_a7, static_cast<uint32_t>(Ecall::kHalt));
    ReadRegister(kRegA0, halt.ts, halt.prev_a0, halt.exit_code);
  }

  // The largest gap between two accesses of one register.
  uint32_t Check() {
    CheckStates();
    CheckChains();
    return largest_gap_;
  }

 private:
  struct Access {
    uint32_t prev, before, after;
  };
  using Chain = std::map<uint32_t, Access>;  // by time

  void Add(const Step& s) {
    const Instruction& i = program_.text.at((s.pc - program_.text_base) / 4);
    uint32_t next = s.pc + 4;
    const uint32_t immediate = static_cast<uint32_t>(i.k0);
    const uint32_t word = static_cast<uint32_t>(i.k0 | i.k1 << 16);
    const auto write = [&](uint32_t value) { Register(i.rd, s.ts + 2, s.prev[2], s.old, value); };
    switch (FamilyOf(i.op)) {
      case Family::kUpper:
        write(word);
        next = static_cast<uint32_t>(i.k2);
        break;
      case Family::kJalr:
        ReadRegister(i.rs1, s.ts, s.prev[0], s.a);
        write(static_cast<uint32_t>(i.k1 | i.k2 << 16));
        next = (s.a + immediate) & ~1u;
        break;
      case Family::kBranchEqual:
      case Family::kBranchLess:
        ReadRegister(i.rs1, s.ts, s.prev[0], s.a);
        ReadRegister(i.rs2, s.ts + 1, s.prev[1], s.b);
        if (BranchTaken(i.op, s.a, s.b)) next = immediate;
        break;
      case Family::kLoadWord:
      case Family::kLoadPart: {
        const uint32_t address = s.a + immediate;
        ReadRegister(i.rs1, s.ts, s.prev[0], s.a);
        Word(address / 4, s.ts + 1, s.prev[1], s.b, s.b);
        write(LoadedValue(i.op, s.b, address));
        break;
      }
      case Family::kStoreWord:
      case Family::kStorePart: {
        const uint32_t address = s.a + immediate;
        ReadRegister(i.rs1, s.ts, s.prev[0], s.a);
        ReadRegister(i.rs2, s.ts + 1, s.prev[1], s.b);
        Word(address / 4, s.ts + 2, s.prev[2], s.old, StoredWord(i.op, s.old, address, s.b));
        break;
      }
      default:
        ReadRegister(i.rs1, s.ts, s.prev[0], s.a);
        if (i.op == Op::kAddi) {
          write(s.a + immediate);
        } else if (i.immediate) {
          write(Alu(i.op, s.a, word));
        } else {
          ReadRegister(i.rs2, s.ts + 1, s.prev[1], s.b);
          write(Alu(i.op, s.a, s.b));
        }
    }
    const bool fresh = states_.emplace(s.ts, std::pair(s.pc, next)).second;
    EXPECT_TRUE(fresh) << "two steps at time " << s.ts;
  }

  void Register(uint32_t r, uint32_t ts, uint32_t prev, uint32_t before, uint32_t after) {
    largest_gap_ = std::max(largest_gap_, ts - prev);
    registers_[r].emplace(ts, Access{prev, before, after});
    ++accesses_;
  }
  void ReadRegister(uint32_t r, uint32_t ts, uint32_t prev, uint32_t value) {
    Register(r, ts, prev, value, value);
  }
  void Word(uint32_t w, uint32_t ts, uint32_t prev, uint32_t before, uint32_t after) {
    words_[w].emplace(ts, Access{prev, before, after});
    ++accesses_;
  }

  void CheckStates() {
    ASSERT_EQ(states_.size(), record_.cycles + record_.refreshes.size());
    uint32_t ts = 4;
    uint32_t pc = program_.entry;
    for (const auto& [time, step] : states_) {
      ASSERT_EQ(time, ts);
      ASSERT_EQ(step.first, pc) << "at time " << ts;
      ts += 4;
      pc = step.second;
    }
    ASSERT_EQ(record_.halt.ts, ts - 4);
  }

  static void CheckChain(const Chain& chain, uint32_t initial, const FinalWord& end) {
    uint32_t time = 0;
    uint32_t value = initial;
    for (const auto& [ts, access] : chain) {
      ASSERT_EQ(access.prev, time);
      ASSERT_EQ(access.before, value) << "at time " << ts;
      time = ts;
      value = access.after;
    }
    ASSERT_EQ(end.ts, time);
    ASSERT_EQ(end.value, value);
  }

  void CheckChains() {
    size_t checked = 0;
    for (uint32_t r = 0; r < kNumRegisters; ++r) {
      CheckChain(registers_[r], 0, record_.final_registers[r]);
      checked += registers_[r].size();
    }
    ASSERT_EQ(registers_.size(), size_t{kNumRegisters});
    ASSERT_EQ(record_.final_image.size(), program_.image.size());
    for (size_t i = 0; i < program_.image.size(); ++i) {
      const Chain& chain = words_[program_.image_base / 4 + static_cast<uint32_t>(i)];
      CheckChain(chain, program_.image[i], record_.final_image[i]);
      checked += chain.size();
    }
    int64_t last = -1;
    for (const ZeroWord& w : record_.zero_words) {
      ASSERT_GT(int64_t{w.offset}, last);
      last = w.offset;
      const Chain& chain = words_[program_.zero_base() / 4 + w.offset];
      ASSERT_FALSE(chain.empty());
      CheckChain(chain, 0, {w.value, w.ts});
      checked += chain.size();
    }
    ASSERT_EQ(checked, accesses_) << "accesses outside the final memory, or two at one time";
  }

  const Program& program_;
  const Record& record_;
  std::map<uint32_t, std::pair<uint32_t, uint32_t>> states_;  // by time: pc, next pc
  std::map<uint32_t, Chain> registers_;
  std::map<uint32_t, Chain> words_;
  size_t accesses_ = 0;
  uint32_t largest_gap_ = 0;
};

Recording RecordAndCheck(const Program& program, const ExecutorOptions& options = {}) {
  Recording recording = RecordExecution(program, options);
  if (recording.result.fault) {
    ADD_FAILURE() << recording.result.fault->Message();
    return recording;
  }
  EXPECT_EQ(recording.record.cycles, recording.result.cycles);
  EXPECT_EQ(recording.record.halt.exit_code, recording.result.exit_code);
  EXPECT_LE(TimeLine(program, recording.record).Check(), 1u << 16);
  return recording;
}

// All tables of the machine, filled from the recording, satisfy all constraints and balance.
void ExpectProvable(const Program& program, Recording recording) {
  const Status status = CheckProgram(program);
  ASSERT_TRUE(status.ok()) << status.message();
  const ProgramFixed fixed = MakeProgramFixed(program);
  const Traces traces = FillTraces(program, std::move(recording.record));
  const ExecutionResult& result = recording.result;
  const CheckReport report =
      CheckMachine(fixed.columns, traces, {program.entry, result.exit_code, result.journal});
  EXPECT_TRUE(report.ok()) << report.problems.front();
}

// Every environment call, memory below and above zero_base, every register used and idle.
Asm Tour(uint32_t seed) {
  Asm a;
  RandomCode(a, seed).Emit(2, 40);
  a.la(s0, "block");
  a.mv(a0, s0);
  a.li(a1, 3);
  a.hint();
  a.li(s1, kMemoryEnd - 8);
  a.mv(a0, s1);
  a.li(a1, 2);
  a.hint();
  a.lw(a0, s0, 4);
  a.journal();
  a.lh(a0, s1, 6);
  a.journal();
  a.li(a0, static_cast<uint32_t>(Note::kPrint));
  a.mv(a1, s0);
  a.li(a2, 4);
  a.call_host(Ecall::kNote);
  a.li(s2, 0x100000);
  a.sb(a1, s2, 1);
  a.sw(s2, s2, 0x400);
  a.lw(t0, s2, 0x800);
  a.sw(s2, s1, 4);
  a.halt(3);
  a.label("block");
  for (uint32_t i = 0; i < 4; ++i) a.word(0xABCD0000 + i);
  a.label(RandomCode::kScratch);
  for (int i = 0; i < RandomCode::kScratchBytes / 4; ++i) a.word(0);
  return a;
}

TEST(RecorderTest, SmallestProgram) {
  Asm a;
  a.halt(7);
  const Program program = a.Build();
  const Recording recording = RecordAndCheck(program);
  EXPECT_EQ(recording.record.halt.ts, 4 * 4u);
  EXPECT_EQ(recording.record.zero_words.size(), 0u);
  ExpectProvable(program, recording);
}

TEST(RecorderTest, AccessTimesOfOneInstruction) {
  Asm a;
  a.addi(t0, zero, 5);
  a.add(t0, t0, t0);
  a.halt(0);
  const Recording recording = RecordAndCheck(a.Build());
  const std::vector<Step>& add = recording.record.steps[static_cast<size_t>(Family::kAddSub)];
  ASSERT_EQ(add.size(), 1u);
  EXPECT_EQ(add[0].ts, 8u);
  EXPECT_EQ(add[0].prev[0], 6u);  // the write of addi
  EXPECT_EQ(add[0].prev[1], 8u);  // slot 0
  EXPECT_EQ(add[0].prev[2], 9u);  // slot 1
  EXPECT_EQ(add[0].old, 5u);
}

TEST(RecorderTest, EverythingOnOneTimeLine) {
  std::vector<uint8_t> input(13);
  for (size_t i = 0; i < input.size(); ++i) input[i] = static_cast<uint8_t>(0xF0 + i);
  const std::vector<uint32_t> words = FrameBytes(input);
  for (uint32_t seed = 0; seed < 10; ++seed) {
    const Program program = Tour(seed).Build();
    std::string printed;
    const Recording recording = RecordAndCheck(
        program, {.input = input, .on_stderr = [&](std::string_view text) { printed += text; }});
    EXPECT_EQ(printed.size(), 4u);  // once, although the program ran twice
    EXPECT_EQ(recording.result.journal,
              (std::vector<uint32_t>{words[1],
                                     static_cast<uint32_t>(static_cast<int16_t>(words[4] >> 16))}));
    EXPECT_EQ(recording.record.hints.size(), 2u);
    EXPECT_EQ(recording.record.hint_words.size(), 5u);
    EXPECT_EQ(recording.record.zero_words.size(), 5u);
  }
}

TEST(RecorderTest, RecordingsSatisfyTheMachine) {
  const std::vector<uint8_t> input(16, 0x80);
  const Program program = Tour(99).Build();
  ExpectProvable(program, RecordAndCheck(program, {.input = input}));
}

// A loop that leaves most registers idle for many times the largest gap, around everything else
// that takes time.
TEST(RecorderTest, IdleRegistersAreRefreshedInTime) {
  for (const uint32_t length : {1u, 2u, 5u}) {
    Asm a;
    for (int r = 1; r < 32; ++r) a.li(r, static_cast<uint32_t>(r));
    a.li(s0, 100000 / (length + 2));
    a.label("loop");
    for (uint32_t i = 0; i < length; ++i) a.addi(t0, t0, 1);
    a.addi(s0, s0, -1);
    a.bne(s0, zero, "loop");
    for (int r = 0; r < 32; ++r) a.add(t0, t0, r);
    a.mv(a0, t0);
    a.journal();
    a.halt(0);
    const Recording recording = RecordAndCheck(a.Build());
    // 31 registers, 100,000 cycles, at least one refresh in 2^14 cycles and few more.
    EXPECT_GE(recording.record.refreshes.size(), 31u * 6);
    EXPECT_LE(recording.record.refreshes.size(), 31u * 7);
  }
}

TEST(RecorderTest, ShortProgramsNeedNoRefresh) {
  Asm a;
  a.li(s0, 5000);
  a.label("loop");
  a.addi(s0, s0, -1);
  a.bne(s0, zero, "loop");
  a.halt(0);
  EXPECT_EQ(RecordAndCheck(a.Build()).record.refreshes.size(), 0u);
}

TEST(RecorderTest, ReservesExactly) {
  const Program program = Tour(5).Build();
  const std::vector<uint8_t> input(16);
  const Recording recording = RecordAndCheck(program, {.input = input});
  for (const std::vector<Step>& steps : recording.record.steps) {
    EXPECT_EQ(steps.capacity(), steps.size());
  }
}

TEST(RecorderTest, FaultsLeaveNoRecord) {
  Asm a;
  a.nop();
  a.lw(t0, zero, 0);
  const Recording recording = RecordExecution(a.Build(), {});
  ASSERT_TRUE(recording.result.fault);
  EXPECT_EQ(recording.result.fault->kind, FaultKind::kOutOfRange);
  EXPECT_TRUE(recording.record.steps[static_cast<size_t>(Family::kAddi)].empty());
}

TEST(RecorderTest, ProgramsTooLongForOneProof) {
  Asm a;
  a.li(s0, (1 << 24) + 1);
  a.label("loop");
  a.addi(s0, s0, -1);
  a.bne(s0, zero, "loop");
  a.halt(0);
  const Recording recording = RecordExecution(a.Build(), {});
  ASSERT_TRUE(recording.result.fault);
  EXPECT_EQ(recording.result.fault->kind, FaultKind::kTooLong);
  EXPECT_EQ(recording.result.fault->reason,
            "16777220 addi instructions are more than the 16777215 that one proof can hold");
}

}  // namespace
}  // namespace zkvm
