// Instructions per second of the executor and the recorder on a loop of arithmetic, shifts, memory
// and branches, in about the mix of compiled code.
#include "vm/executor.h"

#include <benchmark/benchmark.h>

#include <cstdint>

#include "tests/support/assembler.h"
#include "vm/recorder.h"

namespace zkvm {
namespace {

Program MixedLoop(uint32_t iterations) {
  using namespace reg;
  Asm a;
  a.li(sp, 0x200000);
  a.li(s0, iterations);
  a.li(t0, 12345);
  a.label("loop");
  a.sw(t0, sp, 0);
  a.slli(t1, t0, 13);
  a.xor_(t0, t0, t1);
  a.srli(t1, t0, 17);
  a.xor_(t0, t0, t1);
  a.lw(t2, sp, 0);
  a.add(t3, t2, t0);
  a.andi(t4, t3, 3);
  a.beq(t4, zero, "skip");
  a.mul(t5, t4, t3);
  a.sb(t5, sp, 7);
  a.lbu(t6, sp, 7);
  a.label("skip");
  a.sltu(a2, t0, t3);
  a.add(a3, a3, a2);
  a.addi(s0, s0, -1);
  a.bne(s0, zero, "loop");
  a.halt(0);
  return a.Build();
}

template <class Run>
void Measure(benchmark::State& state, const Run& run) {
  const Program program = MixedLoop(static_cast<uint32_t>(state.range(0)));
  uint64_t cycles = 0;
  for (auto _ : state) cycles += run(program).cycles;
  state.counters["instructions"] =
      benchmark::Counter(static_cast<double>(cycles), benchmark::Counter::kIsRate);
}

void BM_Execute(benchmark::State& state) {
  Measure(state, [](const Program& program) { return Execute(program, {}); });
}
BENCHMARK(BM_Execute)->Arg(1 << 18)->Unit(benchmark::kMillisecond);

void BM_ExecuteCounting(benchmark::State& state) {
  Measure(state, [](const Program& program) { return ExecuteCounting(program, {}).result; });
}
BENCHMARK(BM_ExecuteCounting)->Arg(1 << 18)->Unit(benchmark::kMillisecond);

void BM_Record(benchmark::State& state) {
  Measure(state, [](const Program& program) { return RecordExecution(program, {}).result; });
}
BENCHMARK(BM_Record)->Arg(1 << 18)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace zkvm

BENCHMARK_MAIN();
