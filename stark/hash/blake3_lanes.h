// Keyed BLAKE3 of many equally long messages at once, one in each lane of a vector.
//
// Messages come as columns of 32-bit words, as the prover keeps its tables: message i is word i of
// every column, so vectors are loaded where they lie and nothing is transposed. Digests go out the
// same way, eight columns of words, and are in turn the columns that the next tree level hashes.
#ifndef ZKVM_STARK_HASH_BLAKE3_LANES_H_
#define ZKVM_STARK_HASH_BLAKE3_LANES_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "stark/hash/blake3.h"
#include "stark/simd.h"

namespace zkvm {

// Eight columns: word w of digest i is base[w * stride + i].
struct DigestColumns {
  uint32_t* base;
  size_t stride;

  ZKVM_INLINE uint32_t* column(size_t w) const { return base + w * stride; }
  ZKVM_INLINE DigestColumns From(size_t first) const { return {base + first, stride}; }
  Digest At(size_t i) const;
};

inline constexpr size_t kMaxHashColumns = size_t{1} << 20;

// Digest i of `digests`, i < count, becomes the hash, keyed with `key`, of the message whose word j
// is columns[j][first + i] (little-endian, as ever in BLAKE3).
// REQUIRES: 1 <= columns.size() <= kMaxHashColumns; `digests` overlaps no column.
void HashColumns(const Blake3Words& key, std::span<const uint32_t* const> columns, size_t first,
                 size_t count, DigestColumns digests);

}  // namespace zkvm

#endif  // ZKVM_STARK_HASH_BLAKE3_LANES_H_
