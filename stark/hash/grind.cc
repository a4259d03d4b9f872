#include "stark/hash/grind.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>

#include "stark/hash/blake3_lanes.h"
#include "stark/hash/domain.h"
#include "stark/parallel.h"

namespace zkvm {
namespace {

// Nonces of one HashColumns call, and calls between looks for a hit.
constexpr size_t kBatch = 512;
constexpr size_t kRoundBatches = 64;

// The least nonce in [first, first + kBatch) with the low bits of H_pow(state || nonce) zero, or
// UINT64_MAX.
uint64_t SearchBatch(const Blake3Words& state, uint32_t mask, uint64_t first) {
  alignas(64) uint32_t message[10][kBatch];
  std::array<const uint32_t*, 10> columns;
  for (size_t w = 0; w < columns.size(); ++w) columns[w] = message[w];
  for (size_t w = 0; w < state.size(); ++w) std::fill_n(message[w], kBatch, state[w]);
  for (size_t i = 0; i < kBatch; ++i) {
    message[8][i] = static_cast<uint32_t>(first + i);
    message[9][i] = static_cast<uint32_t>((first + i) >> 32);
  }
  alignas(64) uint32_t digests[8 * kBatch];
  HashColumns(DomainKey(Domain::kPow), columns, 0, kBatch, {digests, kBatch});
  for (size_t i = 0; i < kBatch; ++i) {
    if ((digests[i] & mask) == 0) return first + i;
  }
  return UINT64_MAX;
}

}  // namespace

uint64_t Grind(Transcript* transcript, uint8_t label, int bits) {
  const Blake3Words state = DigestToWords(transcript->state());
  const uint32_t mask = (uint32_t{1} << bits) - 1;
  std::atomic<uint64_t> least = bits == 0 ? 0 : UINT64_MAX;
  for (uint64_t first = 0; least == UINT64_MAX; first += kRoundBatches * kBatch) {
    ParallelFor(0, kRoundBatches, 1, [&](size_t begin, size_t end) {
      for (size_t batch = begin; batch < end; ++batch) {
        const uint64_t start = first + batch * kBatch;
        if (start > least) return;
        const uint64_t found = SearchBatch(state, mask, start);
        for (uint64_t known = least; found < known && !least.compare_exchange_weak(known, found);) {
        }
      }
    });
  }
  if (!transcript->CheckGrind(label, bits, least)) std::abort();
  return least;
}

}  // namespace zkvm
