// Cycles of the time stamp counter per operation, as a counter of a benchmark. The core's own clock
// may be faster or slower.
#ifndef ZKVM_BENCH_CYCLES_H_
#define ZKVM_BENCH_CYCLES_H_

#include <benchmark/benchmark.h>
#include <x86intrin.h>

#include <cstdint>

namespace zkvm {

// Spans the loop of a benchmark; `operations` is the work of one iteration.
class CycleCounter {
 public:
  CycleCounter(benchmark::State& state, double operations)
      : state_(state), operations_(operations), begin_(__rdtsc()) {}
  ~CycleCounter() {
    const double total = operations_ * static_cast<double>(state_.iterations());
    state_.counters["cycles"] = static_cast<double>(__rdtsc() - begin_) / total;
    state_.counters["rate"] = benchmark::Counter(total, benchmark::Counter::kIsRate);
  }

 private:
  benchmark::State& state_;
  double operations_;
  uint64_t begin_;
};

}  // namespace zkvm

#endif  // ZKVM_BENCH_CYCLES_H_
