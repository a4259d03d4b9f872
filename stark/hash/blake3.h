// BLAKE3 with 32-byte digests and extendable output: the plain reference that the verifier uses
// and that every vector kernel is tested against.
#ifndef ZKVM_STARK_HASH_BLAKE3_H_
#define ZKVM_STARK_HASH_BLAKE3_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "stark/hash/blake3_compress.h"

namespace zkvm {

using Digest = std::array<uint8_t, 32>;

Blake3Words DigestToWords(const Digest& digest);
Digest WordsToDigest(const Blake3Words& words);

// The output of one hash: an unbounded stream of bytes whose first 32 are the digest.
class Blake3Stream {
 public:
  // The next out.size() bytes.
  void Read(std::span<uint8_t> out);

 private:
  friend class Blake3;

  // A compression not yet done: the root of the tree, repeated with counter 0, 1, ... for output,
  // or an inner one, whose result is a chaining value.
  struct Node {
    Blake3Words chaining_value;
    std::array<uint32_t, 16> block;
    uint64_t counter;
    uint32_t block_bytes;
    uint32_t flags;

    std::array<uint32_t, 16> Compress() const;
    Blake3Words ChainingValue() const;
  };

  explicit Blake3Stream(const Node& root);

  Node root_;
  std::array<uint8_t, kBlake3BlockBytes> buffer_{};
  size_t buffer_used_ = kBlake3BlockBytes;
};

// Incremental hasher: Update any number of times, then Finish (which leaves the state as it is).
class Blake3 {
 public:
  Blake3() : Blake3(kBlake3Iv, 0) {}
  // Keyed mode.
  explicit Blake3(const Blake3Words& key) : Blake3(key, kBlake3Keyed) {}

  Blake3& Update(std::span<const uint8_t> bytes);
  Digest Finish() const;
  Blake3Stream FinishStream() const;

 private:
  using Node = Blake3Stream::Node;
  // Inputs are < 2^64 bytes, hence < 2^54 chunks.
  static constexpr size_t kMaxDepth = 54;

  Blake3(const Blake3Words& key, uint32_t flags);

  // The last, possibly incomplete, block of the current chunk.
  Node LastBlock() const;
  Node Parent(const Blake3Words& left, const Blake3Words& right) const;
  void CloseChunk();

  Blake3Words key_;
  uint32_t flags_;
  // The current chunk. Its last block stays in the buffer, as only a later byte tells that the
  // block, or the chunk, was not the final one.
  uint64_t chunk_counter_ = 0;
  Blake3Words chunk_value_;
  size_t blocks_compressed_ = 0;
  std::array<uint8_t, kBlake3BlockBytes> block_{};
  size_t block_bytes_ = 0;
  // Roots of the complete subtrees to the left, largest first: one for each bit of chunk_counter_.
  std::array<Blake3Words, kMaxDepth> stack_;
  size_t stack_size_ = 0;
};

Digest Blake3Hash(std::span<const uint8_t> bytes);

}  // namespace zkvm

#endif  // ZKVM_STARK_HASH_BLAKE3_H_
