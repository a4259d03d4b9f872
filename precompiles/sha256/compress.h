// The compression function of SHA-256 (FIPS 180-4, section 6.2.2), as the machine executes it.
// Included by guests: standard library only.
#ifndef ZKVM_PRECOMPILES_SHA256_COMPRESS_H_
#define ZKVM_PRECOMPILES_SHA256_COMPRESS_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace zkvm::sha256 {

using State = std::array<uint32_t, 8>;
// The 64 bytes of a block as they lie in (little-endian) memory. SHA-256 reads them big-endian.
using Block = std::array<uint32_t, 16>;

inline constexpr State kInitialState = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

inline constexpr std::array<uint32_t, 64> kRoundConstants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

constexpr uint32_t SwapBytes(uint32_t x) {
  return x << 24 | (x & 0xFF00) << 8 | (x >> 8 & 0xFF00) | x >> 24;
}

constexpr std::array<uint32_t, 64> ExpandMessage(const Block& block) {
  std::array<uint32_t, 64> w{};
  for (size_t t = 0; t < 16; ++t) w[t] = SwapBytes(block[t]);
  for (size_t t = 16; t < 64; ++t) {
    const uint32_t x = w[t - 15];
    const uint32_t y = w[t - 2];
    w[t] = w[t - 16] + (std::rotr(x, 7) ^ std::rotr(x, 18) ^ x >> 3) + w[t - 7] +
           (std::rotr(y, 17) ^ std::rotr(y, 19) ^ y >> 10);
  }
  return w;
}

// One round. `input` is K_t + W_t.
constexpr void Round(uint32_t input, State& state) {
  const auto [a, b, c, d, e, f, g, h] = state;
  const uint32_t t1 =
      h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) + input;
  const uint32_t t2 =
      (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
  state = {t1 + t2, a, b, c, d + t1, e, f, g};
}

constexpr void Compress(State& state, const Block& block) {
  const std::array<uint32_t, 64> w = ExpandMessage(block);
  State now = state;
  for (size_t t = 0; t < 64; ++t) Round(kRoundConstants[t] + w[t], now);
  for (size_t i = 0; i < 8; ++i) state[i] += now[i];
}

}  // namespace zkvm::sha256

#endif  // ZKVM_PRECOMPILES_SHA256_COMPRESS_H_
