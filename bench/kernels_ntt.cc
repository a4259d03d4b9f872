// Transforms of one column by one core, and of a matrix by all: nanoseconds and time stamp counter
// cycles per element and layer. An extension to B cosets counts (1 + B) n log2(n) element layers.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "bench/cycles.h"
#include "stark/arena.h"
#include "stark/ntt/ntt.h"
#include "stark/simd.h"

namespace zkvm {
namespace {

double ElementLayers(int log_n) { return static_cast<double>(size_t{1} << log_n) * log_n; }

Matrix Constant(size_t rows, size_t cols) {
  Matrix matrix(rows, cols);
  for (size_t j = 0; j < cols; ++j) {
    std::fill_n(matrix.column(j), rows, Fp(static_cast<int>(j) + 12345));
  }
  return matrix;
}

void BM_Inverse(benchmark::State& state) {
  const int log_n = static_cast<int>(state.range(1));
  SetActiveIsa(static_cast<Isa>(state.range(0)));
  Matrix x = Constant(size_t{1} << log_n, 1);
  InverseNtt(x.column(0), log_n);
  const CycleCounter cycles(state, ElementLayers(log_n));
  for (auto _ : state) InverseNtt(x.column(0), log_n);
}

void BM_Forward(benchmark::State& state) {
  const int log_n = static_cast<int>(state.range(1));
  SetActiveIsa(static_cast<Isa>(state.range(0)));
  Matrix x = Constant(size_t{1} << log_n, 1);
  CosetNtt(x.column(0), x.column(0), log_n, Fp::Generator());
  const CycleCounter cycles(state, ElementLayers(log_n));
  for (auto _ : state) CosetNtt(x.column(0), x.column(0), log_n, Fp::Generator());
}

void BM_Extend(benchmark::State& state) {
  const int log_n = static_cast<int>(state.range(1));
  SetActiveIsa(static_cast<Isa>(state.range(0)));
  Matrix x = Constant(size_t{1} << log_n, 1);
  Matrix lde = Constant(size_t{2} << log_n, 1);
  ExtendColumn(x.column(0), lde.column(0), log_n, 1);
  const CycleCounter cycles(state, 3 * ElementLayers(log_n));
  for (auto _ : state) ExtendColumn(x.column(0), lde.column(0), log_n, 1);
}

void BM_ExtendMatrix(benchmark::State& state) {
  constexpr size_t kColumns = 16;
  const int log_n = static_cast<int>(state.range(1));
  SetActiveIsa(static_cast<Isa>(state.range(0)));
  Matrix x = Constant(size_t{1} << log_n, kColumns);
  Matrix lde = Constant(size_t{2} << log_n, kColumns);
  ExtendMatrix(x, lde, log_n, 1);
  const CycleCounter cycles(state, 3 * ElementLayers(log_n) * kColumns);
  for (auto _ : state) ExtendMatrix(x, lde, log_n, 1);
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  for (const int isa : {0, 1, 2}) {
    for (const int log_n : {10, 14, 16, 18, 20, 22}) benchmark->Args({isa, log_n});
  }
}

BENCHMARK(BM_Inverse)->Apply(Sizes);
BENCHMARK(BM_Forward)->Apply(Sizes);
BENCHMARK(BM_Extend)->Apply(Sizes);
BENCHMARK(BM_ExtendMatrix)->Apply(Sizes)->UseRealTime();

}  // namespace
}  // namespace zkvm

BENCHMARK_MAIN();
