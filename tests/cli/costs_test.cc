// Predictions against proofs.
#include "cli/costs.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "cli/memory_model.h"
#include "stark/arena.h"
#include "tests/support/assembler.h"
#include "vm/machine.h"
#include "vm/proof.h"
#include "vm/prove.h"
#include "vm/recorder.h"

namespace zkvm {
namespace {

// Some of everything: loads, stores, products, divisions, input, output.
Program MixedProgram(uint32_t iterations) {
  constexpr uint32_t kBuffer = 0x20000;
  Asm a;
  a.li(reg::a0, kBuffer);
  a.li(reg::a1, 2);
  a.hint();
  a.li(reg::s0, iterations);
  a.li(reg::s1, kBuffer);
  a.label("loop");
  a.lw(reg::t0, reg::s1, 4);
  a.mul(reg::t1, reg::t0, reg::s0);
  a.divu(reg::t2, reg::t1, reg::s0);
  a.xor_(reg::t0, reg::t1, reg::t2);
  a.sw(reg::t0, reg::s1, 8);
  a.addi(reg::s1, reg::s1, 4);
  a.addi(reg::s0, reg::s0, -1);
  a.bne(reg::s0, reg::zero, "loop");
  a.mv(reg::a0, reg::t0);
  a.journal();
  a.halt(0);
  return a.Build();
}

void ExpectWithin(double tolerance, size_t predicted, size_t actual) {
  const double ratio = static_cast<double>(predicted) / static_cast<double>(actual);
  EXPECT_GT(ratio, 1 - tolerance) << predicted << " predicted, " << actual;
  EXPECT_LT(ratio, 1 + tolerance) << predicted << " predicted, " << actual;
}

// Peaks of a process only grow: every run needs more than the one before.
TEST(Costs, HeightsAndMemoryArePredicted) {
  const std::pair<uint32_t, const Preset*> runs[] = {
      {1 << 10, &kFast100}, {1 << 15, &kFast100}, {1 << 15, &kStd100}};
  for (const auto& [iterations, preset] : runs) {
    const std::vector<uint8_t> input = {1, 2, 3, 4};
    const Program program = MixedProgram(iterations);
    Recording recording = RecordExecution(program, {.input = input});
    ASSERT_FALSE(recording.result.fault) << recording.result.fault->Message();
    const Heights heights = HeightsOf(TableCosts(program, recording.record));
    const MemoryPrediction memory = PredictMemory(*preset, heights);

    ReleasePooledMemory();
    const ProvingKey key = MakeProvingKey(program, *preset);
    const Outcome outcome = {0, recording.result.journal};
    const std::vector<uint8_t> proof =
        ProveExecution(key, program, std::move(recording.record), outcome);
    VerifiedProof verified;
    const Status status = VerifyProof(key.verifying_key, proof, &verified);
    ASSERT_TRUE(status.ok()) << status.message();

    EXPECT_EQ(heights.log_heights, verified.heights.log_heights);
    EXPECT_EQ(heights.log_k, verified.heights.log_k);
    ExpectWithin(0.15, memory.buffers, CurrentMemoryUse().peak_in_use);
    ExpectWithin(0.25, memory.process, PeakMemory());
  }
}

TEST(Costs, AvailableMemoryIsSensible) {
  EXPECT_GT(AvailableMemory(), size_t{1} << 20);
  EXPECT_LT(AvailableMemory(), size_t{1} << 50);
  EXPECT_GT(PeakMemory(), size_t{1} << 20);
}

TEST(Costs, TimeGrowsWithTheTables) {
  const Heights small = {std::vector<int>(Rv32Machine().tables.size(), 12), 12};
  const Heights large = {std::vector<int>(Rv32Machine().tables.size(), 20), 20};
  EXPECT_GT(PredictSeconds(kFast100, small), 0);
  EXPECT_GT(PredictSeconds(kFast100, large), 10 * PredictSeconds(kFast100, small));
}

}  // namespace
}  // namespace zkvm
