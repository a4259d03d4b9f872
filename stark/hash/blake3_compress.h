// The BLAKE3 compression function (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, "BLAKE3: one
// function, fast everywhere", 2.2), over a word type V: uint32_t, or a vector of 32-bit words for
// as many independent compressions (blake3_lanes-inl.h). V has +, ^ and RotateRight<n>.
#ifndef ZKVM_STARK_HASH_BLAKE3_COMPRESS_H_
#define ZKVM_STARK_HASH_BLAKE3_COMPRESS_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace zkvm {

// A chaining value, key or digest as eight words, least significant byte first.
using Blake3Words = std::array<uint32_t, 8>;

inline constexpr size_t kBlake3BlockBytes = 64;
inline constexpr size_t kBlake3ChunkBytes = 1024;

inline constexpr Blake3Words kBlake3Iv = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                          0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

enum Blake3Flags : uint32_t {
  kBlake3ChunkStart = 1,
  kBlake3ChunkEnd = 2,
  kBlake3Parent = 4,
  kBlake3Root = 8,
  kBlake3Keyed = 16,
};

template <int kBits>
[[gnu::always_inline]] constexpr uint32_t RotateRight(uint32_t x) {
  return std::rotr(x, kBits);
}

namespace blake3_internal {

// kSchedule[r]: the message words of round r, each round's order a fixed permutation of the last.
inline constexpr std::array<std::array<uint8_t, 16>, 7> kSchedule = [] {
  constexpr std::array<uint8_t, 16> kPermutation = {2, 6,  3,  10, 7, 0,  4,  13,
                                                    1, 11, 12, 5,  9, 14, 15, 8};
  std::array<std::array<uint8_t, 16>, 7> schedule{};
  for (size_t i = 0; i < 16; ++i) schedule[0][i] = static_cast<uint8_t>(i);
  for (size_t r = 1; r < 7; ++r) {
    for (size_t i = 0; i < 16; ++i) schedule[r][i] = schedule[r - 1][kPermutation[i]];
  }
  return schedule;
}();

template <class V>
[[gnu::always_inline]] constexpr void Mix(V& a, V& b, V& c, V& d, V x, V y) {
  a = a + b + x;
  d = RotateRight<16>(d ^ a);
  c = c + d;
  b = RotateRight<12>(b ^ c);
  a = a + b + y;
  d = RotateRight<8>(d ^ a);
  c = c + d;
  b = RotateRight<7>(b ^ c);
}

template <size_t kRound, class V>
[[gnu::always_inline]] constexpr void Round(V (&v)[16], const V (&m)[16]) {
  constexpr std::array<uint8_t, 16> s = kSchedule[kRound];
  Mix(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
  Mix(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
  Mix(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
  Mix(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
  Mix(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
  Mix(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
  Mix(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
  Mix(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
}

}  // namespace blake3_internal

// The seven rounds. On entry v[0..7] is the chaining value, v[8..11] are kBlake3Iv[0..3], v[12..13]
// the counter (low word first), v[14] the number of message bytes and v[15] the flags. The new
// chaining value is v[i] ^ v[i + 8], i < 8.
template <class V>
[[gnu::always_inline]] constexpr void Blake3Rounds(V (&v)[16], const V (&m)[16]) {
  [&]<size_t... kRound>(std::index_sequence<kRound...>) __attribute__((always_inline)) {
    (blake3_internal::Round<kRound>(v, m), ...);
  }(std::make_index_sequence<7>());
}

}  // namespace zkvm

#endif  // ZKVM_STARK_HASH_BLAKE3_COMPRESS_H_
