// The compression function of BLAKE3 (the BLAKE3 paper, section 2.2), as the machine executes it:
// its first eight words of output. Included by guests: standard library only.
#ifndef ZKVM_PRECOMPILES_BLAKE3_COMPRESS_H_
#define ZKVM_PRECOMPILES_BLAKE3_COMPRESS_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace zkvm::blake3 {

// What a call takes and leaves at a0: the chaining value, which is replaced; then the counter (low
// word first), the length of the block in bytes, and the flags.
using State = std::array<uint32_t, 12>;
// The 64 bytes of a block, as words in little-endian order.
using Block = std::array<uint32_t, 16>;

inline constexpr std::array<uint32_t, 8> kInitialValue = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

// Word i of the message of a round is word kPermutation[i] of that of the round before.
inline constexpr std::array<size_t, 16> kPermutation = {2, 6,  3,  10, 7, 0,  4,  13,
                                                        1, 11, 12, 5,  9, 14, 15, 8};

// The words of the block that the half round takes: words 2 i and 2 i + 1 go to its i-th G.
// Half rounds are numbered 0..13; the even ones mix columns, the odd ones diagonals.
constexpr std::array<size_t, 8> MessageWords(size_t half_round) {
  std::array<size_t, 8> words{};
  for (size_t i = 0; i < 8; ++i) {
    size_t word = 8 * (half_round % 2) + i;
    for (size_t round = half_round / 2; round > 0; --round) word = kPermutation[word];
    words[i] = word;
  }
  return words;
}

constexpr void G(uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d, uint32_t x, uint32_t y) {
  a += b + x;
  d = std::rotr(d ^ a, 16);
  c += d;
  b = std::rotr(b ^ c, 12);
  a += b + y;
  d = std::rotr(d ^ a, 8);
  c += d;
  b = std::rotr(b ^ c, 7);
}

constexpr void HalfRound(size_t half_round, const Block& m, std::array<uint32_t, 16>& v) {
  const std::array<size_t, 8> words = MessageWords(half_round);
  const size_t shift = half_round % 2;
  for (size_t i = 0; i < 4; ++i) {
    G(v[i], v[4 + (i + shift) % 4], v[8 + (i + 2 * shift) % 4], v[12 + (i + 3 * shift) % 4],
      m[words[2 * i]], m[words[2 * i + 1]]);
  }
}

constexpr std::array<uint32_t, 16> BeforeRounds(const State& state) {
  std::array<uint32_t, 16> v{};
  for (size_t i = 0; i < 8; ++i) v[i] = state[i];
  for (size_t i = 0; i < 4; ++i) {
    v[8 + i] = kInitialValue[i];
    v[12 + i] = state[8 + i];
  }
  return v;
}

constexpr void Compress(State& state, const Block& block) {
  std::array<uint32_t, 16> v = BeforeRounds(state);
  for (size_t k = 0; k < 14; ++k) HalfRound(k, block, v);
  for (size_t i = 0; i < 8; ++i) state[i] = v[i] ^ v[8 + i];
}

}  // namespace zkvm::blake3

#endif  // ZKVM_PRECOMPILES_BLAKE3_COMPRESS_H_
