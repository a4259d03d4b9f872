// CALL: honest rows and forgeries.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "precompiles/tensor/chips/call.h"
#include "tests/precompiles/chip_trial.h"

namespace zkvm::tensor {
namespace {

constexpr uint32_t kPointer = 1000;  // before the first call
constexpr uint32_t kFirstPc = 0x10000, kFirstTime = 400000;

const std::vector<CallPlan>& Plans() {
  constexpr uint32_t kWorkers = kFirstWorkerProgram;
  static const std::vector<CallPlan> kPlans = {
      // A linear call of two sources with garbage.
      {{kOutWorker, kWorkers, 2},
       {kTermWorker, kWorkers + 1, 0},
       70000,
       {40, 60, 0},
       kWorkers + 2,
       kHasA | kHasB | kTensor0 | kTensor1 | kSourcesToB | kHasGarbage},
      // An import.
      {{kIo8Worker, kWorkers + 3, 0}, {}, 3, {}, 0, kHasA | kSourcesToA},
      // A second role of a tensor.
      {{kEvalWorker, kWorkers + 4, 0}, {}, 0, {5, 0, 0}, 0, kHasA | kTensor0 | kInPlace},
      // The place of a maximum.
      {{kArgmaxWorker, kWorkers + 5, 0},
       {},
       0,
       {2, 0, 0},
       0,
       kHasA | kTensor0 | kSourcesToA | kReturnsValue},
      // Three sources, evaluated.
      {{kElementwiseWorker, kWorkers + 6, 7},
       {kEvalWorker, kWorkers + 7, 0},
       9,
       {1, 2, 3},
       0,
       kHasA | kHasB | kTensor0 | kTensor1 | kTensor2 | kSourcesToA},
  };
  return kPlans;
}

// Call d is of descriptor d.
TensorCall CallAt(uint32_t d) {
  TensorCall call;
  call.pc = kFirstPc + 8 * d;
  call.ts = kFirstTime + 40 * d;
  call.descriptor = d;
  call.pointer = kPointer;
  for (uint32_t i = 0; i < d; ++i) call.pointer += Plans()[i].size;
  call.size = Plans()[d].size;
  call.source = {call.pointer - Plans()[d].extent[0], 70 + d, 300 + d};
  if (d == 1) call.source = {0x00200004, 0xFFFFFFFF, 5};
  call.result = (Plans()[d].flags & kInPlace) != 0        ? call.source[0]
                : (Plans()[d].flags & kReturnsValue) != 0 ? 9
                                                          : call.pointer;
  call.prev_a7 = call.ts - 5;
  call.prev_pointer = call.ts - 7;
  call.prev_a = {call.ts - 4, call.ts - 8, call.ts - 60000, call.ts - 12};
  return call;
}

using Row = Call::Main<Fp>;
using Rows = std::vector<Row>;

Row RowOf(const TensorCall& call, const CallPlan& plan) {
  Row row{};
  Call::Fill(call, plan, row);
  if ((plan.flags & kHasGarbage) != 0) row.garbage_uses = 4;
  return row;
}

class CallTest : public testing::Test {
 protected:
  CallTest() {
    for (uint32_t d = 0; d < Plans().size(); ++d) {
      world_.AddProgram(CallProgram(d), {Plans()[d].Step0(), Plans()[d].Step1()});
      const TensorCall call = CallAt(d);
      world_.Add(kProgram, static_cast<int>(call.pc), OpCode(zkvm::Op::kEcall), 0, 0, 0, 0, 0, 0);
      world_.AddTuple(kSpaceState, call.pc, 0, call.ts);
      AddRegister(kRegA7, static_cast<uint32_t>(Ecall::kTensor), call.prev_a7);
      AddRegister(kRegA0, d, call.prev_a[0]);
      for (uint8_t k = 0; k < kMaxSources; ++k) {
        AddRegister(static_cast<uint8_t>(kRegA1 + k), call.source[k], call.prev_a[k + 1]);
      }
      AddPointer(call.pointer, call.prev_pointer);
    }
    // A worker's program, which no value of a0 may reach.
    world_.AddProgram(kFirstWorkerProgram, {{1, 2, 3, 4, 5, 6}, {7, 0, 0, 0, 0, kHasA}});
  }

  void AddRegister(uint8_t reg, uint32_t value, uint32_t time) {
    world_.AddTuple(kSpaceRegister, reg, value, time);
  }
  void AddPointer(uint32_t value, uint32_t time) {
    world_.AddFact({World::kTuples, {kSpaceRegister, kTensorPointer, value, 0, time}});
  }

  static Rows HonestRows() {
    Rows rows;
    for (uint32_t d = 0; d < Plans().size(); ++d) rows.push_back(RowOf(CallAt(d), Plans()[d]));
    return rows;
  }

  World world_;
};

size_t FlagAt(CallFlag flag) { return static_cast<size_t>(std::countr_zero(uint32_t{flag})); }

TEST_F(CallTest, StartsTheWorkers) {
  const Trial<Call> trial(world_, HonestRows());
  EXPECT_TRUE(trial.Judge(trial.honest()).violated.empty());
  const auto started = [&](const std::vector<uint32_t>& fields) {
    return trial.claims().contains({kStart.id, fields});
  };
  constexpr uint32_t kWorkers = kFirstWorkerProgram;
  EXPECT_TRUE(started({kOutWorker, kFirstTime, kWorkers, 2, 1000, 0, 0, 0}));
  EXPECT_TRUE(started({kTermWorker, kFirstTime, kWorkers + 1, 0, 1000, 960, 70, 0}));
  EXPECT_TRUE(started({kIo8Worker, kFirstTime + 40, kWorkers + 3, 0, 71000, 0x00200004, 0, 0}));
  EXPECT_TRUE(started({kEvalWorker, kFirstTime + 80, kWorkers + 4, 0, 70998, 0, 0, 0}));
  EXPECT_TRUE(started({kArgmaxWorker, kFirstTime + 120, kWorkers + 5, 0, 71003, 71001, 0, 0}));
  EXPECT_TRUE(
      started({kElementwiseWorker, kFirstTime + 160, kWorkers + 6, 7, 71003, 71002, 74, 304}));
  EXPECT_TRUE(started({kEvalWorker, kFirstTime + 160, kWorkers + 7, 0, 71003, 0, 0, 0}));
  EXPECT_TRUE(trial.claims().contains({kResult.id, {kFirstTime + 120, 9}}));
  EXPECT_TRUE(trial.claims().contains({kGarbage.id, {kFirstTime, kWorkers + 2}}));
}

// No cell of a row can be changed, alone or together with its neighbour.
TEST_F(CallTest, EveryCellIsFixed) {
  Trial<Call> trial(world_, HonestRows());
  trial.TryAllCells();
}

// Registers that hold anything, so that a call is refused for what it asks.
TEST_F(CallTest, IllegalCallsAreRefused) {
  const auto refuse = [&](const std::string& name, const TensorCall& call, const CallPlan& plan,
                          const auto& change) {
    AddRegister(kRegA0, call.descriptor, call.prev_a[0]);
    for (uint8_t k = 0; k < kMaxSources; ++k) {
      AddRegister(static_cast<uint8_t>(kRegA1 + k), call.source[k], call.prev_a[k + 1]);
    }
    AddPointer(call.pointer, call.prev_pointer);
    Trial<Call> trial(world_, {});
    trial.Try(name, [&](Rows& rows) {
      rows[0] = RowOf(call, plan);
      change(rows[0]);
    });
  };
  const auto as_it_is = [](Row&) {};
  const auto with = [](uint32_t d, auto change) {
    TensorCall call = CallAt(d);
    change(call);
    return call;
  };

  // 1, 2: descriptors.
  refuse("no descriptor", with(0, [](TensorCall& c) { c.descriptor = 5; }), Plans()[0], as_it_is);
  refuse("descriptor 2^16", with(0, [](TensorCall& c) { c.descriptor = 1 << 16; }), Plans()[0],
         as_it_is);
  refuse("a worker's program",
         with(0, [](TensorCall& c) { c.descriptor = kFirstWorkerProgram - 1; }),
         {{1, 2, 3}, {4, 5, 6}, 7, {}, 0, kHasA}, as_it_is);
  CallPlan merged = Plans()[0];
  merged.a = Plans()[4].a;
  refuse("workers of another descriptor", CallAt(0), merged, as_it_is);
  merged = Plans()[0];
  merged.size = Plans()[1].size;
  refuse("size of another descriptor", CallAt(0), merged, as_it_is);
  // 3, 4, 10: the pointer.
  refuse("a result below the pointer", CallAt(0), Plans()[0], [](Row& row) {
    row.dst -= 1;
    row.result.lo -= 1;
  });
  refuse("a pointer that stays", CallAt(1), Plans()[1], [](Row& row) { row.size = 0; });
  refuse("a pointer beyond the space",
         with(1, [](TensorCall& c) { c.pointer = c.result = kMaxCells - 2; }), Plans()[1],
         as_it_is);
  // 5, 6: sources that are not finished.
  for (uint32_t k = 0; k < kMaxSources; ++k) {
    const auto source = [&](uint32_t handle) {
      return with(4, [&](TensorCall& c) { c.source[k] = handle; });
    };
    const uint32_t pointer = CallAt(4).pointer;
    refuse("a source that ends beyond the pointer", source(pointer - k), Plans()[4], as_it_is);
    refuse("the result as source", source(pointer), Plans()[4], as_it_is);
    refuse("a source far away", source(1 << 27), Plans()[4], as_it_is);
    refuse("a handle plus p", source(Fp::kModulus + 70), Plans()[4], [&](Row& row) {
      row.room_hi[k] = Fp::FromU32((pointer - 70 - Plans()[4].extent[k]) >> 16);
    });
  }
  refuse("an address plus p", with(1, [](TensorCall& c) { c.source[0] = Fp::kModulus + 4; }),
         Plans()[1], as_it_is);
  // 8: workers.
  refuse("a worker not started", CallAt(4), Plans()[4],
         [](Row& row) { row.flags[FlagAt(kHasB)] = 0; });
  refuse("a worker started twice", CallAt(1), Plans()[1], [](Row& row) {
    row.flags[FlagAt(kHasB)] = 1;
    row.job_b = row.job_a;
  });
  refuse("sources for the other worker", CallAt(4), Plans()[4], [](Row& row) {
    row.job_b.src = row.job_a.src;
    row.job_a.src.fill(0);
  });
  refuse("other sources", CallAt(4), Plans()[4], [](Row& row) { row.job_a.src[1] += 1; });
  // 9: results.
  refuse("another result", CallAt(4), Plans()[4], [](Row& row) { row.result.lo -= 1; });
  refuse("another value", CallAt(3), Plans()[3], [](Row& row) { row.result.lo += 1; });
  refuse("a result of other limbs", CallAt(0), Plans()[0], [](Row& row) {
    row.result.lo += 1 << 16;
    row.result.hi -= 1;
  });
  // Garbage of a call that has none.
  refuse("garbage", CallAt(4), Plans()[4], [](Row& row) { row.garbage_uses = 1; });
}

TEST_F(CallTest, PaddingDoesNothing) {
  for (int time : {0, 77}) {
    const auto idle = [&] {
      Row row{};
      row.ts = row.prev_a7 = row.prev_a0 = row.prev_pointer = time;
      row.prev_a.fill(time);
      return row;
    };
    AddPointer(0, 77);
    AddRegister(kRegA0, 0, 77);
    Trial<Call> trial(world_, {idle()});
    EXPECT_TRUE(trial.Judge(trial.honest()).violated.empty());
    trial.TryAllCells();
    trial.Try("moves the pointer", [](Rows& rows) { rows[0].size = 5; });
    trial.Try("writes a0",
              [](Rows& rows) { rows[0].pointer = rows[0].dst = rows[0].result.lo = 5; });
    trial.Try("starts a worker", [](Rows& rows) { rows[0].flags[FlagAt(kHasA)] = 1; });
    trial.Try("takes a result", [](Rows& rows) { rows[0].flags[FlagAt(kReturnsValue)] = 1; });
    trial.Try("has garbage", [](Rows& rows) { rows[0].garbage_uses = 1; });
  }
}

}  // namespace
}  // namespace zkvm::tensor
