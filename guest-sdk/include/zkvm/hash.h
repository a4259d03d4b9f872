// SHA-256 and BLAKE3 with the machine's compression functions: a block of 64 bytes costs a guest a
// few dozen cycles. On other machines the same classes compute the same digests in software.
//
//   zkvm::Digest digest = zkvm::Sha256::Hash(bytes);
//
//   zkvm::Blake3 hash;
//   hash.Update(part).Update(rest);
//   zkvm::Digest digest = hash.Finish();
//
// Blocks that start at multiples of 4 in memory are hashed where they lie, others are copied first.
#ifndef ZKVM_HASH_H_
#define ZKVM_HASH_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "precompiles/blake3/compress.h"
#include "precompiles/sha256/compress.h"

namespace zkvm {

using Digest = std::array<uint8_t, 32>;

namespace hash_internal {

inline constexpr size_t kBlockBytes = 64;

inline bool IsAligned(const void* bytes) { return reinterpret_cast<uintptr_t>(bytes) % 4 == 0; }

// Environment call `kNumber` of isa/ecall.h on a state and an aligned block; natively `compress`.
template <int kNumber, class State, class Block>
inline void Compress(State& state, const void* block, void (*compress)(State&, const Block&)) {
#ifdef __riscv
  (void)compress;
  register void* a0 asm("a0") = state.data();
  register const void* a1 asm("a1") = block;
  register int a7 asm("a7") = kNumber;
  asm volatile("ecall" : : "r"(a0), "r"(a1), "r"(a7) : "memory");
#else
  Block words;
  for (size_t i = 0; i < words.size(); ++i) {
    uint8_t bytes[4];
    std::memcpy(bytes, static_cast<const uint8_t*>(block) + 4 * i, 4);
    words[i] =
        bytes[0] | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 | uint32_t{bytes[3]} << 24;
  }
  compress(state, words);
#endif
}

inline void CompressSha256(sha256::State& state, const void* block) {
  Compress<7>(state, block, &sha256::Compress);
}
inline void CompressBlake3(blake3::State& state, const void* block) {
  Compress<6>(state, block, &blake3::Compress);
}

}  // namespace hash_internal

// FIPS 180-4.
class Sha256 {
 public:
  Sha256& Update(std::span<const uint8_t> bytes) {
    using namespace hash_internal;
    length_ += bytes.size();
    while (!bytes.empty()) {
      size_t taken = kBlockBytes;
      if (buffered_ == 0 && bytes.size() >= kBlockBytes && IsAligned(bytes.data())) {
        CompressSha256(state_, bytes.data());
      } else {
        taken = std::min(kBlockBytes - buffered_, bytes.size());
        std::memcpy(buffer_ + buffered_, bytes.data(), taken);
        buffered_ += taken;
        if (buffered_ == kBlockBytes) {
          CompressSha256(state_, buffer_);
          buffered_ = 0;
        }
      }
      bytes = bytes.subspan(taken);
    }
    return *this;
  }

  // The digest of everything so far; the hash cannot be used afterwards.
  Digest Finish() {
    using namespace hash_internal;
    constexpr size_t kLengthAt = kBlockBytes - 8;
    const uint64_t bits = 8 * length_;
    buffer_[buffered_++] = 0x80;
    if (buffered_ > kLengthAt) {
      std::memset(buffer_ + buffered_, 0, kBlockBytes - buffered_);
      CompressSha256(state_, buffer_);
      buffered_ = 0;
    }
    std::memset(buffer_ + buffered_, 0, kLengthAt - buffered_);
    for (size_t i = 0; i < 8; ++i) {
      buffer_[kLengthAt + i] = static_cast<uint8_t>(bits >> (56 - 8 * i));
    }
    CompressSha256(state_, buffer_);
    Digest digest;
    for (size_t i = 0; i < digest.size(); ++i) {
      digest[i] = static_cast<uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
    }
    return digest;
  }

  static Digest Hash(std::span<const uint8_t> bytes) { return Sha256().Update(bytes).Finish(); }

 private:
  sha256::State state_ = sha256::kInitialState;
  uint64_t length_ = 0;
  size_t buffered_ = 0;  // < 64
  alignas(4) uint8_t buffer_[hash_internal::kBlockBytes];
};

// BLAKE3 in its default mode: no key, digests of 32 bytes.
class Blake3 {
 public:
  Blake3() { BeginChunk(); }

  Blake3& Update(std::span<const uint8_t> bytes) {
    using namespace hash_internal;
    while (!bytes.empty()) {
      // A full block waits until more follows: the last one is compressed with other flags.
      if (buffered_ == kBlockBytes) {
        CompressInner(buffer_);
        buffered_ = 0;
      }
      size_t taken = kBlockBytes;
      if (buffered_ == 0 && bytes.size() > kBlockBytes && IsAligned(bytes.data())) {
        CompressInner(bytes.data());
      } else {
        taken = std::min(kBlockBytes - buffered_, bytes.size());
        std::memcpy(buffer_ + buffered_, bytes.data(), taken);
        buffered_ += taken;
      }
      bytes = bytes.subspan(taken);
    }
    return *this;
  }

  // The digest of everything so far; the hash cannot be used afterwards.
  Digest Finish() {
    using namespace hash_internal;
    std::memset(buffer_ + buffered_, 0, kBlockBytes - buffered_);
    state_[10] = static_cast<uint32_t>(buffered_);
    state_[11] = StartFlag() | kChunkEnd | (depth_ == 0 ? kRoot : 0);
    CompressBlake3(state_, buffer_);
    while (depth_ > 0) {
      --depth_;
      CompressParent(stack_[depth_], depth_ == 0 ? kRoot : 0);
    }
    Digest digest;
    for (size_t i = 0; i < digest.size(); ++i) {
      digest[i] = static_cast<uint8_t>(state_[i / 4] >> (8 * (i % 4)));
    }
    return digest;
  }

  static Digest Hash(std::span<const uint8_t> bytes) { return Blake3().Update(bytes).Finish(); }

 private:
  static constexpr size_t kChunkBlocks = 16;
  static constexpr uint32_t kChunkStart = 1, kChunkEnd = 2, kParent = 4, kRoot = 8;
  using ChainingValue = std::array<uint32_t, 8>;

  uint32_t StartFlag() const { return blocks_ == 0 ? kChunkStart : 0; }

  void SetState(uint64_t counter) {
    std::ranges::copy(blake3::kInitialValue, state_.begin());
    state_[8] = static_cast<uint32_t>(counter);
    state_[9] = static_cast<uint32_t>(counter >> 32);
    state_[10] = hash_internal::kBlockBytes;
  }
  void BeginChunk() {
    SetState(chunks_);
    blocks_ = 0;
  }

  // A block that is not the last one.
  void CompressInner(const void* block) {
    state_[11] = StartFlag() | (blocks_ + 1 == kChunkBlocks ? kChunkEnd : 0);
    hash_internal::CompressBlake3(state_, block);
    if (++blocks_ < kChunkBlocks) return;
    ++chunks_;
    for (uint64_t left = chunks_; left % 2 == 0; left /= 2) CompressParent(stack_[--depth_], 0);
    std::copy_n(state_.begin(), 8, stack_[depth_++].begin());
    BeginChunk();
  }

  // The right child is in the state, which becomes the parent.
  void CompressParent(const ChainingValue& left, uint32_t root) {
    blake3::Block children;
    std::ranges::copy(left, children.begin());
    std::copy_n(state_.begin(), 8, children.begin() + 8);
    SetState(0);
    state_[11] = kParent | root;
    hash_internal::CompressBlake3(state_, children.data());
  }

  blake3::State state_{};
  uint64_t chunks_ = 0;  // complete ones
  size_t blocks_ = 0;    // of the present chunk that are compressed
  size_t buffered_ = 0;  // <= 64
  alignas(4) uint8_t buffer_[hash_internal::kBlockBytes];
  size_t depth_ = 0;
  std::array<ChainingValue, 54> stack_;  // of complete subtrees, the largest first
};

}  // namespace zkvm

#endif  // ZKVM_HASH_H_
