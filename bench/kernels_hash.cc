// Throughput of the hash kernels on one core, and of tree building on all.
#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "stark/arena.h"
#include "stark/hash/blake3.h"
#include "stark/hash/blake3_lanes.h"
#include "stark/hash/domain.h"
#include "stark/hash/grind.h"
#include "stark/merkle/tree.h"
#include "stark/simd.h"

namespace zkvm {
namespace {

Matrix RandomMatrix(size_t rows, size_t cols) {
  Matrix matrix(rows, cols);
  uint32_t state = 1;
  for (size_t j = 0; j < cols; ++j) {
    for (size_t i = 0; i < rows; ++i) {
      state = state * 1664525 + 1013904223;
      matrix.column(j)[i] = Fp::FromU32(state);
    }
  }
  return matrix;
}

void CountBytes(benchmark::State& state, size_t bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(bytes) * state.iterations());
}

// Rows of `cols` words; bytes of the columns.
void LeafHashing(benchmark::State& state) {
  SetActiveIsa(static_cast<Isa>(state.range(0)));
  const size_t cols = static_cast<size_t>(state.range(1));
  const size_t rows = size_t{1} << (cols > 300 ? 16 : 18);
  const Matrix matrix = RandomMatrix(rows, cols);
  std::vector<const uint32_t*> columns;
  for (size_t j = 0; j < cols; ++j) {
    columns.push_back(reinterpret_cast<const uint32_t*>(matrix.column(j)));
  }
  Buffer buffer(8 * (rows + 80) * sizeof(uint32_t));
  const DigestColumns digests = {buffer.As<uint32_t>(), rows + 80};
  for (auto _ : state) HashColumns(DomainKey(Domain::kLeaf), columns, 0, rows, digests);
  CountBytes(state, rows * cols * sizeof(Fp));
  SetActiveIsa(BestIsa());
}

// Pairs of digests; bytes of the digests hashed.
void NodeHashing(benchmark::State& state) {
  SetActiveIsa(static_cast<Isa>(state.range(0)));
  const size_t nodes = size_t{1} << 18;
  const Matrix children = RandomMatrix(nodes, 16);
  std::array<const uint32_t*, 16> columns;
  for (size_t j = 0; j < 16; ++j) {
    columns[j] = reinterpret_cast<const uint32_t*>(children.column(j));
  }
  Buffer buffer(8 * (nodes + 80) * sizeof(uint32_t));
  const DigestColumns digests = {buffer.As<uint32_t>(), nodes + 80};
  for (auto _ : state) HashColumns(DomainKey(Domain::kNode), columns, 0, nodes, digests);
  CountBytes(state, nodes * 64);
  SetActiveIsa(BestIsa());
}

// The verifier's hasher on one long message.
void ScalarHashing(benchmark::State& state) {
  const std::vector<uint8_t> message(1 << 20, 7);
  for (auto _ : state) benchmark::DoNotOptimize(Blake3Hash(message));
  CountBytes(state, message.size());
}

// A tree of 2^log_size rows of `cols` words, all threads; bytes of the columns.
void TreeBuilding(benchmark::State& state) {
  const int log_size = static_cast<int>(state.range(0));
  const size_t cols = static_cast<size_t>(state.range(1));
  const Matrix matrix = RandomMatrix(size_t{1} << log_size, cols);
  std::vector<const Fp*> columns;
  for (size_t j = 0; j < cols; ++j) columns.push_back(matrix.column(j));
  const TreeShape shape = {.log_blowup = 1, .levels = {{log_size, cols}}};
  for (auto _ : state) benchmark::DoNotOptimize(MerkleTree::Build(shape, {columns}).root());
  CountBytes(state, (sizeof(Fp) << log_size) * cols);
}

void Grinding(benchmark::State& state) {
  uint32_t seed = 0;
  int64_t hashes = 0;
  for (auto _ : state) {
    Transcript transcript;
    transcript.AbsorbU32(0, seed++);
    hashes += static_cast<int64_t>(Grind(&transcript, 0, static_cast<int>(state.range(0)))) + 1;
  }
  state.SetItemsProcessed(hashes);
}

constexpr int64_t kScalar = static_cast<int64_t>(Isa::kScalar);
constexpr int64_t kAvx2 = static_cast<int64_t>(Isa::kAvx2);
constexpr int64_t kAvx512 = static_cast<int64_t>(Isa::kAvx512);

BENCHMARK(LeafHashing)->ArgNames({"isa", "cols"})->ArgsProduct({{kAvx2, kAvx512}, {64, 256, 900}});
BENCHMARK(LeafHashing)->ArgNames({"isa", "cols"})->Args({kScalar, 64});
BENCHMARK(NodeHashing)->ArgName("isa")->Arg(kScalar)->Arg(kAvx2)->Arg(kAvx512);
BENCHMARK(ScalarHashing);
BENCHMARK(TreeBuilding)->ArgNames({"log_size", "cols"})->Args({19, 8})->Args({19, 100});
BENCHMARK(Grinding)->ArgName("bits")->Arg(16)->Arg(20);

}  // namespace
}  // namespace zkvm

BENCHMARK_MAIN();
