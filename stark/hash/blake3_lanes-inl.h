// The kernel of HashColumns over an architecture tag (stark/field/packed.h). A translation unit
// defines WordVector<Arch> and instantiates HashColumnsKernel<Arch>.
//
// Rows are taken in tiles. Within a tile one block (16 columns) is compressed for all rows before
// the next, the chaining values waiting in L1: however many columns there are, 16 are read at a
// time, in runs of a tile's length, while those of the next block are prefetched.
#ifndef ZKVM_STARK_HASH_BLAKE3_LANES_INL_H_
#define ZKVM_STARK_HASH_BLAKE3_LANES_INL_H_

#include <cstddef>
#include <cstdint>

#include "stark/field/packed.h"
#include "stark/hash/blake3_compress.h"
#include "stark/hash/blake3_lanes.h"
#include "stark/simd.h"

namespace zkvm {

// Hashes the first rows, as many as fill whole vectors, and returns their number.
using HashColumnsFunction = size_t(const Blake3Words& key, const uint32_t* const* columns,
                                   size_t width, size_t first, size_t count, DigestColumns digests);

HashColumnsFunction HashColumnsScalar;
HashColumnsFunction HashColumnsAvx2;
HashColumnsFunction HashColumnsAvx512;

// kWidth words: Load and Store (no alignment required), Broadcast, +, ^ and RotateRight<n>.
template <class Arch>
class WordVector;

namespace blake3_lanes {

inline constexpr size_t kTileRows = 512;
inline constexpr size_t kBlockWords = kBlake3BlockBytes / 4;
inline constexpr size_t kChunkWords = kBlake3ChunkBytes / 4;
// Of the stack of chaining values: the tree over kMaxHashColumns has this many levels.
inline constexpr size_t kMaxDepth = 13;
static_assert(kMaxHashColumns <= kChunkWords << (kMaxDepth - 1));

// Columns beyond the last, in the final block.
alignas(64) inline constexpr uint32_t kZeros[kTileRows] = {};

struct Block {
  const uint32_t* words[kBlockWords];  // at the first row of the tile
  const uint32_t* next[kBlockWords];   // of the block to come, prefetched
  uint32_t counter;
  uint32_t bytes;
  uint32_t flags;
};

// One compression in each row. The chaining values come from `key` if not null, else from `in`.
// REQUIRES: rows is a multiple of kWidth.
template <class Arch>
void CompressRows(const Blake3Words* key, DigestColumns in, const Block& block, size_t rows,
                  DigestColumns out) {
  using V = WordVector<Arch>;
  for (size_t row = 0; row < rows; row += V::kWidth) {
    V v[16];
    V m[16];
    if (key != nullptr) {
      for (size_t i = 0; i < 8; ++i) v[i] = V::Broadcast((*key)[i]);
    } else {
      for (size_t i = 0; i < 8; ++i) v[i] = V::Load(in.column(i) + row);
    }
    for (size_t i = 0; i < 4; ++i) v[i + 8] = V::Broadcast(kBlake3Iv[i]);
    v[12] = V::Broadcast(block.counter);
    v[13] = V::Broadcast(0);
    v[14] = V::Broadcast(block.bytes);
    v[15] = V::Broadcast(block.flags);
    for (size_t i = 0; i < kBlockWords; ++i) m[i] = V::Load(block.words[i] + row);
    for (size_t i = 0; i < kBlockWords; ++i) __builtin_prefetch(block.next[i] + row);
    Blake3Rounds(v, m);
    for (size_t i = 0; i < 8; ++i) (v[i] ^ v[i + 8]).Store(out.column(i) + row);
  }
}

// REQUIRES: rows <= kTileRows, a multiple of kWidth.
template <class Arch>
void HashTile(const Blake3Words& key, const uint32_t* const* columns, size_t width, size_t first,
              size_t rows, DigestColumns digests) {
  // Chaining values of complete subtrees, as in Blake3::stack_; the top is the current chunk's.
  alignas(64) uint32_t stack[kMaxDepth][8 * kTileRows];
  const auto slot = [&stack](size_t depth) { return DigestColumns{stack[depth], kTileRows}; };
  size_t depth = 0;

  const size_t chunks = (width + kChunkWords - 1) / kChunkWords;
  for (size_t chunk = 0; chunk < chunks; ++chunk) {
    const size_t chunk_begin = chunk * kChunkWords;
    const size_t chunk_end = width < chunk_begin + kChunkWords ? width : chunk_begin + kChunkWords;
    for (size_t begin = chunk_begin; begin < chunk_end; begin += kBlockWords) {
      const size_t words = chunk_end - begin < kBlockWords ? chunk_end - begin : kBlockWords;
      const bool starts = begin == chunk_begin;
      const bool ends = begin + words == chunk_end;
      const bool is_root = ends && chunks == 1;
      Block block;
      for (size_t i = 0; i < kBlockWords; ++i) {
        const size_t next = begin + kBlockWords + i;
        block.words[i] = i < words ? columns[begin + i] + first : kZeros;
        block.next[i] = next < width ? columns[next] + first : kZeros;
      }
      block.counter = static_cast<uint32_t>(chunk);
      block.bytes = static_cast<uint32_t>(4 * words);
      block.flags = kBlake3Keyed | (starts ? kBlake3ChunkStart : 0U) |
                    (ends ? kBlake3ChunkEnd : 0U) | (is_root ? kBlake3Root : 0U);
      CompressRows<Arch>(starts ? &key : nullptr, slot(depth), block, rows,
                         is_root ? digests : slot(depth));
    }
    ++depth;
    // A chunk completes one subtree for each trailing zero of the number of chunks so far; the last
    // chunk completes all.
    const bool is_last = chunk + 1 == chunks;
    for (size_t n = chunk + 1; depth > 1 && (is_last || n % 2 == 0); n /= 2, --depth) {
      const bool is_root = is_last && depth == 2;
      Block block;
      for (size_t i = 0; i < 8; ++i) {
        block.words[i] = slot(depth - 2).column(i);
        block.words[i + 8] = slot(depth - 1).column(i);
      }
      for (const uint32_t*& next : block.next) next = kZeros;
      block.counter = 0;
      block.bytes = kBlake3BlockBytes;
      block.flags = kBlake3Keyed | kBlake3Parent | (is_root ? kBlake3Root : 0U);
      CompressRows<Arch>(&key, {}, block, rows, is_root ? digests : slot(depth - 2));
    }
  }
}

template <class Arch>
size_t HashColumnsKernel(const Blake3Words& key, const uint32_t* const* columns, size_t width,
                         size_t first, size_t count, DigestColumns digests) {
  const size_t rows = count - count % WordVector<Arch>::kWidth;
  for (size_t tile = 0; tile < rows; tile += kTileRows) {
    const size_t tile_rows = rows - tile < kTileRows ? rows - tile : kTileRows;
    HashTile<Arch>(key, columns, width, first + tile, tile_rows, digests.From(tile));
  }
  return rows;
}

}  // namespace blake3_lanes
}  // namespace zkvm

#endif  // ZKVM_STARK_HASH_BLAKE3_LANES_INL_H_
