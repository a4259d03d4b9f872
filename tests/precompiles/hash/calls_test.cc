// Calls of the hash functions in executed programs: results, faults, and traces that satisfy every
// constraint and balance every bus.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "precompiles/blake3/compress.h"
#include "precompiles/sha256/compress.h"
#include "tests/support/assembler.h"
#include "tests/support/check_machine.h"
#include "vm/executor.h"
#include "vm/fault.h"
#include "vm/program_fixed.h"
#include "vm/recorder.h"
#include "vm/trace.h"

namespace zkvm {
namespace {

constexpr uint32_t kCode = 0x10000;
constexpr uint32_t kData = 0x11000;  // in the image
constexpr uint32_t kDataWords = 64;
constexpr uint32_t kHeap = 0x400000;  // zero-initialised

struct HashCase {
  Ecall number;
  uint32_t state, block;
};

// A program that makes the calls and publishes all data words and some of the heap.
Program ProgramOf(const std::vector<HashCase>& calls, const std::vector<uint32_t>& data) {
  Asm code(kCode);
  for (const HashCase& call : calls) {
    code.li(reg::a0, call.state);
    code.li(reg::a1, call.block);
    code.call_host(call.number);
  }
  for (const auto& [begin, words] : {std::pair(kData, kDataWords), std::pair(kHeap, 16U)}) {
    for (uint32_t i = 0; i < words; ++i) {
      code.li(reg::t0, begin + 4 * i);
      code.lw(reg::a0, reg::t0, 0);
      code.journal();
    }
  }
  code.halt(0);
  while (code.pc() < kData) code.word(0);
  for (const uint32_t word : data) code.word(word);
  return code.Build();
}

std::vector<uint32_t> RandomData(uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint32_t> data(kDataWords);
  for (uint32_t& word : data) word = static_cast<uint32_t>(random());
  return data;
}

// What the calls leave in data and heap.
std::vector<uint32_t> Expected(const std::vector<HashCase>& calls, std::vector<uint32_t> memory) {
  memory.resize(kDataWords + 16);
  const auto at = [&](uint32_t address) {
    return memory.data() +
           (address >= kHeap ? kDataWords + (address - kHeap) / 4 : (address - kData) / 4);
  };
  const auto apply = [&](auto state, const HashCase& call, auto compress) {
    std::array<uint32_t, 16> block;
    std::copy_n(at(call.state), state.size(), state.begin());
    std::copy_n(at(call.block), 16, block.begin());
    compress(state, block);
    std::ranges::copy(state, at(call.state));
  };
  for (const HashCase& call : calls) {
    if (call.number == Ecall::kSha256) {
      apply(sha256::State(), call, &sha256::Compress);
    } else {
      apply(blake3::State(), call, &blake3::Compress);
    }
  }
  return memory;
}

const std::vector<std::vector<HashCase>>& CallsOfTests() {
  static const std::vector<std::vector<HashCase>> kCalls = {
      {{Ecall::kSha256, kData, kData + 64}},
      {{Ecall::kBlake3, kData, kData + 64}},
      // Twice the same, then onto other data, then with pointers exchanged.
      {{Ecall::kSha256, kData, kData + 64},
       {Ecall::kSha256, kData, kData + 64},
       {Ecall::kSha256, kHeap, kData + 60},
       {Ecall::kSha256, kData + 68, kHeap}},
      {{Ecall::kBlake3, kData, kData + 64},
       {Ecall::kBlake3, kData, kData + 64},
       {Ecall::kBlake3, kHeap, kData + 60},
       {Ecall::kBlake3, kData + 68, kHeap}},
      // State and block overlap in every way.
      {{Ecall::kSha256, kData, kData},
       {Ecall::kSha256, kData + 32, kData},
       {Ecall::kSha256, kData + 28, kData + 36},
       {Ecall::kSha256, kData + 40, kData}},
      {{Ecall::kBlake3, kData, kData},
       {Ecall::kBlake3, kData + 32, kData},
       {Ecall::kBlake3, kData + 28, kData + 36},
       {Ecall::kBlake3, kData + 40, kData},
       {Ecall::kBlake3, kData, kData + 32}},
      {{Ecall::kBlake3, kData, kData + 32},
       {Ecall::kSha256, kData + 16, kData},
       {Ecall::kSha256, kHeap, kHeap},
       {Ecall::kBlake3, kHeap + 16, kHeap}}};
  return kCalls;
}

TEST(HashCalls, ComputeAndAreProvable) {
  uint32_t seed = 0;
  for (const auto& calls : CallsOfTests()) {
    const std::vector<uint32_t> data = RandomData(++seed);
    const Program program = ProgramOf(calls, data);
    Recording recording = RecordExecution(program, {});
    ASSERT_FALSE(recording.result.fault) << recording.result.fault->Message();
    EXPECT_EQ(recording.result.journal, Expected(calls, data));
    const Claim claim = {program.entry, 0, recording.result.journal};
    const Traces traces = FillTraces(program, std::move(recording.record));
    const CheckReport report = CheckMachine(MakeProgramFixed(program).columns, traces, claim);
    EXPECT_TRUE(report.ok()) << report.problems[0];
  }
}

// The last block of rounds ends at the last active row: the row below it is the terminal row.
TEST(HashCalls, BlocksMayFillTheirTables) {
  // 30 blocks of 17 rows and one more are 511 active rows; 34 of 15 rows are 510.
  for (const auto& [number, count] :
       {std::pair(Ecall::kSha256, 30), std::pair(Ecall::kBlake3, 34)}) {
    const std::vector<HashCase> calls(static_cast<size_t>(count), {number, kData, kData + 64});
    const Program program = ProgramOf(calls, RandomData(99));
    Recording recording = RecordExecution(program, {});
    const Claim claim = {program.entry, 0, recording.result.journal};
    const Traces traces = FillTraces(program, std::move(recording.record));
    const CheckReport report = CheckMachine(MakeProgramFixed(program).columns, traces, claim);
    EXPECT_TRUE(report.ok()) << report.problems[0];
  }
}

TEST(HashCalls, BadPointersAreFaults) {
  struct Case {
    HashCase call;
    FaultKind kind;
    std::string message;
  };
  const Case cases[] = {{{Ecall::kSha256, kData + 2, kData},
                         FaultKind::kMisaligned,
                         "hashes at 0x00011002, which is not a multiple of 4"},
                        {{Ecall::kSha256, kData, kData + 1},
                         FaultKind::kMisaligned,
                         "hashes at 0x00011001, which is not a multiple of 4"},
                        {{Ecall::kSha256, 0, kData},
                         FaultKind::kOutOfRange,
                         "hashes 32 bytes at 0x00000000, outside"},
                        {{Ecall::kSha256, kData, 0x3FFE0000 - 60},
                         FaultKind::kOutOfRange,
                         "hashes 64 bytes at 0x3ffdffc4, outside"},
                        {{Ecall::kBlake3, 0x3FFE0000 - 32, kData},
                         FaultKind::kOutOfRange,
                         "hashes 48 bytes at 0x3ffdffe0, outside"},
                        {{Ecall::kBlake3, kData, 0xFFFFFFFC},
                         FaultKind::kOutOfRange,
                         "hashes 64 bytes at 0xfffffffc"}};
  for (const Case& c : cases) {
    const ExecutionResult result = Execute(ProgramOf({c.call}, RandomData(1)), {});
    ASSERT_TRUE(result.fault);
    EXPECT_EQ(result.fault->kind, c.kind);
    EXPECT_NE(result.fault->Message().find(c.message), std::string::npos)
        << result.fault->Message();
  }
  const ExecutionResult last =
      Execute(ProgramOf({{Ecall::kSha256, kData, 0x3FFE0000 - 64}}, RandomData(1)), {});
  EXPECT_FALSE(last.fault);
}

}  // namespace
}  // namespace zkvm
