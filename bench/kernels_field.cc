// Throughput of the packed field, elementwise on arrays in the first-level cache. The rate is in
// operations a second; cycles are of the time stamp counter.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "bench/cycles.h"
#include "stark/simd.h"
#include "tests/stark/packed_ops.h"

namespace zkvm {
namespace {

constexpr size_t kSize = 512;

const PackedOps& OpsOf(Isa isa) {
  switch (isa) {
    case Isa::kAvx512:
      return kPackedOpsAvx512;
    case Isa::kAvx2:
      return kPackedOpsAvx2;
    case Isa::kScalar:
      break;
  }
  return kPackedOpsScalar;
}

struct Columns {
  std::vector<std::vector<Fp>> columns;
  std::vector<const Fp*> in;

  explicit Columns(size_t count) {
    std::mt19937 random(1);
    for (size_t j = 0; j < count; ++j) {
      std::vector<Fp>& column = columns.emplace_back(kSize);
      for (Fp& x : column) x = Fp::FromU32(static_cast<uint32_t>(random()));
    }
    for (const auto& column : columns) in.push_back(column.data());
  }
  ConstColumns5 In5(size_t first) const {
    return {in[first], in[first + 1], in[first + 2], in[first + 3], in[first + 4]};
  }
  Columns5 Out5() {
    return {columns[0].data(), columns[1].data(), columns[2].data(), columns[3].data(),
            columns[4].data()};
  }
};

template <class Body>
void Measure(benchmark::State& state, size_t operations, const Body& body) {
  const auto isa = static_cast<Isa>(state.range(0));
  if (isa > BestIsa()) {
    state.SkipWithError("not on this processor");
    return;
  }
  const CycleCounter cycles(state, static_cast<double>(operations));
  for (auto _ : state) {
    body(OpsOf(isa));
    benchmark::ClobberMemory();
  }
}

void BM_Add(benchmark::State& state) {
  Columns c(2);
  Columns out(1);
  Measure(state, kSize,
          [&](const PackedOps& ops) { ops.add(c.in[0], c.in[1], out.columns[0].data(), kSize); });
}

void BM_Multiply(benchmark::State& state) {
  Columns c(2);
  Columns out(1);
  Measure(state, kSize, [&](const PackedOps& ops) {
    ops.multiply(c.in[0], c.in[1], out.columns[0].data(), kSize);
  });
}

// Terms of a sum of products.
void BM_Dot(benchmark::State& state) {
  constexpr size_t kTerms = 16;
  Columns c(kTerms);
  Columns out(1);
  Measure(state, kSize * kTerms,
          [&](const PackedOps& ops) { ops.dot(c.in, out.columns[0].data(), kSize); });
}

// Terms of a sum of base elements times elements of F.
void BM_Dot5(benchmark::State& state) {
  constexpr size_t kTerms = 16;
  Columns c(kTerms);
  Columns out(5);
  const std::vector<Fp5> weights(kTerms, Fp5::Basis(1) + 12345);
  Measure(state, kSize * kTerms,
          [&](const PackedOps& ops) { ops.dot5(c.in, weights.data(), false, out.Out5(), kSize); });
}

void BM_Multiply5(benchmark::State& state) {
  Columns c(10);
  Columns out(5);
  Measure(state, kSize,
          [&](const PackedOps& ops) { ops.multiply5(c.In5(0), c.In5(5), out.Out5(), kSize); });
}

void BM_Invert5(benchmark::State& state) {
  Columns c(5);
  Columns out(5);
  Measure(state, kSize, [&](const PackedOps& ops) { ops.invert5(c.In5(0), out.Out5(), kSize); });
}

BENCHMARK(BM_Add)->DenseRange(0, 2);
BENCHMARK(BM_Multiply)->DenseRange(0, 2);
BENCHMARK(BM_Dot)->DenseRange(0, 2);
BENCHMARK(BM_Dot5)->DenseRange(0, 2);
BENCHMARK(BM_Multiply5)->DenseRange(0, 2);
BENCHMARK(BM_Invert5)->DenseRange(0, 2);

}  // namespace
}  // namespace zkvm

BENCHMARK_MAIN();
